"""How long people wait: for the first call, for the cause of a failure, and beside objects that fail without end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from statistics import median
from typing import Any

from kubernetes import client

from benchmarks.figure import Figure
from benchmarks.measures import documents
from benchmarks.rig import POLL_SECONDS, operators_calls
from devcluster.progress import say
from devcluster.stack import Stack

GROUP, VERSION, PLURAL, NAMESPACE = "mwaa-operator.dev", "v1alpha1", "environments", "default"
AT_ONCE, FAILING, LOOKS, THREADS = 100, 10, 20, 8
CAUSE = "the network has no way out, says the benchmark"


def latency(stack: Stack) -> list[Figure]:
    """Measure after the quick start, in whose namespace and on whose foundations everything happens."""
    with stack.cluster.client() as api:
        objects = client.CustomObjectsApi(api)
        return [*_first_call(stack, objects), *_cause(stack, objects), *_beside_failing(stack, objects)]


def _first_call(stack: Stack, objects: Any) -> list[Figure]:
    """Wait for the first call about each of many objects that come at once; nothing is made, since all await approval."""
    say(f"{AT_ONCE} objects at once")
    with _declared(objects, [_document("alone")]) as alone:
        single = _waits(stack, alone)
    with _declared(objects, [_document(f"at-once-{number}") for number in range(AT_ONCE)]) as many:
        waits = sorted(_waits(stack, many))
    name = f"apply to first AWS call, {AT_ONCE} objects at once"
    return [
        Figure(f"{name}: median", median(waits), "s", single[0], "one object alone"),
        Figure(f"{name}: p99", waits[int(0.99 * (len(waits) - 1))], "s", single[0], "one object alone"),
    ]


def _waits(stack: Stack, declared: dict[str, float]) -> list[float]:
    """Give the seconds from each request to its first call."""
    first: dict[str, float] = {}

    def all_called() -> bool:
        for call in reversed(operators_calls(stack)):
            if call.operation == "GetEnvironment" and call.params["Name"] in declared:
                first[call.params["Name"]] = datetime.fromisoformat(call.time).timestamp()
        return len(first) == len(declared)

    stack.wait(all_called, f"a call about each of {len(declared)}")
    return [first[name] - at for name, at in declared.items()]


def _cause(stack: Stack, objects: Any) -> list[Figure]:
    """Have AWS fail to create an environment, and wait until its object says why."""
    say("A creation that fails")
    stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message=CAUSE, name="failing")
    with _declared(objects, [_document("failing", approval="Automatic")]):
        failed = _moment(stack, lambda: _status(stack, "failing") == "CREATE_FAILED", "AWS to fail")
        said = _moment(
            stack, lambda: CAUSE in stack.condition("Environment", "failing", "Ready").get("message", ""), "it to be said"
        )
    return [
        Figure(
            "AWS failure to the condition with its cause",
            said - failed,
            "s",
            POLL_SECONDS / 2,
            f"half of the {POLL_SECONDS:g} s between two polls",
        )
    ]


def _beside_failing(stack: Stack, objects: Any) -> list[Figure]:
    """Ask for looks at a healthy object, alone and while AWS answers for others with errors and nothing else."""
    say(f"A healthy object beside {FAILING} that fail for ever")
    alone = _look_seconds(stack, objects, "alone")
    names = [f"broken-{number}" for number in range(FAILING)]
    for name in names:
        stack.emulator.fault("mwaa", "GetEnvironment", code="InternalServerException", status=500, params={"Name": name})
    with _declared(objects, [_document(name) for name in names]):
        stack.wait(lambda: all(each["seen"] for each in stack.emulator.faults()), "all of them to fail")
        beside = _look_seconds(stack, objects, "beside")
    stack.emulator.clear_faults()
    return [
        Figure(f"a healthy object's delay while {FAILING} others fail for ever", beside, "s", alone, "the same without them")
    ]


def _look_seconds(stack: Stack, objects: Any, stamp: str) -> float:
    """Give the median time from an annotation that asks for a look to its echo."""
    seconds = []
    for number in range(LOOKS):
        asked, begun = f"{stamp}-{number}", time.monotonic()
        wish = {"metadata": {"annotations": {"mwaa-operator.dev/reconcile-at": asked}}}
        objects.patch_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, "quickstart", wish)
        while (stack.get("Environment", "quickstart") or {}).get("status", {}).get("lastHandledReconcileAt") != asked:
            time.sleep(0.005)
        seconds.append(time.monotonic() - begun)
    return median(seconds)


def _document(name: str, approval: str = "Manual") -> dict[str, Any]:
    """Give an environment; one that waits for approval leaves role and DagSource of the quick start alone."""
    sample = next(document for document in documents() if document["kind"] == "Environment")
    spec = {**sample["spec"], "approval": approval}
    if approval == "Manual":
        spec["executionRoleArn"] = "arn:aws:iam::123456789012:role/nobody"
        del spec["executionRoleRef"], spec["dagSourceRefs"]
    return {**sample, "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


@contextmanager
def _declared(objects: Any, bodies: list[dict[str, Any]]) -> Iterator[dict[str, float]]:
    """Declare objects at once and give when each was sent; they are gone afterwards."""

    def declare(body: dict[str, Any]) -> tuple[str, float]:
        at = time.time()
        objects.create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, body)
        return body["metadata"]["name"], at

    def delete(body: dict[str, Any]) -> None:
        objects.delete_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, body["metadata"]["name"])

    with ThreadPoolExecutor(THREADS) as pool:
        yield dict(pool.map(declare, bodies))
        list(pool.map(delete, bodies))


def _ready_message(stack: Stack, name: str) -> str:
    return str(stack.condition("Environment", name, "Ready").get("message", ""))


def _status(stack: Stack, name: str) -> str:
    return next((each["status"] for each in stack.emulator.environments() if each["name"] == name), "")


def _moment(stack: Stack, happened: Callable[[], bool], what: str) -> float:
    """Give when something was first seen to have happened."""
    deadline = time.monotonic() + 120
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {what}\n{stack.describe()}")
        time.sleep(0.01)
    return time.monotonic()
