"""One scenario at a time: the product runs behind a proxy, and at one write it dies or loses the reply."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from devcluster import kubeconfig
from devcluster.cluster import Cluster
from devcluster.stack import Stack
from devcluster.stack.stack import GROUP, PLURALS, VERSION
from mwaa_emulator.calls import Call

from .account import Inventory
from .points import Case, Fault, Scenario
from .proxy import Proxy
from .stage import FAST, NAMESPACE, Stage
from .trap import AwsTrap, Trap

FLAGS = (
    "--poll-seconds=0.15",
    "--slow-seconds=0.15",
    "--drift-seconds=3600",
    # the emulated AWS shows at once what was created; the time that a real one may take cannot be scaled with the rest
    "--consistency-seconds=0",
    "--iam=enabled",
)
ONCE = ("CreateEnvironment", "UpdateEnvironment", "DeleteEnvironment")
LIMIT_SECONDS = 90.0
LOOK_SECONDS = 0.03


@dataclass(frozen=True)
class Story:
    """What one run of a scenario did, and what was there whenever an inventory was taken."""

    seen: Mapping[str, Inventory]
    doubles: list[str]
    writes_when_steady: list[str]
    aws_writes: list[str]
    kubernetes_writes: list[str]
    asked_of_mwaa: list[str]
    """The requests that MWAA has carried out, in their order. None of them may come twice: it knows no token."""
    failed_writes: list[str]
    met: bool
    """Whether the fault came."""
    lease_left: Mapping[str, Any] | None
    """The lease as the process that was killed left it."""
    lease: Mapping[str, Any]


class Rig:
    """Product, proxy and account, and the scenario that runs now."""

    def __init__(self, stack: Stack, proxy: Proxy, through: Path, api: client.CustomObjectsApi) -> None:
        self.stack, self.proxy, self.emulator = stack, proxy, stack.emulator
        self._through, self._api = through, api
        self._trap: Trap | None = None
        self._stage: Stage | None = None
        self._lease_left: Mapping[str, Any] | None = None
        self.identity = "mwaa-operator-0"
        """The name of each process. One with the name of the dead one, as in a StatefulSet, does not wait for the lease."""
        self._start_operator()

    @classmethod
    @contextlib.contextmanager
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

    def play(self, scenario: Scenario, case: Case | None = None) -> Story:
        """Run a scenario in an account that was empty before.

        Args:
            scenario: what is done.
            case: the fault on the way.

        Raises:
            TimeoutError: it does not end.
        """
        self.emulator.reset()
        self.emulator.speed(FAST)
        self.proxy.begin(NAMESPACE)
        self._trap = self._lease_left = None
        self._stage = stage = Stage(self.stack, self._api, self._until, case)
        scenario.prepare(stage)
        self.emulator.clear_calls()
        self.proxy.begin(NAMESPACE)
        if case:
            self._trap = self.proxy.set_trap(case) if case.point.in_kubernetes else AwsTrap(self.emulator, case)
        scenario.play(stage)
        writes = self.emulator.writes()
        story = Story(
            seen=stage.seen,
            doubles=stage.doubles,
            writes_when_steady=stage.writes_when_steady,
            aws_writes=[f"{call.service}:{call.operation}" for call in writes],
            kubernetes_writes=self.proxy.writes(),
            asked_of_mwaa=[_asked(call) for call in writes if call.operation in ONCE and call.status == 200],
            failed_writes=[f"{call.service}:{call.operation}: {call.code}" for call in writes if call.status >= 400],
            met=case is not None and self._trap is None,
            lease_left=self._lease_left,
            lease=self._lease(),
        )
        # cheaper than to take them away by force, which a new process must follow
        stage.delete()
        stage.until_gone()
        return story

    def clear(self) -> None:
        """Take away by force what a scenario that failed has left; a process that works on it is replaced."""
        if self._operator.alive() and not self._objects():
            return
        self._operator.stop()
        self.emulator.clear_faults()
        self.proxy.begin(NAMESPACE)
        for item in self._objects():
            where = (GROUP, VERSION, NAMESPACE, PLURALS[item["kind"]], item["metadata"]["name"])
            with contextlib.suppress(client.ApiException):  # one that is being deleted goes with its finalizer
                self._api.patch_namespaced_custom_object(*where, {"metadata": {"finalizers": []}})
                self._api.delete_namespaced_custom_object(*where)
        self._start_operator()

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
        if self._stage and self._stage.speed_after is not None:
            self.emulator.speed(self._stage.speed_after)

    def _start_operator(self) -> None:
        name = f"--identity={self.identity}"
        self._operator = self.stack.start_operator(name, env={"KUBECONFIG": str(self._through)}, wait=False)

    def _lease(self) -> Mapping[str, Any]:
        where = ("-n", self.stack.deployment.namespace, "get", "lease", "mwaa-operator", "-o", "json")
        spec: dict[str, Any] = json.loads(self.stack.kubectl(*where).stdout)["spec"]
        return spec

    def _objects(self) -> list[dict[str, Any]]:
        return self.stack.objects(NAMESPACE)


def _asked(call: Call) -> str:
    """Tell a request; of a creation only the name, since ids differ between runs."""
    whole = call.operation == "UpdateEnvironment"
    return f"{call.operation} {json.dumps(call.params, sort_keys=True) if whole else call.params['Name']}"
