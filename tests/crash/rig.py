"""One quick start at a time: create until all is Ready, look again, delete until only the bucket is left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from devcluster import kubeconfig
from devcluster.cluster import Cluster
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY
from devcluster.stack.stack import GROUP, PLURALS, VERSION
from mwaa_emulator.calls import Call

from .account import Account, Inventory, doubles
from .points import Case, Fault
from .proxy import Proxy
from .trap import AwsTrap, Trap

DAG = "tutorial"
SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"
NAMESPACE, NAME = "crash", "quickstart"
FAST, SLOW = 6000.0, 200.0
"""Emulated seconds per second: a create of 25 minutes takes a quarter of a second, or long enough to be seen."""
FLAGS = (
    "--poll-seconds=0.15",
    "--slow-seconds=0.15",
    "--drift-seconds=3600",
    # the emulated AWS shows at once what was created; the time that a real one may take cannot be scaled with the rest
    "--consistency-seconds=0",
    "--iam=enabled",
)
LIMIT_SECONDS = 90.0
LOOK_SECONDS = 0.03


@dataclass(frozen=True)
class Story:
    """What one quick start did, and what was there when all was Ready and when all was deleted."""

    ready: Inventory
    doubles: list[str]
    writes_when_steady: list[str]
    gone: Inventory
    aws_writes: list[str]
    kubernetes_writes: list[str]
    environments_created: int
    failed_writes: list[str]
    met: bool
    """Whether the fault came."""
    lease_left: Mapping[str, Any] | None
    """The lease as the process that was killed left it."""
    lease: Mapping[str, Any]


class Rig:
    """Product, proxy and account, and the quick start that runs now."""

    def __init__(self, stack: Stack, proxy: Proxy, through: Path, api: client.CustomObjectsApi) -> None:
        self.stack, self.proxy, self.emulator = stack, proxy, stack.emulator
        self._account = Account(stack.emulator)
        self._through, self._api = through, api
        self._trap: Trap | None = None
        self._lease_left: Mapping[str, Any] | None = None
        self.identity = "mwaa-operator-0"
        """The name of each process. One with the name of the dead one, as in a StatefulSet, does not wait for the lease."""
        self._start_operator()

    @classmethod
    @contextmanager
    def started(cls, directory: Path, cluster: Cluster) -> Iterator[Rig]:
        """Start everything within the block."""
        stack = Stack.prepare(directory, cluster, speed=FAST, airflow="none", flags=FLAGS)
        try:
            with Proxy.started(cluster) as proxy, cluster.client() as api:
                token = yaml.safe_load(Path(stack.operator_environment()["KUBECONFIG"]).read_text())
                through = kubeconfig.write(directory / "proxy.kubeconfig", proxy.kubeconfig(token))
                cluster.create_namespace(NAMESPACE)
                yield cls(stack, proxy, through, client.CustomObjectsApi(api))
                stack.stop_operator()
        finally:
            stack.close()

    def quickstart(self, case: Case | None = None, *, slowly: bool = False) -> Story:
        """Run one from an empty account to an account with nothing but the kept bucket.

        Args:
            case: the fault on the way.
            slowly: let AWS take long enough to be seen at work.

        Raises:
            TimeoutError: it does not end.
        """
        self._begin(case, slowly=slowly)
        for document in reversed(_documents()):  # those that wait come first
            self._api.create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURALS[document["kind"]], document)
        self._until(lambda: all(map(_is_ready, self._objects())), "all objects to be Ready")
        begun, objects = len(self.emulator.writes()), self._objects()
        uids = {item["metadata"]["uid"]: f"<uid of {item['kind']}>" for item in objects}
        ready = self._account.inventory(uids, map(_said, objects))
        for word in ("first", "second"):
            self._look_again(word)
        steady = self.emulator.writes()[begun:]
        if case and case.point.while_aws_works and case.point.in_deletion:
            self.emulator.speed(SLOW)
        for plural in PLURALS.values():  # those that are in use go first
            self._api.delete_namespaced_custom_object(GROUP, VERSION, NAMESPACE, plural, NAME)
        self._until(lambda: not self._objects(), "all objects to be gone")
        writes = self.emulator.writes()
        return Story(
            ready=ready,
            doubles=doubles(ready),
            writes_when_steady=_names(steady),
            gone=self._account.inventory(uids),
            aws_writes=_names(writes),
            kubernetes_writes=self.proxy.writes(),
            environments_created=sum(call.operation == "CreateEnvironment" and call.status == 200 for call in writes),
            failed_writes=[f"{call.service}:{call.operation}: {call.code}" for call in writes if call.status >= 400],
            met=case is not None and self._trap is None,
            lease_left=self._lease_left,
            lease=self._lease(),
        )

    def clear(self) -> None:
        """Take away by force what a quick start that failed has left; a process that works on it is replaced."""
        if self._operator.alive() and not self._objects():
            return
        self._operator.stop()
        self.emulator.clear_faults()
        self.proxy.begin(NAMESPACE)
        for item in self._objects():
            where = (GROUP, VERSION, NAMESPACE, PLURALS[item["kind"]], NAME)
            self._api.patch_namespaced_custom_object(*where, {"metadata": {"finalizers": []}})
            self._api.delete_namespaced_custom_object(*where)
        self._start_operator()

    def _begin(self, case: Case | None, *, slowly: bool) -> None:
        self.emulator.reset()
        self._import_dag()
        self.proxy.begin(NAMESPACE)
        slowly = slowly or (case is not None and case.point.while_aws_works and not case.point.in_deletion)
        self.emulator.speed(SLOW if slowly else FAST)
        self._trap = self._lease_left = None
        if case:
            self._trap = self.proxy.set_trap(case) if case.point.in_kubernetes else AwsTrap(self.emulator, case)

    def _import_dag(self) -> None:
        """Let Airflow answer as one that has imported the DAG, and has never run it."""
        file = f"{DAG}.py"
        (source,) = (document["spec"]["files"][file] for document in _documents() if document["kind"] == "DagSource")
        dag = {"dag_id": DAG, "relative_fileloc": file, "fileloc": f"/usr/local/airflow/dags/{file}", "is_paused": True}
        self.emulator.airflow_answer("/dags", {"dags": [dag], "total_entries": 1})
        self.emulator.airflow_answer(f"/dagSources/{DAG}", {"dag_id": DAG, "content": source})

    def _look_again(self, word: str) -> None:
        """Ask for one more look at each object, and wait until all have been looked at."""
        asked = {"metadata": {"annotations": {"mwaa-operator.dev/reconcile-at": word}}}
        for plural in PLURALS.values():
            self._api.patch_namespaced_custom_object(GROUP, VERSION, NAMESPACE, plural, NAME, asked)
        self._until(
            lambda: all(item["status"].get("lastHandledReconcileAt") == word for item in self._objects()),
            f"the {word} look at all objects",
        )

    def _until(self, done: Callable[[], bool], what: str) -> None:
        """Wait for the end of a phase, and see to the fault if it comes."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            if not self._operator.alive():
                raise AssertionError(f"the operator has ended by itself\n{self._operator.tail()}")
            holds = done()
            # in this order: what the write at the trap has made true does not end the phase
            if self._trap and self._trap.sprung():
                self._see_to(self._trap)
            elif holds:
                return
            if time.monotonic() > deadline:
                said = {item["kind"]: item.get("status", {}).get("conditions") for item in self._objects()}
                text = f"waited {LIMIT_SECONDS:.0f} s for {what}\n{yaml.safe_dump(said)}\n{self._operator.tail()}"
                raise TimeoutError(text)
            time.sleep(LOOK_SECONDS)

    def _see_to(self, trap: Trap) -> None:
        if trap.case.fault is not Fault.LOST:
            self._operator.kill()
            self._operator.stop()
            self._lease_left = self._lease()
            trap.release()
            self._start_operator()
        self._trap = None
        self.emulator.speed(FAST)

    def _start_operator(self) -> None:
        name = f"--identity={self.identity}"
        self._operator = self.stack.start_operator(name, env={"KUBECONFIG": str(self._through)}, wait=False)

    def _lease(self) -> Mapping[str, Any]:
        where = ("-n", self.stack.deployment.namespace, "get", "lease", "mwaa-operator", "-o", "json")
        spec: dict[str, Any] = json.loads(self.stack.kubectl(*where).stdout)["spec"]
        return spec

    def _objects(self) -> list[dict[str, Any]]:
        return self.stack.objects(NAMESPACE)


def _documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(SAMPLE.read_text()))


def _is_ready(item: Mapping[str, Any]) -> bool:
    status, generation = item.get("status", {}), item["metadata"]["generation"]
    return status.get("observedGeneration") == generation and any(
        (condition["type"], condition["status"], condition["observedGeneration"]) == ("Ready", "True", generation)
        for condition in status.get("conditions", ())
    )


def _said(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give what an object says, without when it was said and without fingerprints of ids."""
    status = dict(item["status"])
    status["conditions"] = {c["type"]: [c["status"], c["reason"], c["message"]] for c in status["conditions"]}
    status["parts"] = {part["name"]: [part["type"], part["state"], part.get("id")] for part in status["parts"]}
    return {"kind": item["kind"], "finalizers": item["metadata"].get("finalizers"), "status": status}


def _names(calls: Iterable[Call]) -> list[str]:
    return [f"{call.service}:{call.operation}" for call in calls]
