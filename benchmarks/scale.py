"""Very many environments on foundations that are given by id: made from nothing, and steady ones over their checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import client

from benchmarks.crowd import Rest, at_rest, cpu_seconds, memory
from benchmarks.figure import Figure
from benchmarks.rig import POLL_SECONDS, SPEED, aws_calls, checks_done, is_idle, kubernetes_writes
from devcluster.cluster import Cluster
from devcluster.progress import Progress, say
from devcluster.stack import Stack
from mwaa_emulator.prepared import CompleteAccount, PreparedAccount
from mwaa_operator.aws.budget import BURST_SECONDS, RATE
from mwaa_operator.kinds.environment import ENVIRONMENT
from mwaa_operator.resources.mwaa import Environment

DRIFT_SECONDS = 600.0
WINDOW_SECONDS = 240.0
SETTLED = 2
"""Checks of each after it was taken over: its status was written then, so the next one reads and plans once more. From the
one after that on its checks are what they will be for years."""
PATIENCE_SECONDS = 3600.0
THREADS = 4
GROUP, VERSION, KIND, PLURAL, NAMESPACE = "mwaa-operator.dev", "v1alpha1", "Environment", "environments", "scale"
LIMITED = f"at our limit of {RATE:.0f} a second for each operation"
WIDE = ("10.192.128.0/18", "10.192.192.0/18")
"""Subnets with room for all: in smaller ones the operator would rightly create no more."""
FLAGS = (f"--poll-seconds={POLL_SECONDS * 10}", f"--drift-seconds={DRIFT_SECONDS}", "--log-level=WARNING")
GOAL_MIB, GOAL_CPU = 256.0, 10.0


def from_nothing(directory: Path, cluster: Cluster, count: int) -> list[Figure]:
    """Declare that many environments at once, and wait until each is Ready."""
    called = f"{count} from nothing"
    with _stack(directory, cluster) as (stack, account):
        none = _started(stack)
        begun = time.monotonic()
        with _declared(stack, count, _spec(account)):
            _until(stack, f"{called}: Ready", count, lambda: _ready(stack), after=1.0)
            seconds, calls = time.monotonic() - begun, aws_calls(stack)
            created, groups = calls["create_environment"], calls["create_log_group"]
            return [
                Figure(f"{called}: until all are Ready", seconds, "s", at_limit(groups) or None, f"log groups, {LIMITED}"),
                Figure(f"{called}: CreateEnvironment, each", created / count, "", 1, "one"),
                Figure(f"{called}: AWS calls, each", calls.total() / count, "", (created + groups) / count, "its creations"),
                Figure(f"{called}: Kubernetes writes, each", kubernetes_writes(stack) / count),
                Figure(f"{called}: resident memory", memory(stack), "MiB", none.memory, "before the first object"),
            ]


def steady(directory: Path, cluster: Cluster, count: int) -> list[Figure]:
    """Take over that many environments that exist, and measure the process while each is checked every ten minutes."""
    called = f"{count} steady"
    with _stack(directory, cluster) as (stack, account):
        spec = _spec(account)
        _in_aws(stack, count, spec)
        none = _started(stack)
        begun = time.monotonic()
        with _declared(stack, count, {**spec, "adoption": "Always", "deletionPolicy": "Retain"}, known=True):
            _until(stack, f"{called}: first looks", count, lambda: checks_done(stack, KIND))
            _until(stack, f"{called}: idle", 1, lambda: float(is_idle(stack)))
            looked, before = time.monotonic() - begun, checks_done(stack, KIND)
            _until(stack, f"{called}: checks", SETTLED * count, lambda: checks_done(stack, KIND) - before)
            return [
                Figure(
                    f"{called}: until all were looked at",
                    looked,
                    "s",
                    at_limit(count) or None,
                    f"one call each, {LIMITED}",
                ),
                *_window(stack, called, count, none),
            ]


def _window(stack: Stack, called: str, count: int, none: Rest) -> list[Figure]:
    say(f"{called}: {WINDOW_SECONDS:.0f} s of its checks")
    cpu, calls, checks, writes = (
        cpu_seconds(stack),
        aws_calls(stack),
        checks_done(stack, KIND),
        kubernetes_writes(stack),
    )
    begun = time.monotonic()
    time.sleep(WINDOW_SECONDS)
    seconds = time.monotonic() - begun
    cpu, checks = cpu_seconds(stack) - cpu, checks_done(stack, KIND) - checks
    calls, writes = aws_calls(stack) - calls, kubernetes_writes(stack) - writes
    share, each = cpu / seconds * 100, cpu / checks * 1000
    return [
        Figure(f"{called}: resident memory", memory(stack), "MiB", none.memory, f"at first; the goal is {GOAL_MIB:g}"),
        Figure(
            f"{called}: CPU while checked",
            share,
            "% of a core",
            none.cpu,
            f"at rest; {checks:.0f} checks",
        ),
        Figure(
            f"{called}: CPU at a check in 10 min",
            each * count / DRIFT_SECONDS / 10,
            "% of a core",
            GOAL_CPU,
            "the goal: CPU of a check, times their number",
        ),
        Figure(f"{called}: CPU of a check", each, "ms"),
        Figure(f"{called}: AWS calls of a check", calls.total() / checks, "", 1, "one call"),
        Figure(f"{called}: Kubernetes writes of a check", writes / checks, "", 0, "none"),
    ]


def at_limit(calls: int) -> float:
    """Give the seconds that calls of one operation take at our own limit."""
    return max(0.0, calls / RATE - BURST_SECONDS)


@contextmanager
def _stack(directory: Path, cluster: Cluster) -> Iterator[tuple[Stack, PreparedAccount]]:
    stack = Stack.prepare(directory, cluster, speed=SPEED, airflow="none", flags=FLAGS)
    try:
        stack.emulator.switches(check_prerequisites=False, environments_quota=100_000, service_endpoints=False)
        cluster.create_namespace(NAMESPACE)
        yield stack, CompleteAccount(stack.emulator.connect, cidrs=WIDE)
    finally:
        stack.close()


def _started(stack: Stack) -> Rest:
    stack.start_operator()
    return at_rest(stack)


def _spec(account: PreparedAccount) -> dict[str, Any]:
    return {
        "subnetIds": account.subnets,
        "securityGroupIds": [account.group],
        "sourceBucketArn": f"arn:aws:s3:::{account.bucket}",
        "executionRoleArn": account.role_arn,
    }


def _in_aws(stack: Stack, count: int, spec: dict[str, Any]) -> None:
    """Make environments that are nobody's."""
    aws = stack.emulator.connect("mwaa")
    network = {"SubnetIds": spec["subnetIds"], "SecurityGroupIds": spec["securityGroupIds"]}
    bucket, role = spec["sourceBucketArn"], spec["executionRoleArn"]

    def make(number: int) -> None:
        aws.create_environment(
            Name=_name(number),
            DagS3Path="dags",
            SourceBucketArn=bucket,
            ExecutionRoleArn=role,
            NetworkConfiguration=network,
        )

    _each("in AWS", count, make)


