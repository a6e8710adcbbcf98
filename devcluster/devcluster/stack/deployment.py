"""The operator as `manifests/install.yaml` deploys it: read from there, so that chart, RBAC and code cannot drift apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[3]
INSTALL = REPOSITORY / "manifests" / "install.yaml"


@dataclass(frozen=True)
class Deployment:
    """The one container of the operator's Deployment, and everything else that is installed with it."""

    namespace: str
    service_account: str
    args: tuple[str, ...]
    env: Mapping[str, str]
    others: tuple[dict[str, Any], ...]
    """All other documents: definitions, namespace, RBAC, services."""

    @classmethod
    def read(cls, path: Path = INSTALL) -> Deployment:
        """Read the rendered chart.

        Raises:
            ValueError: it holds no Deployment, or one that cannot be run as a plain process.
        """
        documents = [document for document in yaml.safe_load_all(path.read_text()) if document]
        found = [document for document in documents if document["kind"] == "Deployment"]
        if len(found) != 1:
            raise ValueError(f"{path}: one Deployment is expected, there are {len(found)}")
        pod, namespace = found[0]["spec"]["template"]["spec"], found[0]["metadata"]["namespace"]
        (container,) = pod["containers"]
        if "command" in container:
            raise ValueError(f"{path}: the image's entry point is expected to run, not {container['command']}")
        return cls(
            namespace=namespace,
            service_account=pod["serviceAccountName"],
            args=tuple(container.get("args", ())),
            env=dict(_env(container.get("env", ()), namespace, pod["serviceAccountName"])),
            others=tuple(document for document in documents if document["kind"] != "Deployment"),
        )

    def argv(self, program: Path, overrides: Sequence[str]) -> list[str]:
        """Give the command line; an override replaces the flag of the same name."""
        names = {override.partition("=")[0] for override in overrides}
        kept = [arg for arg in self.args if arg.partition("=")[0] not in names]
        return [str(program), *kept, *overrides]


def _env(entries: Sequence[Mapping[str, Any]], namespace: str, account: str) -> Iterator[tuple[str, str]]:
    """Resolve the variables as a kubelet would."""
    fields = {
        "metadata.namespace": namespace,
        "metadata.name": "mwaa-operator-0",
        "spec.serviceAccountName": account,
        "status.podIP": "127.0.0.1",
    }
    for entry in entries:
        if "valueFrom" in entry:
            yield entry["name"], fields[entry["valueFrom"]["fieldRef"]["fieldPath"]]
        else:
            yield entry["name"], str(entry.get("value", ""))
