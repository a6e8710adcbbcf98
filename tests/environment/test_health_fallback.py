"""Where Airflow cannot be asked through AWS, that is said with the fallback, and the fallback is good for Ready."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.airflow.health import HealthAdapter
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.observed import State
from mwaa_operator.core.owner import Owner
from mwaa_operator.resources.airflow import Health

from .conftest import Stack
from .endpoint_steps import conditions
from .test_probes import beat, with_probes

NewStack = Callable[..., Stack]
HEARTBEAT = {"probes": {"schedulerHeartbeat": "10m"}}
REFUSAL = "InvokeRestApi is not available for a private web server of this age."


async def refused(new_stack: NewStack, **spec: Any) -> Stack:
    """Give an environment whose web server AWS passes no calls on to."""
    stack = new_stack(spec)
    stack.emulator.fault("mwaa", "InvokeRestApi", code="ValidationException", message=REFUSAL, status=400)
    with_probes(stack)
    for _ in range(4):
        await stack.once()
        stack.emulator.advance(3600)
    return stack


async def test_aws_refuses_and_the_fallback_is_named(new_stack: NewStack) -> None:
    stack = await refused(new_stack)
    run = await stack.once()
    said = conditions(run)
    assert (said["AirflowHealthy"].status, said["AirflowHealthy"].reason) == (Truth.FALSE, "HealthUnknown")
    assert said["Ready"].status is Truth.FALSE
    assert REFUSAL.rstrip(".") in said["Ready"].message
    assert "As a fallback, set spec.probes.schedulerHeartbeat" in said["Ready"].message
    assert stack.facts(run)["airflowHealthy"] is None


async def test_with_the_fallback_it_is_ready_and_nothing_is_claimed_of_airflow(new_stack: NewStack) -> None:
    stack = await refused(new_stack, **HEARTBEAT)
    beat("first")
    run = await stack.once()
    said = conditions(run)
    assert (said["AirflowHealthy"].status, said["AirflowHealthy"].reason) == (Truth.UNKNOWN, "HealthUnknown")
    assert said["SchedulerHealthy"].status is Truth.TRUE
    assert said["Ready"].status is Truth.TRUE
    assert "is healthy" not in stack.kind.summary(stack.facts(run))


async def test_a_silent_scheduler_is_not_ready_by_the_fallback_either(new_stack: NewStack) -> None:
    stack = await refused(new_stack, **HEARTBEAT)
    with_probes(stack)
    for minutes in (0, 30):
        stack.later += timedelta(minutes=minutes)
        said = conditions(await stack.once())
    assert (said["Ready"].status, said["SchedulerHealthy"].reason) == (Truth.FALSE, "SchedulerSilent")


@pytest.mark.parametrize(
    ("heartbeat", "state", "word"), [(False, State.FAILED, "As a fallback"), (True, State.READY, "SchedulerHealthy")]
)
async def test_one_that_is_too_old_is_not_asked_and_the_fallback_is_named(
    stack: Stack, heartbeat: bool, state: State, word: str
) -> None:
    adapter = HealthAdapter(Aws("test", stack.calls.append))
    target = Target(
        "airflow", Health("first", "2.2.2", heartbeat=heartbeat), Owner("Environment", "t", "f", "u"), "us-east-1"
    )
    seen = (await adapter.read([target]))["airflow"]
    assert (seen.state, seen.reason, seen.outputs) == (state, "HealthUnknown", {})
    assert "Airflow 2.2.2 cannot be asked through AWS, which needs 2.4.3 or later" in seen.message
    assert word in seen.message
    assert stack.calls == []
