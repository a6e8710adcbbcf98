"""Starting, looking at and ending the whole product: for the demo, the end-to-end tests, crash runs and benchmarks."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml
from kubernetes import client

from devcluster import tools
from devcluster.cluster import Cluster
from devcluster.processes import Running, spawn
from devcluster.stack.deployment import Deployment
from mwaa_emulator.client import Emulator

GROUP, VERSION = "mwaa-operator.dev", "v1alpha1"
PLURALS = {
    "Network": "networks",
    "EncryptionKey": "encryptionkeys",
    "Bucket": "buckets",
    "ExecutionRole": "executionroles",
    "DagSource": "dagsources",
    "Environment": "environments",
}
QUICK = ("--poll-seconds=0.5", "--slow-seconds=2", "--drift-seconds=3600", "--consistency-seconds=0", "--iam=enabled")
"""The operator's pace where AWS is emulated: waiting is scaled there, so it is here."""
T = TypeVar("T")


@dataclass
class Stack:
    """A running product. `directory` holds logs, records and kubeconfigs."""

    directory: Path
    cluster: Cluster
    emulator: Emulator
    emulator_process: Running
    deployment: Deployment
    flags: tuple[str, ...] = QUICK
    operator: Running | None = None
    _api: Any = field(default=None, repr=False)

    @classmethod
    @contextlib.contextmanager
    def started(
        cls, directory: Path, cluster: Cluster, *, speed: float = 600.0, airflow: str = "none", flags: Sequence[str] = QUICK
    ) -> Iterator[Stack]:
        """Run emulator and operator on a given cluster within the block."""
        stack = cls.prepare(directory, cluster, speed=speed, airflow=airflow, flags=flags)
        try:
            stack.start_operator()
            yield stack
        finally:
            stack.close()

    @classmethod
    def prepare(
        cls, directory: Path, cluster: Cluster, *, speed: float, airflow: str, flags: Sequence[str] = QUICK
    ) -> Stack:
        """Start the emulator and install everything but the operator's process."""
        directory.mkdir(parents=True, exist_ok=True)
        process, emulator = start_emulator(directory, speed, airflow)
        stack = cls(directory, cluster, emulator, process, Deployment.read(), tuple(flags))
        stack.install()
        return stack

    def install(self) -> None:
        """Apply definitions, RBAC and the rest of the chart, but not the Deployment: there is no kubelet here."""
        self.cluster.create_namespace(self.deployment.namespace)
        definitions = [d for d in self.deployment.others if d["kind"] == "CustomResourceDefinition"]
        self.apply(definitions)
        self.kubectl(
            "wait", "--for=condition=Established", "--timeout=60s", *(f"crd/{d['metadata']['name']}" for d in definitions)
        )
        self.apply([d for d in self.deployment.others if d["kind"] != "CustomResourceDefinition"])

    def operator_environment(self) -> dict[str, str]:
        """Give the variables of the operator's process: the chart's, its service account, the emulated AWS."""
        account = self.cluster.kubeconfig_for_service_account(self.deployment.namespace, self.deployment.service_account)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, **self.deployment.env, **self.emulator.environment(), "KUBECONFIG": str(account)}

    def start_operator(self, *flags: str, env: Mapping[str, str | None] | None = None, wait: bool = True) -> Running:
        """Start the operator's process as the chart does; `env` overrides or, with None, removes variables."""
        self.operator = self._spawn_operator(self.directory, flags, env or {})
        if wait:
            self.operator.wait_until(self.operator_ready, timeout=60)
        return self.operator

    def operator_beside(self, directory: Path, *flags: str) -> Running:
        """Start one more process, as a second replica; its log and port are in `directory`, and the caller ends it."""
        return self._spawn_operator(directory, flags, {})

    def _spawn_operator(self, directory: Path, flags: Sequence[str], env: Mapping[str, str | None]) -> Running:
        port_file = directory / "operator.port"
        port_file.unlink(missing_ok=True)
        own = ("--host=127.0.0.1", "--port=0", f"--port-file={port_file}", "--log-format=json")
        variables = {**self.operator_environment(), **env}
        program = Path(sys.executable).parent / "mwaa-operator"
        return spawn(
            self.deployment.argv(program, [*self.flags, *own, *flags]),
            log=directory / "operator.log",
            env={name: value for name, value in variables.items() if value is not None},
            name="mwaa-operator",
            grace=30.0,
        )

    def operator_ready(self) -> bool:
        """Tell whether the operator watches and all definitions are there."""
        try:
            return self.operator_get("/readyz").status_code == 200
        except (OSError, ValueError, httpx.HTTPError):
            return False

    def operator_get(self, path: str, directory: Path | None = None) -> httpx.Response:
        """Ask the operator's own HTTP server; with a directory, that of the process beside it."""
        port = int(((directory or self.directory) / "operator.port").read_text())
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5)

    def stop_operator(self) -> int | None:
        """Stop the operator in an orderly way; gives its exit code."""
        running, self.operator = self.operator, None
        return running.stop() if running else None

    def close(self) -> None:
        """End operator and emulator; the cluster is the caller's."""
        with contextlib.suppress(Exception):
            self.stop_operator()
        self.emulator.close()
        self.emulator_process.stop()

    def kubectl(self, *arguments: str, given: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run kubectl as the administrator."""
        program = tools.ensure("kubectl")["kubectl"]
        done = subprocess.run(
            [str(program), *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **self.cluster.environment()},
        )
        if check and done.returncode:
            raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done

    def apply(self, documents: Sequence[Mapping[str, Any]], namespace: str | None = None) -> str:
        """Apply documents server-side, as the demo does."""
        where = ["--namespace", namespace] if namespace else []
        text = yaml.safe_dump_all(documents)
        return self.kubectl("apply", "--server-side", "--force-conflicts", *where, "-f", "-", given=text).stdout

    def get(self, kind: str, name: str, namespace: str = "default") -> dict[str, Any] | None:
        """Read one of our objects; None when it does not exist."""
        try:
            found: dict[str, Any] = self._custom().get_namespaced_custom_object(
                GROUP, VERSION, namespace, PLURALS[kind], name
            )
            return found
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise

    def objects(self, namespace: str = "default") -> list[dict[str, Any]]:
        """Read all of our objects in a namespace."""
        listed = (
            self._custom().list_namespaced_custom_object(GROUP, VERSION, namespace, plural) for plural in PLURALS.values()
        )
        return [{**item, "kind": kind} for kind, answer in zip(PLURALS, listed, strict=True) for item in answer["items"]]

    def wait(self, condition: Callable[[], T | None], what: str, timeout: float = 120.0) -> T:
        """Wait until a condition gives something true.

        Raises:
            TimeoutError: naming what was waited for, with the state of all objects and the end of the operator's log.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.1)
        tail = self.operator.tail() if self.operator else "the operator does not run"
        raise TimeoutError(f"waited {timeout:.0f} s for {what}\n{self.describe()}\n{tail}")

    def condition(self, kind: str, name: str, type_: str, namespace: str = "default") -> dict[str, Any]:
        """Give a condition of an object; empty when it is not there or about an older generation."""
        found = self.get(kind, name, namespace) or {}
        for entry in found.get("status", {}).get("conditions", ()):
            if entry["type"] == type_ and entry["observedGeneration"] == found["metadata"]["generation"]:
                return dict(entry)
        return {}

    def wait_ready(self, *objects: tuple[str, str], namespace: str = "default", timeout: float = 120.0) -> None:
        """Wait until each of the objects is Ready at its present generation."""
        for kind, name in objects:
            self.wait(
                lambda kind=kind, name=name: self.condition(kind, name, "Ready", namespace).get("status") == "True",  # type: ignore[misc]
                f"{kind} {namespace}/{name} to be Ready",
                timeout,
            )

    def describe(self) -> str:
        """Say of all objects in all namespaces how they are, for a message."""
        lines = []
        for kind, plural in PLURALS.items():
            for item in self._custom().list_cluster_custom_object(GROUP, VERSION, plural)["items"]:
                said = {c["type"]: c for c in item.get("status", {}).get("conditions", ())}
                ready, meta = said.get("Ready", {}), item["metadata"]
                state = " ".join(str(ready.get(part)) for part in ("status", "reason", "message"))
                lines.append(f"{kind} {meta['namespace']}/{meta['name']}: {state}")
        return "\n".join(lines) or "no objects"

    def _custom(self) -> Any:
        if self._api is None:
            self._api = client.CustomObjectsApi(self.cluster.client())
        return self._api


def start_emulator(directory: Path, speed: float, airflow: str) -> tuple[Running, Emulator]:
    """Start the emulated AWS; it answers when this returns."""
    ready = directory / "emulator.url"
    ready.unlink(missing_ok=True)
    process = spawn(
        [
            sys.executable,
            "-m",
            "mwaa_emulator.cli",
            "serve",
            f"--speed={speed}",
            f"--airflow={airflow}",
            f"--ready-file={ready}",
        ],
        log=directory / "emulator.log",
        name="mwaa-emulator",
        grace=30.0,
    )
    process.wait_until(ready.exists, timeout=60)
    return process, Emulator(ready.read_text().strip())
