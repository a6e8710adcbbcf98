"""What an object says while AWS updates an environment, and once that has failed: each thing once, and nothing as gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report
from mwaa_operator.engine.status import part_list

HOUR = 3600.0


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.TRUE, "fine").conditions}


def parts(run: Any) -> dict[str, Any]:
    return {each["name"]: each for each in part_list(run.graph, run.sights, run.memory, run.plan.waits)}


async def test_while_aws_updates_it_each_thing_is_said_once(stack: Any) -> None:
    await stack.settle()
    assert parts(await stack.once())["airflow"]["state"] == "Ready"
    stack.change(maxWorkers=7)
    await stack.once()
    run = await stack.once()
    ready = said(run)["Ready"].message
    assert (ready.count("pdating"), "environment: maxWorkers is on the way" in ready) == (1, True)
    airflow = parts(run)["airflow"]
    assert (airflow["state"], airflow["message"]) == ("Waiting", "airflow waits for environment")


async def test_airflow_is_absent_where_there_is_no_environment_to_wait_for(stack: Any) -> None:
    await stack.settle()
    stack.deleting = True
    await stack.once()
    stack.emulator.advance(HOUR)
    shown = parts(await stack.once())
    assert (shown["airflow"]["state"], shown["environment"]["state"]) == ("Absent", "Absent")


@pytest.mark.parametrize("outcome", ["failed", "rolled-back", "failed-available", "rolled-back-available"])
async def test_airflow_is_asked_although_an_update_has_failed(new_stack: Callable[..., Any], outcome: str) -> None:
    stack = new_stack()
    await stack.settle()
    stack.emulator.outcome("update", outcome, code="INCORRECT_CONFIGURATION", message="does not start")
    stack.change(environmentClass="mw1.large")
    await stack.once()
    stack.emulator.advance(HOUR)
    run = await stack.once()
    conditions = said(run)
    assert conditions["Ready"].reason == conditions["Stalled"].reason == "UpdateRolledBack"
    assert (conditions["AirflowHealthy"].status, parts(run)["airflow"]["state"]) == (Truth.TRUE, "Ready")
    assert len(stack.requests("UpdateEnvironment")) == 1


async def test_airflow_is_not_asked_of_one_that_is_lost(stack: Any) -> None:
    await stack.settle()
    stack.emulator.set_state("first", "UNAVAILABLE")
    run = await stack.once()
    assert (said(run)["AirflowHealthy"].status, parts(run)["airflow"]["state"]) == (Truth.UNKNOWN, "Waiting")
