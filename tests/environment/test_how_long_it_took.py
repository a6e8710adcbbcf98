"""How long AWS took the last time, as a plan says it: of the same action in this very environment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.core.duration import whole
from mwaa_operator.core.memory import PartMemory, recall
from mwaa_operator.core.observed import Failure, Observed, Sight, State
from mwaa_operator.core.timing import rested
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import plan_view

HOUR = 3600.0


async def after(stack: Any, minutes: int) -> Run:
    """Run again when AWS has finished and so much time has gone by."""
    stack.emulator.advance(HOUR)
    stack.later += timedelta(minutes=minutes)
    run: Run = await stack.once()
    return run


def last_time(stack: Any, run: Run) -> Any:
    """Give what a plan says of a change that it holds back."""
    view = plan_view(run.plan, stack.registry.adapters, run.types, run.memory)
    return next(step.get("lastTime") for step in (view or {"steps": []})["steps"] if step["part"] == "environment")


async def test_a_plan_says_how_long_the_same_took_before_and_not_how_long_something_else_did(stack: Any) -> None:
    while not stack.requests("CreateEnvironment"):
        await stack.once()
    await after(stack, 25)
    assert stack.memory["environment"].took.keys() == {"Create"}
    stack.manual = True
    stack.change(maxWorkers=5)
    run = await stack.once()
    assert last_time(stack, run) is None, "it was never updated"

    stack.approved = run.plan.hash
    await stack.once()
    assert len(stack.requests("UpdateEnvironment")) == 1
    await after(stack, 12)
    stack.change(maxWorkers=6)
    shown, took = last_time(stack, await stack.once()), stack.memory["environment"].took
    assert shown == whole(timedelta(seconds=int(took["Update"])))
    assert 12 * 60 <= int(took["Update"]) < 25 * 60 <= int(took["Create"])


@pytest.mark.parametrize(
    ("sight", "known"),
    [
        (Observed("a"), "600"),
        (None, "600"),
        (Observed("a", state=State.FAILED), None),
        (Observed("a", failure=Failure("X", "rolled back")), None),
    ],
)
def test_only_what_ended_well_says_how_long_it_takes(sight: Sight, known: str | None) -> None:
    begun = datetime(2026, 11, 21, 12, tzinfo=UTC)
    before = PartMemory("a", "t", since=begun.isoformat(), doing="Update", took={"Create": "60"})
    now = rested(before, sight, begun + timedelta(minutes=10))
    assert (now.since, now.doing, now.took["Create"], now.took.get("Update")) == (None, None, "60", known)
    assert recall([{**now.written(), "name": "a", "type": "t"}]) == {"a": now}
