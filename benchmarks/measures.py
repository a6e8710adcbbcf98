"""The measures. Each gives figures with the least that is possible in the same run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import psutil
import yaml
from botocore.config import Config

from benchmarks.rig import POLL_SECONDS, kubernetes_writes
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY
from mwaa_emulator.calls import Call

SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"
KINDS = {"Network": 1, "Bucket": 1, "ExecutionRole": 1, "DagSource": 1, "Environment": 1}
OURS = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
"""What our own calls are signed with: the operator's are told apart by their key."""
LEAST_WRITES = {
    "VPC": 1,
    "DNS host names of the VPC": 1,
    "internet gateway": 1,
    "attachment of the internet gateway": 1,
    "subnets": 4,
    "public addresses in the public subnets": 2,
    "elastic IP addresses": 2,
    "NAT gateways": 2,
    "route tables": 3,
    "default routes": 3,
    "associations of subnets with route tables": 4,
    "security group": 1,
    "rule of the security group": 1,
    "bucket": 1,
    "versioning of the bucket": 1,
    "public access block of the bucket": 1,
    "role": 1,
    "policy of the role": 1,
    "DAG file": 1,
    "log groups, so that they carry tags from the start": 5,
    "environment": 1,
}
"""What the quick start consists of, and each setting that no create call takes: one call for each."""
LOOKS = 5
IDLE_SECONDS = 20.0


@dataclass(frozen=True)
class Figure:
    """One measured value and the least that it could be."""

    name: str
    value: float
    unit: str = ""
    floor: float | None = None
    because: str = ""

    def row(self) -> tuple[str, str, str, str, str]:
        """Give its line of the table."""
        floor = "" if self.floor is None else f"{self.floor:g}"
        ratio = f"{self.value / self.floor:.1f}" if self.floor else ""
        return self.name, f"{self.value:.4g} {self.unit}".strip(), floor, ratio, self.because


def documents(count: int = 1) -> list[dict[str, Any]]:
    """Give the quick start with helpers in place of DAGs, and as many environments as asked for."""
    found = list(yaml.safe_load_all(SAMPLE.read_text()))
    for document in found:
        if document["kind"] == "DagSource":
            document["spec"].pop("verify")
            document["spec"]["files"] = {"helper.py": "ANSWER = 42\n"}
    (environment,) = [document for document in found if document["kind"] == "Environment"]
    for number in range(1, count):
        found.append({**environment, "metadata": {"name": f"quickstart-{number}"}})
    return found


@dataclass
class Watch:
    """What AWS was doing, by the clock: when it was busy, and when the environment became available."""

    stack: Stack
    busy_seconds: float = 0.0
    available_at: float | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until stopped."""
        ec2 = boto3.client(
            "ec2",
            region_name="us-east-1",
            endpoint_url=self.stack.emulator.url,
            config=Config(retries={"total_max_attempts": 1}),
            **OURS,
        )
        last = time.monotonic()
        while not self._stop.wait(0.02):
            environments = self.stack.emulator.environments()
            pending = any(nat["State"] == "pending" for nat in ec2.describe_nat_gateways()["NatGateways"])
            now = time.monotonic()
            if pending or any(environment["status"] == "CREATING" for environment in environments):
                self.busy_seconds += now - last
            if self.available_at is None and any(environment["status"] == "AVAILABLE" for environment in environments):
                self.available_at = now
            last = now

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Look within the block."""
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()


def operators_calls(stack: Stack) -> list[Call]:
    """Give the calls that the operator made: those with the key that it was given."""
    key = stack.operator_environment()["AWS_ACCESS_KEY_ID"]
    return [call for call in stack.emulator.calls() if call.access_key == key]


def quick_start(stack: Stack) -> list[Figure]:
    """Measure the quick start from the apply to the last Ready."""
    begun = time.monotonic()
    with Watch(stack).watching() as watch:
        stack.apply(documents())
        stack.wait_ready(*((kind, "quickstart") for kind in KINDS), timeout=300)
        ended = time.monotonic()
    calls = operators_calls(stack)
    writes = [call for call in calls if call.write]
    ready_after = ended - (watch.available_at or ended)
    return [
        Figure("quick start: AWS calls", len(calls), "", len(writes), "its writes alone"),
        Figure(
            "quick start: AWS writes",
            len(writes),
            "",
            sum(LEAST_WRITES.values()),
            "one for each thing, and each setting that no create takes",
        ),
        Figure(
            "quick start: seconds of our own", ended - begun - watch.busy_seconds, "s", None, "not spent waiting for AWS"
        ),
        Figure("AWS AVAILABLE to Ready", ready_after, "s", POLL_SECONDS, "one poll"),
    ]


def steady(stack: Stack) -> list[Figure]:
    """Measure one look at an object that is as it should be."""
    figures = []
    for kind, floor in KINDS.items():
        stack.emulator.clear_calls()
        before = kubernetes_writes(stack)
        for look in range(LOOKS):
            _look(stack, kind, f"look-{look}")
        calls = len(operators_calls(stack)) / LOOKS
        # each look is asked for by an annotation, whose echo is the one write that does not count
        writes = (kubernetes_writes(stack) - before) / LOOKS - 1
        figures.append(Figure(f"{kind}: AWS calls of a drift check", calls, "", floor, "one call"))
        figures.append(Figure(f"{kind}: Kubernetes writes of a drift check", writes, "", 0, "none"))
    return figures


def _look(stack: Stack, kind: str, stamp: str) -> None:
    stack.kubectl("annotate", "--overwrite", kind, "quickstart", f"mwaa-operator.dev/reconcile-at={stamp}")

    def seen() -> bool:
        found = stack.get(kind, "quickstart") or {}
        return bool(found.get("status", {}).get("lastHandledReconcileAt") == stamp)

    stack.wait(seen, f"{kind} to be looked at")


def scale(stack: Stack, count: int) -> list[Figure]:
    """Measure memory and idle CPU with a number of environments, all Ready and watched."""
    stack.apply(documents(count))
    names = ["quickstart", *(f"quickstart-{number}" for number in range(1, count))]
    stack.wait_ready(*(("Environment", name) for name in names), timeout=900)
    assert stack.operator
    process = psutil.Process(stack.operator.pid)
    before = process.cpu_times()
    time.sleep(IDLE_SECONDS)
    after = process.cpu_times()
    cpu = (after.user + after.system - before.user - before.system) / IDLE_SECONDS * 100
    called = f"{count} environment{'s' if count > 1 else ''}"
    return [
        Figure(f"{called}: resident memory", process.memory_info().rss / 2**20, "MiB"),
        Figure(f"{called}: CPU while nothing happens", cpu, "%", None, "of one core"),
    ]
