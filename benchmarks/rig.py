"""The product as it is measured: AWS ten minutes a second, Airflow answered for, nothing looked at unless asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster.cluster import Cluster
from devcluster.stack import Stack
from mwaa_emulator.calls import Call

SPEED = 600.0
POLL_SECONDS = 0.5
FLAGS = (
    f"--poll-seconds={POLL_SECONDS}",
    "--slow-seconds=5",
    "--drift-seconds=3600",
    "--iam=enabled",
    "--log-level=WARNING",
)


@contextmanager
def rig(directory: Path, cluster: Cluster) -> Iterator[Stack]:
    """Run a stack of its own, and leave the cluster empty."""
    with Stack.started(directory, cluster, speed=SPEED, flags=FLAGS) as stack:
        yield stack
        stack.kubectl("delete", "mwaa", "--all", "--wait=false")
        stack.wait(lambda: not stack.objects(), "all objects to be gone", timeout=300)


def operators_calls(stack: Stack) -> list[Call]:
    """Give the calls that the operator made: those with the key that it was given."""
    key = stack.operator_environment()["AWS_ACCESS_KEY_ID"]
    return [call for call in stack.emulator.calls() if call.access_key == key]


def kubernetes_writes(stack: Stack) -> float:
    """Count what the operator has written to Kubernetes, but for its lease."""
    return sum(n for line, n in _metrics(stack) if line.startswith("kubernetes_writes_total{") and "lease" not in line)


def aws_calls(stack: Stack) -> Counter[str]:
    """Count the calls that the operator has made since it was started, by operation."""
    found: Counter[str] = Counter()
    for line, n in _metrics(stack):
        if line.startswith("aws_calls_total{"):
            found[line.partition('operation="')[2].partition('"')[0]] += int(n)
    return found


def checks_done(stack: Stack, kind: str) -> float:
    """Count the runs of objects of a kind that ended since the operator was started."""
    return sum(n for line, n in _metrics(stack) if line.startswith("reconcile_total{") and f'kind="{kind}"' in line)


def is_idle(stack: Stack) -> bool:
    """Tell whether no object is worked on or due."""
    return not any(n for line, n in _metrics(stack) if line in ("queue_depth", "reconcile_active"))


def _metrics(stack: Stack) -> Iterator[tuple[str, float]]:
    for line in stack.operator_get("/metrics").text.splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("mwaa_operator_"):
            yield name.removeprefix("mwaa_operator_"), float(value)
