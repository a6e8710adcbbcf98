"""docs/how-to/when-it-fails.md: each state of its table is brought about, and the object says what the page says."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.finding import Finding
from mwaa_operator.core.report import report
from mwaa_operator.engine.situations import deleting

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "when-it-fails.md"
HOUR = 3600.0


class Faulty:
    """A check that finds something."""

    NAME = "network"

    async def findings(self, model: Any, region: str) -> list[Finding]:
        return [Finding("SameAvailabilityZone", "spec.subnetIds", "both are in one zone")]


async def preflight(stack: Any) -> Any:
    stack.registry.checks["network"] = Faulty()
    return await stack.once()


async def creation(stack: Any) -> Any:
    stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message="no way out")
    await stack.once()
    stack.emulator.advance(HOUR)
    return await stack.once()


async def endpoints_of_others(stack: Any) -> Any:
    stack.change(customerEndpoints={"madeBy": "Other"})
    return await endpoints(stack)


async def endpoints(stack: Any) -> Any:
    return await in_state(stack, "PENDING")


async def update(stack: Any, outcome: str = "rolled-back") -> Any:
    await stack.settle()
    stack.emulator.outcome("update", outcome, code="INCORRECT_CONFIGURATION", message="does not start")
    stack.change(environmentClass="mw1.large")
    await stack.once()
    stack.emulator.advance(HOUR)
    return await stack.once()


async def update_that_ends_available(stack: Any) -> Any:
    return await update(stack, "rolled-back-available")


async def put_back(stack: Any) -> Any:
    await update(stack)
    stack.change(environmentClass=None)
    return await stack.once()


async def lost(stack: Any) -> Any:
    return await update(stack, "unavailable")


async def maintenance(stack: Any) -> Any:
    return await in_state(stack, "MAINTENANCE")


async def in_state(stack: Any, state: str) -> Any:
    await stack.settle()
    stack.emulator.set_state("first", state)
    return await stack.once()


async def dead_scheduler(stack: Any) -> Any:
    await stack.settle()
    stack.emulator.airflow_health("*", {"scheduler": "unhealthy"})
    try:
        await stack.once()
        since = {"unwellSince": "2026-01-01T00:00:00+00:00"}
        stack.memory["airflow"] = replace(stack.memory["airflow"], remember=since)
        return await stack.once()
    finally:
        stack.emulator.airflow_health("*", None)


async def deletion(stack: Any) -> Any:
    await stack.once()
    stack.deleting = True
    return await stack.once()


WAYS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "A check found a fault before anything was asked of AWS": preflight,
    "AWS could not create it": creation,
    "AWS waits for VPC endpoints that the operator makes": endpoints,
    "AWS waits for your VPC endpoints (`madeBy: Other`)": endpoints_of_others,
    "AWS could not apply an update, and restored what was before": update,
    "The same, and AWS says so only of the last update": update_that_ends_available,
    "The spec was put back after such an update": put_back,
    "AWS could neither apply the update nor restore what was before": lost,
    "AWS maintains it": maintenance,
    "It runs, and its scheduler is dead": dead_scheduler,
    "It is to be deleted while AWS creates it": deletion,
}


def rows() -> dict[str, list[str]]:
    found = re.findall(r"^\| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    cells = [[cell.strip(" `") for cell in row.split(" | ")] for row in found]
    return {first: rest for first, *rest in cells[1:]}


def said(stack: Any, run: Any) -> dict[str, Condition]:
    found = report(run.found(), True, Truth.UNKNOWN, "fine").conditions
    return {each.type: each for each in (deleting(found) if stack.deleting else found)}


def test_the_page_has_every_state_that_is_tried_here() -> None:
    assert list(rows()) == list(WAYS)


@pytest.mark.parametrize("happened", WAYS)
async def test_the_object_says_what_the_page_says(new_stack: Callable[..., Any], happened: str) -> None:
    stack = new_stack()
    run = await WAYS[happened](stack)
    status, ready, reason, stalled, turn = rows()[happened]
    conditions = said(stack, run)
    assert (stack.facts(run)["environmentStatus"] or "none") == status
    assert (conditions["Ready"].status.value, conditions["Ready"].reason) == (ready, reason)
    assert ("True" if "Stalled" in conditions else "absent") == stalled
    loud = conditions["Ready"].needs_somebody or "Stalled" in conditions
    assert loud is (turn not in ("nobody's", "AWS's", "the operator's")), "a Warning is for whose turn it is"
    if happened == "AWS maintains it":
        assert "UnderMaintenance" in conditions


async def test_what_never_ran_is_made_anew_as_often_as_is_allowed(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"recreateLimit": 2})
    for _ in range(4):
        stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message="no way out")
    for _ in range(16):
        run = await stack.once()
        stack.emulator.advance(HOUR)
    assert stack.writes() == ["CreateEnvironment", "DeleteEnvironment"] * 2 + ["CreateEnvironment"]
    assert said(stack, run)["Ready"].reason == "CreateFailed"


async def test_an_update_that_failed_is_put_back_without_a_call(stack: Any) -> None:
    await put_back(stack)
    assert len(stack.requests("UpdateEnvironment")) == 1


async def test_what_is_unavailable_is_made_anew_once_it_was_deleted(stack: Any) -> None:
    await lost(stack)
    stack.emulator.connect("mwaa").delete_environment(Name="first")
    stack.emulator.clear_outcomes()
    stack.emulator.advance(HOUR)
    await stack.settle()
    assert stack.writes()[-2:] == ["DeleteEnvironment", "CreateEnvironment"]
