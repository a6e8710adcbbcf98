"""The product as it is measured: AWS ten minutes a second, Airflow answered for, nothing looked at unless asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster.cluster import Cluster
from devcluster.stack import Stack

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
    with Stack.started(directory, cluster, speed=600.0, flags=FLAGS) as stack:
        yield stack
        stack.kubectl("delete", "mwaa", "--all", "--wait=false")
        stack.wait(lambda: not stack.objects(), "all objects to be gone", timeout=300)


def counters(stack: Stack, name: str, without: str = "\0") -> float:
    """Add up a metric of the operator."""
    lines = stack.operator_get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name) and without not in line)


def kubernetes_writes(stack: Stack) -> float:
    """Count what the operator wrote to Kubernetes, but for its lease."""
    return counters(stack, "mwaa_operator_kubernetes_writes_total{", without="lease")
