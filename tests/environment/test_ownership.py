"""Whose an environment is: what others change in it, who may take it over, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.core.observed import State
from mwaa_operator.core.policy import Adoption, DriftPolicy
from mwaa_operator.core.step import Action

MINUTE = 60.0


@pytest.mark.row("A44")
async def test_drift_is_put_back(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"maxWorkers": 5})
    await stack.settle()
    boto3.client("mwaa").update_environment(Name="first", MaxWorkers=9)
    stack.emulator.advance(30 * MINUTE)
    await stack.settle()
    assert boto3.client("mwaa").get_environment(Name="first")["Environment"]["MaxWorkers"] == 5


@pytest.mark.row("A44")
async def test_drift_is_only_reported_on_request(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"maxWorkers": 5}, drift=DriftPolicy.REPORT)
    await stack.settle()
    boto3.client("mwaa").update_environment(Name="first", MaxWorkers=9, MinWorkers=2)
    stack.emulator.advance(30 * MINUTE)
    stack.emulator.clear_calls()
    run = await stack.once()
    [need] = run.plan.step("environment").needs
    assert (need.reason, "maxWorkers" in need.message, "minWorkers" in need.message) == ("DriftReported", True, False)
    assert stack.writes() == []


async def test_deletion_is_asked_for_once_and_awaited(stack: Any) -> None:
    await stack.settle()
    stack.deleting = True
    run = await stack.once()
    assert run.sights["environment"].state is State.GOING
    assert run.plan.step("environment").needs[0].reason == "Deleting"
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment", "DeleteEnvironment"]
    assert stack.emulator.environments() == []


async def test_deletion_during_creation_waits_for_aws(stack: Any) -> None:
    await stack.once()
    stack.deleting = True
    run = await stack.once()
    assert run.problems["environment"].reason == "Creating"
    assert stack.writes() == ["CreateEnvironment"]
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment", "DeleteEnvironment"]


@pytest.mark.row("A46")
async def test_an_environment_of_somebody_else_is_left_alone(stack: Any) -> None:
    boto3.client("mwaa").create_environment(**stack.account.request())
    stack.emulator.advance(30 * MINUTE)
    boto3.client("logs").delete_log_group(logGroupName="airflow-first-Task")  # AWS has made it
    stack.emulator.clear_calls()
    run = await stack.once()
    [need] = run.plan.step("environment").needs
    assert (need.reason, stack.writes()) == ("NotOurs", [])
    assert stack.facts(run)["environmentArn"] is None
    stack.deleting = True
    await stack.once()
    assert stack.writes() == []


@pytest.mark.row("A46")
async def test_an_environment_is_adopted_on_request(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"maxWorkers": 4}, adoption=Adoption.ALWAYS)
    boto3.client("mwaa").create_environment(**stack.account.request())
    stack.emulator.advance(30 * MINUTE)
    stack.emulator.clear_calls()
    run = await stack.settle()
    assert stack.writes() == ["TagResource", "UpdateEnvironment"]
    assert run.sights["environment"].owner == stack.uid


async def test_one_that_is_kept_is_let_go_and_can_be_adopted_again(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(retain=True)
    await stack.settle()
    stack.deleting = True
    run = await stack.settle()
    assert run.plan.steps == ()
    tags = boto3.client("mwaa").get_environment(Name="first")["Environment"]["Tags"]
    assert "mwaa-operator.dev/owner" not in tags
    assert tags["mwaa-operator.dev/adopt"] == "team/first"
    again = new_stack(uid="another", adoption=Adoption.IF_TAGGED)
    run = await again.settle()
    assert run.sights["environment"].owner == "another"
    assert stack.writes() == ["CreateEnvironment", "TagResource", "UntagResource", "TagResource"]


async def test_one_that_vanished_is_made_anew(stack: Any, emulator: Emulator) -> None:
    await stack.settle()
    boto3.client("mwaa").delete_environment(Name="first")
    emulator.advance(30 * MINUTE)
    run = await stack.once()
    assert run.plan.step("environment") is None or run.plan.step("environment").action is not Action.DELETE
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment", "DeleteEnvironment", "CreateEnvironment"]
