"""The connection to the Kubernetes API: a kubeconfig where one is named, else the pod's service account."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kubernetes.aio import client, config

from ..core.errors import OutsideError, Problem, Trouble

NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


async def connect() -> Any:
    """Open an API client.

    Raises:
        kubernetes.config.ConfigException: there is neither a kubeconfig nor a service account.
    """
    await _load(None, None)
    return client.ApiClient()


async def connect_as_user(kubeconfig: str | None, context: str | None) -> tuple[Any, str]:
    """Open an API client as kubectl does, and give the namespace that kubectl would take.

    Args:
        kubeconfig: the file, or None for `KUBECONFIG`, `~/.kube/config` or the pod's service account.
        context: its name in the file, or None for the current one.

    Raises:
        OutsideError: there is no usable configuration.
    """
    try:
        namespace = await _load(kubeconfig, context)
    except (config.ConfigException, OSError, ValueError, TypeError) as error:
        text = f"no usable kubeconfig: {error}. Set KUBECONFIG, or give --kubeconfig and --context."
        raise OutsideError(Problem(Trouble.DENIED, "KubernetesUnavailable", text)) from error
    return client.ApiClient(), namespace


async def _load(kubeconfig: str | None, context: str | None) -> str:
    if kubeconfig or context or os.environ.get("KUBECONFIG") or "KUBERNETES_SERVICE_HOST" not in os.environ:
        loader = await config.load_kube_config(kubeconfig, context)
        return str(loader.current_context["context"].get("namespace") or "default")
    config.load_incluster_config()
    return NAMESPACE_FILE.read_text().strip() if NAMESPACE_FILE.exists() else "default"
