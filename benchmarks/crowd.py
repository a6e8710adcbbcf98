"""Many environments on one network, bucket and DAG source: memory, CPU, and a look at all of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.figure import Figure
from benchmarks.measures import documents
from benchmarks.rig import is_idle, kubernetes_writes, operators_calls
from devcluster.progress import Progress, say
from devcluster.stack import Stack
from mwaa_emulator.calls import Call
from mwaa_operator.aws.budget import BURST_SECONDS, RATE

ROLE_SERVES = 20
"""Environments to a role: IAM's limit for a trust policy has room for a few more, but not for 200."""
IDLE_SECONDS = 20.0
DEFAULT_DRIFT_SECONDS = 600.0
PATIENCE_SECONDS = 420.0
QUIET_SECONDS = 3.0
LIMITED = f"at our limit of {RATE:.0f} a second for each operation"
Object = dict[str, Any]


@dataclass(frozen=True)
class Rest:
    """The operator while nothing happens."""

    memory: float
    """MiB, resident."""
    cpu: float
    """Per cent of one core."""


def at_rest(stack: Stack) -> Rest:
    """Measure the operator's process for some seconds."""
    say(f"Nothing happens for {IDLE_SECONDS:.0f} s")
    before = cpu_seconds(stack)
    time.sleep(IDLE_SECONDS)
    cpu = (cpu_seconds(stack) - before) / IDLE_SECONDS * 100
    return Rest(memory(stack), cpu)


def crowd(stack: Stack, count: int, none: Rest) -> list[Figure]:
    """Have that many environments, the quick start's among them, at rest and then all looked at."""
    called = f"{count} environment{'s' if count > 1 else ''}"
    figures = grow(stack, count, called) if count > 1 else []
    rest = at_rest(stack)
    stack.emulator.clear_calls()
    stamp, writes, cpu, begun = f"all-{count}", kubernetes_writes(stack), cpu_seconds(stack), time.monotonic()
    stack.kubectl("annotate", "--overwrite", "environment", "--all", f"mwaa-operator.dev/reconcile-at={stamp}")
    until(stack, f"{called}: looked at", count, lambda body: _handled(body) == stamp)
    seconds, cpu = time.monotonic() - begun, (cpu_seconds(stack) - cpu) / count
    calls = operators_calls(stack)
    writes = (kubernetes_writes(stack) - writes) / count - 1
    pace = rest.cpu + cpu * count / DEFAULT_DRIFT_SECONDS * 100
    return [
        *figures,
        Figure(f"{called}: resident memory", rest.memory, "MiB", none.memory, "the same process before the first object"),
        Figure(f"{called}: CPU at rest", rest.cpu, "% of a core", none.cpu, "the same process before the first object"),
        Figure(f"{called}: CPU, each looked at in 10 min", pace, "% of a core", rest.cpu, "at rest"),
        Figure(f"{called}: AWS calls of a look, each", len(calls) / count, "", 1, "one call"),
        Figure(f"{called}: Kubernetes writes of a look, each", writes, "", 0, "none"),
        Figure(f"{called}: a look at all", seconds, "s", at_limit(calls) or None, f"its calls, {LIMITED}"),
    ]


def grow(stack: Stack, count: int, called: str) -> list[Figure]:
    """Add environments to the one that is there, until all are Ready and nothing is under way any more."""
    stack.emulator.clear_calls()
    begun = time.monotonic()
    stack.apply(list(others(count)))
    until(stack, f"{called}: Ready", count, _is_ready)
    ready = time.monotonic() - begun
    until_quiet(stack, called)
    quiet = time.monotonic() - begun - QUIET_SECONDS
    calls = operators_calls(stack)
    writes = [call for call in calls if call.write]
    return [
        Figure(f"{called}: until all are Ready", ready, "s", at_limit(writes), f"its writes, {LIMITED}"),
        Figure(f"{called}: until nothing is due any more", quiet, "s", ready, "until all are Ready"),
        Figure(
            f"{called}: AWS calls until then, each", len(calls) / (count - 1), "", len(writes) / (count - 1), "its writes"
        ),
    ]


def at_limit(calls: Iterable[Call]) -> float:
    """Give the seconds that calls take at our own limit, of the operation with the most of them."""
    return max(
        0.0, max(Counter((call.service, call.operation) for call in calls).values(), default=0) / RATE - BURST_SECONDS
    )


def others(count: int) -> Iterator[Object]:
    """Give the environments beside the quick start's, and the roles that they need."""
    sample = {document["kind"]: document for document in documents()}
    for number in range(1, count):
        role = f"shared-{number // ROLE_SERVES}"
        environment = deepcopy(sample["Environment"])
        environment["metadata"]["name"] = f"crowd-{number}"
        environment["spec"]["executionRoleRef"]["name"] = role
        yield environment
        if number == 1 or number % ROLE_SERVES == 0:
            yield {**sample["ExecutionRole"], "metadata": {"name": role}}


def until(stack: Stack, what: str, count: int, done: Callable[[Object], bool]) -> None:
    """Wait until so many environments are as they should be, and say how many are."""
    progress = Progress(what, "environments", count)

    def counted() -> bool:
        found: int = sum(body["kind"] == "Environment" and done(body) for body in stack.objects())
        progress.update(found)
        return found >= count

    stack.wait(counted, what, PATIENCE_SECONDS)
    progress.finish("done")


def until_quiet(stack: Stack, called: str) -> None:
    """Wait until nothing was worked on for some seconds: what the last ones to be Ready have woken is done too."""
    say(f"{called}: until nothing is under way any more")
    busy_at = time.monotonic()

    def quiet() -> bool:
        nonlocal busy_at
        if not is_idle(stack):
            busy_at = time.monotonic()
        return time.monotonic() - busy_at >= QUIET_SECONDS

    stack.wait(quiet, f"{called} to be quiet", PATIENCE_SECONDS)


def cpu_seconds(stack: Stack) -> float:
    """Give what the operator's process has used so far."""
    times = _process(stack).cpu_times()
    return float(times.user + times.system)


def memory(stack: Stack) -> float:
    """Give the resident memory of the operator's process, in MiB."""
    return float(_process(stack).memory_info().rss / 2**20)


def _process(stack: Stack) -> psutil.Process:
    assert stack.operator
    return psutil.Process(stack.operator.pid)


def _is_ready(body: Object) -> bool:
    conditions = body.get("status", {}).get("conditions", ())
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def _handled(body: Object) -> str:
    return str(body.get("status", {}).get("lastHandledReconcileAt", ""))