@contextmanager
def _declared(stack: Stack, count: int, spec: dict[str, Any], known: bool = False) -> Iterator[None]:
    """Declare them within the block; afterwards they are gone, without a word to AWS, which ends too.

    Those that are known have a status as an earlier process left it: what stands before a creation was checked.
    """
    with stack.cluster.client() as api:
        objects = client.CustomObjectsApi(api)

        def declare(number: int) -> None:
            meta = {"name": _name(number), "namespace": NAMESPACE}
            body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": KIND, "metadata": meta, "spec": spec}
            objects.create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, body)
            if known:
                part = {"name": ENVIRONMENT, "type": Environment.TYPE, "id": _name(number), "checked": True}
                objects.patch_namespaced_custom_object_status(
                    GROUP, VERSION, NAMESPACE, PLURAL, _name(number), {"status": {"parts": [part]}}
                )

        def let_go(number: int) -> None:
            # one by one: all at once would take the API server longer than a request may
            left = objects.delete_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, _name(number))
            if left.get("metadata", {}).get("finalizers"):
                loose = {"metadata": {"finalizers": []}}
                objects.patch_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, _name(number), loose)

        _each("declared", count, declare)
        try:
            yield
        finally:
            stack.stop_operator()
            _each("let go", count, let_go)


def _each(what: str, count: int, work: Callable[[int], None]) -> None:
    progress = Progress(f"{count} environments {what}", "environments", count)
    with ThreadPoolExecutor(THREADS) as pool:
        for done, _ in enumerate(pool.map(work, range(count)), 1):
            progress.update(done)
    progress.finish("done")


def _name(number: int) -> str:
    return f"environment-{number:05}"


def _ready(stack: Stack) -> float:
    """Count the environments that are Ready, a page at a time."""
    found, token = 0, ""
    with stack.cluster.client() as api:
        objects = client.CustomObjectsApi(api)
        while True:
            answer = objects.list_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, limit=500, _continue=token)
            found += sum(
                c["type"] == "Ready" and c["status"] == "True"
                for item in answer["items"]
                for c in item.get("status", {}).get("conditions", ())
            )
            if not (token := answer["metadata"].get("continue", "")):
                return found


def _until(stack: Stack, what: str, count: int, counted: Callable[[], float], after: float = 0.5) -> None:
    progress, deadline = Progress(what, "", count), time.monotonic() + PATIENCE_SECONDS
    while (found := counted()) < count:
        progress.update(int(found))
        if time.monotonic() > deadline:
            tail = stack.operator.tail() if stack.operator else ""
            raise TimeoutError(f"{what}: {found:.0f} of {count} after {PATIENCE_SECONDS:.0f} s\n{tail}")
        time.sleep(after)
    progress.finish("done")
