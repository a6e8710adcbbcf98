"""Kubeconfig files, complete in themselves: certificates and tokens are inside, so that a file can be handed on."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from devcluster.certificates import KeyPair

_NAME = "devcluster"


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def for_certificate(server: str, authority: Path, client: KeyPair) -> dict[str, Any]:
    """Return the kubeconfig of a user who is known by a client certificate."""
    user = {"client-certificate-data": _encoded(client.certificate), "client-key-data": _encoded(client.key)}
    return _kubeconfig({"server": server, "certificate-authority-data": _encoded(authority)}, user, "default")


def for_token(cluster: dict[str, Any], token: str, namespace: str) -> dict[str, Any]:
    """Return the kubeconfig of a user who is known by a token, for a cluster as `cluster_of` returns it."""
    return _kubeconfig(cluster, {"token": token}, namespace)


def _kubeconfig(cluster: dict[str, Any], user: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": _NAME, "cluster": cluster}],
        "users": [{"name": _NAME, "user": user}],
        "contexts": [{"name": _NAME, "context": {"cluster": _NAME, "user": _NAME, "namespace": namespace}}],
        "current-context": _NAME,
    }


def cluster_of(path: Path) -> dict[str, Any]:
    """Return the cluster entry (server, authority) of the current context of a file that is complete in itself."""
    content = yaml.safe_load(path.read_text())
    context = next(c["context"] for c in content["contexts"] if c["name"] == content["current-context"])
    return dict(next(c["cluster"] for c in content["clusters"] if c["name"] == context["cluster"]))


def write(path: Path, content: dict[str, Any]) -> Path:
    """Write a kubeconfig, readable by its owner only, in one step."""
    return write_text(path, yaml.safe_dump(content, sort_keys=False))


def write_text(path: Path, content: str) -> Path:
    """Write a kubeconfig that is text already, as `write` does."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(content)
    return temporary.replace(path)
