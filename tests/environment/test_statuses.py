"""Each status of AWS's API is a condition that says what is going on, and none of them is answered with a loop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import botocore.session
import pytest

from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

MINUTE = 60.0
MODEL = botocore.session.get_session().get_service_model("mwaa")
BROKEN = {"code": "INCORRECT_CONFIGURATION", "message": "requirements do not install"}
READS = ["describe_log_groups", "describe_network_interfaces", "describe_vpc_endpoints", "get_environment"]
SAID: dict[str, tuple[str, Truth, str]] = {
    "CREATING": ("Ready", Truth.UNKNOWN, "Creating"),
    "CREATE_FAILED": ("Stalled", Truth.TRUE, "CreateFailed"),
    "AVAILABLE": ("Ready", Truth.TRUE, "Ready"),
    "UPDATING": ("Ready", Truth.UNKNOWN, "Updating"),
    "UPDATE_FAILED": ("Ready", Truth.TRUE, "Ready"),
    "DELETING": ("Ready", Truth.UNKNOWN, "Deleting"),
    "DELETED": ("Ready", Truth.UNKNOWN, "Creating"),
    "UNAVAILABLE": ("Stalled", Truth.TRUE, "Unavailable"),
    "ROLLING_BACK": ("Ready", Truth.UNKNOWN, "RollingBack"),
    "CREATING_SNAPSHOT": ("Ready", Truth.UNKNOWN, "CreatingSnapshot"),
    "PENDING": ("Ready", Truth.FALSE, "AwaitingEndpoints"),
    "MAINTENANCE": ("UnderMaintenance", Truth.TRUE, "UnderMaintenance"),
}
"""A condition for each status, where what is declared is what runs."""


def said(run: Any) -> dict[str, Condition]:
    run.now += timedelta(seconds=30)
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def updates(stack: Any) -> int:
    return len(stack.requests("UpdateEnvironment"))


@pytest.mark.row("D143")
@pytest.mark.parametrize("status", MODEL.shape_for("EnvironmentStatus").enum)
async def test_every_status_of_the_api_is_a_condition(stack: Any, status: str) -> None:
    await stack.settle()
    stack.emulator.set_state("first", status)
    conditions = said(await stack.once())
    type_, truth, reason = SAID[status]
    assert (conditions[type_].status, conditions[type_].reason) == (truth, reason)
    if status != "MAINTENANCE" and truth is not Truth.TRUE:
        assert conditions["Reconciling"].status is Truth.TRUE
    # what is gone is made anew; no other status is answered with a call
    assert stack.writes() == ["CreateEnvironment"] * (2 if status == "DELETED" else 1)


@pytest.fixture
async def upgrading(new_stack: Callable[..., Any]) -> Any:
    """Give an environment of which an upgrade has just been asked."""
    stack = new_stack({"airflowVersion": "2.10.3", "upgrade": {"acknowledgeDowntime": True}})
    await stack.settle()
    stack.change(airflowVersion="2.11.2")
    return stack


async def walk(stack: Any, minutes: int) -> list[Any]:
    """Run every so many minutes until AWS is done with what it does."""
    runs = []
    for _ in range(200):
        run = await stack.once()
        runs.append((stack.facts(run)["environmentStatus"], said(run)))
        if runs[-1][0] in ("AVAILABLE", "UPDATE_FAILED", "UNAVAILABLE"):
            break
        stack.emulator.advance(minutes * MINUTE)
    return runs


def turns(walked: list[Any]) -> list[str]:
    return [status for index, (status, _) in enumerate(walked) if index == 0 or walked[index - 1][0] != status]


@pytest.mark.row("B85")
async def test_an_upgrade_is_followed_through_its_phases(upgrading: Any) -> None:
    walked = await walk(upgrading, minutes=4)
    assert turns(walked) == ["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "AVAILABLE"]
    on_the_way = {status: conditions["Ready"] for status, conditions in walked[:-1]}
    assert {status: (each.status, each.reason) for status, each in on_the_way.items()} == {
        "UPDATING": (Truth.UNKNOWN, "Updating"),
        "CREATING_SNAPSHOT": (Truth.UNKNOWN, "CreatingSnapshot"),
    }
    assert "up to 2 hours" in on_the_way["CREATING_SNAPSHOT"].message
    assert not any("Stalled" in conditions for _, conditions in walked)
    run = await upgrading.settle()
    assert (upgrading.facts(run)["airflowVersion"], updates(upgrading)) == ("2.11.2", 1), "nothing is sent meanwhile"


async def test_an_upgrade_that_takes_two_hours_is_slow_at_most(upgrading: Any) -> None:
    await upgrading.once()
    upgrading.emulator.set_state("first", "CREATING_SNAPSHOT")
    for minutes in (0, 119):
        upgrading.later = timedelta(minutes=minutes)
        assert "SlowerThanUsual" not in said(await upgrading.once())
    upgrading.later = timedelta(minutes=125)
    conditions = said(await upgrading.once())
    assert conditions["SlowerThanUsual"].status is Truth.TRUE
    assert "Stalled" not in conditions
    assert updates(upgrading) == 1


@pytest.mark.row("B86", "D136")
@pytest.mark.parametrize(
    ("outcome", "end", "reason", "usable"),
    [("rolled-back", "UPDATE_FAILED", "UpdateRolledBack", True), ("unavailable", "UNAVAILABLE", "Unavailable", False)],
)
async def test_a_roll_back_ends_usable_or_not_and_nothing_is_sent_again(
    upgrading: Any, outcome: str, end: str, reason: str, usable: bool
) -> None:
    upgrading.emulator.outcome("update", outcome, **BROKEN)
    walked = await walk(upgrading, minutes=5)
    assert turns(walked) == ["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "ROLLING_BACK", end]
    assert {each["Ready"].reason for status, each in walked if status == "ROLLING_BACK"} == {"RollingBack"}
    for _ in range(5):
        upgrading.emulator.advance(60 * MINUTE)
        run = await upgrading.once()
    conditions, facts = said(run), upgrading.facts(run)
    assert (conditions["Ready"].status, conditions["Stalled"].reason) == (Truth.FALSE, reason)
    assert "INCORRECT_CONFIGURATION: requirements do not install" in conditions["Ready"].message
    assert facts["lastUpdate"]["error"] == "INCORRECT_CONFIGURATION: requirements do not install"
    assert facts["airflowVersion"] == "2.10.3", "what runs is shown, and is billed"
    assert updates(upgrading) == 1
    # a new spec is tried where AWS takes it
    upgrading.change(airflowVersion="2.11.0")
    await upgrading.once()
    assert updates(upgrading) == (2 if usable else 1)


@pytest.mark.row("D149")
async def test_the_class_that_runs_is_shown_when_another_one_failed(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"environmentClass": "mw1.medium"})
    await stack.settle()
    stack.emulator.outcome("update", "rolled-back", **BROKEN)
    stack.change(environmentClass="mw1.small")
    walked = await walk(stack, minutes=10)
    assert walked[-1][0] == "UPDATE_FAILED"
    run = await stack.once()
    facts = stack.facts(run)
    assert (facts["environmentStatus"], facts["environmentClass"]) == ("UPDATE_FAILED", "mw1.medium")
    assert facts["capacity"]["tasksPerWorker"] == 10
    assert "environmentClass" in said(run)["Ready"].message
    [change] = run.plan.step("environment").changes
    assert (change.shown()["observed"], change.shown()["desired"]) == ("mw1.medium", "mw1.small")
    assert updates(stack) == 1


@pytest.mark.row("D144")
async def test_a_failed_creation_is_shown_and_not_repeated(stack: Any) -> None:
    stack.emulator.outcome("create", "failed", **BROKEN)
    await stack.once()
    for _ in range(6):
        stack.emulator.advance(60 * MINUTE)
        run = await stack.once()
    facts = stack.facts(run)
    assert facts["environmentStatus"] == "CREATE_FAILED"
    assert facts["lastUpdate"]["error"] == "INCORRECT_CONFIGURATION: requirements do not install"
    assert "delete it in AWS" in said(run)["Stalled"].message
    assert stack.writes() == ["CreateEnvironment"]


async def test_an_upgrade_under_way_is_only_looked_at(upgrading: Any) -> None:
    await upgrading.once()
    upgrading.calls.clear()
    await upgrading.once()
    assert sorted(call.operation for call in upgrading.calls) == READS
