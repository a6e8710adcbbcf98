"""One quick start, and single looks at what it made. Each figure comes with the least that is possible in the same run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import yaml
from botocore.config import Config

from benchmarks.figure import Figure
from benchmarks.rig import POLL_SECONDS, kubernetes_writes, operators_calls
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY

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
Span = tuple[float, float]
"""From when to when, in seconds of the wall clock: the emulator's record of calls knows no other."""


def documents() -> list[dict[str, Any]]:
    """Give the quick start with a helper in place of DAGs: nobody runs them here."""
    found = list(yaml.safe_load_all(SAMPLE.read_text()))
    for document in found:
        if document["kind"] == "DagSource":
            document["spec"].pop("verify")
            document["spec"]["files"] = {"helper.py": "ANSWER = 42\n"}
    return found


@dataclass
class Watch:
    """What AWS was doing: when it was busy, and when the environment became available."""

    stack: Stack
    busy: list[Span] = field(default_factory=list)
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
        last = time.time()
        while not self._stop.wait(0.05):
            environments = self.stack.emulator.environments()
            pending = any(nat["State"] == "pending" for nat in ec2.describe_nat_gateways()["NatGateways"])
            now = time.time()
            if pending or any(environment["status"] == "CREATING" for environment in environments):
                self.busy.append((last, now))
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


def covered(spans: Iterable[Span]) -> float:
    """Add up the seconds that lie in at least one of the spans."""
    total, reached = 0.0, 0.0
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def quick_start(stack: Stack) -> list[Figure]:
    """Measure the quick start from the apply to the last Ready."""
    begun = time.time()
    with Watch(stack).watching() as watch:
        stack.apply(documents())
        stack.wait_ready(*((kind, "quickstart") for kind in KINDS), timeout=120)
        ended = time.time()
    calls = operators_calls(stack)
    writes = [call for call in calls if call.write]
    began = ((datetime.fromisoformat(call.time).timestamp(), call.seconds) for call in writes)
    answering = [(at, at + seconds) for at, seconds in began]
    waited = covered(watch.busy)
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
            "quick start: time of our own",
            ended - begun - waited,
            "s",
            covered([*watch.busy, *answering]) - waited,
            "AWS answering its writes",
        ),
        Figure(
            "AWS AVAILABLE to Ready",
            ended - (watch.available_at or ended),
            "s",
            POLL_SECONDS / 2,
            f"half of the {POLL_SECONDS:g} s between two polls",
        ),
    ]


def steady(stack: Stack) -> list[Figure]:
    """Measure one look at an object that is as it should be."""
    figures = []
    for kind, floor in KINDS.items():
        stack.emulator.clear_calls()
        before = kubernetes_writes(stack)
        for number in range(LOOKS):
            look(stack, kind, f"look-{number}")
        calls = len(operators_calls(stack)) / LOOKS
        # each look is asked for by an annotation, whose echo is the one write that does not count
        writes = (kubernetes_writes(stack) - before) / LOOKS - 1
        figures.append(Figure(f"{kind}: AWS calls of a drift check", calls, "", floor, "one call"))
        figures.append(Figure(f"{kind}: Kubernetes writes of a drift check", writes, "", 0, "none"))
    return figures


def look(stack: Stack, kind: str, stamp: str) -> None:
    """Have one object looked at, and wait until it was."""
    stack.kubectl("annotate", "--overwrite", kind, "quickstart", f"mwaa-operator.dev/reconcile-at={stamp}")

    def seen() -> bool:
        found = stack.get(kind, "quickstart") or {}
        return bool(found.get("status", {}).get("lastHandledReconcileAt") == stamp)

    stack.wait(seen, f"{kind} to be looked at")
