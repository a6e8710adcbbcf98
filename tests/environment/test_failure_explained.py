"""What AWS could not do has AWS's reason, and the cause that a check finds stands beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.finding import Finding
from mwaa_operator.core.report import Next, report

from .conftest import Stack
from .endpoint_steps import conditions

HOUR = 3600.0
CAUSE = "subnet-1 has no way out: its route was deleted"


class Faulty:
    """A check that finds the cause."""

    NAME = "network"

    async def findings(self, model: Any, region: str) -> list[Finding]:
        return [Finding("BlackholeRoute", "spec.subnetIds", CAUSE)]


async def creation(stack: Stack) -> None:
    stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message="no way out")
    await stack.once()


async def update(stack: Stack) -> None:
    await stack.settle()
    stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    stack.change(environmentClass="mw1.large")
    await stack.once()


async def loss(stack: Stack) -> None:
    await stack.settle()
    stack.emulator.set_state("first", "UNAVAILABLE")


WAYS: dict[str, Callable[[Stack], Awaitable[None]]] = {
    "CreateFailed": creation,
    "UpdateRolledBack": update,
    "Unavailable": loss,
}


@pytest.mark.parametrize("reason", WAYS)
async def test_a_failure_keeps_its_reason_and_says_why(stack: Stack, reason: str) -> None:
    await WAYS[reason](stack)
    stack.emulator.advance(HOUR)
    stack.registry.checks["network"] = Faulty()
    run = await stack.once()
    said = conditions(run)
    assert (said["Ready"].status, said["Ready"].reason, said["Stalled"].reason) == (Truth.FALSE, reason, reason)
    assert CAUSE in said["Ready"].message
    assert (said["Preflight"].status, said["Preflight"].reason) == (Truth.FALSE, "PreflightFailed")
    assert CAUSE in said["Preflight"].message
    assert report(run.found(), True, Truth.UNKNOWN, "").next is Next.SLOW, "AWS's failure lasts: nobody need hurry"


async def test_what_stops_a_step_is_the_reason_itself(stack: Stack) -> None:
    stack.registry.checks["network"] = Faulty()
    said = conditions(await stack.once())
    assert said["Ready"].reason == "PreflightFailed"
    assert stack.writes() == []
