"""Changes that interrupt those who use an environment: when they are sent, and what must be said before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.core.finding import Finding
from mwaa_operator.core.observed import State

MINUTE = 60.0
RESTART_AT = "mwaa-operator.dev/restart-at"


def reasons(run: Any) -> list[str]:
    step = run.plan.step("environment")
    return [need.reason for need in step.needs] if step else []


@pytest.mark.row("D137")
async def test_each_new_value_of_the_annotation_restarts_once(stack: Any) -> None:
    await stack.settle()
    stack.annotations = {RESTART_AT: (datetime.now(UTC) + timedelta(days=365)).isoformat()}
    await stack.settle()
    await stack.once()
    assert [list(request) for request in stack.requests("UpdateEnvironment")] == [["Name", "LoggingConfiguration"]]
    stack.annotations = {RESTART_AT: "again, please"}
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 2


async def test_a_restart_that_was_done_is_not_repeated_when_the_memory_is_lost(stack: Any) -> None:
    await stack.settle()
    stack.annotations = {RESTART_AT: datetime.now(UTC).isoformat()}
    stack.emulator.advance(MINUTE)
    await stack.settle()
    stack.memory.clear()
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 1


async def test_a_restart_tries_a_failed_update_again(stack: Any) -> None:
    await stack.settle()
    stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    stack.change(environmentClass="mw1.large")
    await stack.once()
    stack.emulator.advance(60 * MINUTE)
    assert reasons(await stack.once()) == ["UpdateRolledBack"]
    stack.annotations = {RESTART_AT: "the subnet has a route now"}
    await stack.settle()
    assert [request["EnvironmentClass"] for request in stack.requests("UpdateEnvironment")] == ["mw1.large", "mw1.large"]


async def test_an_update_waits_for_its_window_and_tags_do_not(stack: Any) -> None:
    await stack.settle()
    soon = datetime.now(UTC) + timedelta(hours=2)
    stack.change(
        environmentClass="mw1.large",
        tags={"team": "data"},
        changeWindow={"schedule": f"{soon.minute} {soon.hour} * * *", "duration": "1h"},
    )
    run = await stack.once()
    assert reasons(run) == ["OutsideChangeWindow"]
    assert stack.requests("UpdateEnvironment") == []
    stack.later = timedelta(hours=2, minutes=1)
    await stack.once()
    assert [request["EnvironmentClass"] for request in stack.requests("UpdateEnvironment")] == ["mw1.large"]


async def test_edits_within_the_settling_time_are_sent_as_one_update(stack: Any) -> None:
    await stack.settle()
    stack.change(environmentClass="mw1.medium", settleFor="5m")
    assert reasons(await stack.once()) == ["Settling"]
    stack.later = timedelta(minutes=4)
    stack.change(maxWorkers=7)
    assert reasons(await stack.once()) == ["Settling"]
    stack.later = timedelta(minutes=8)
    assert reasons(await stack.once()) == ["Settling"], "the last edit is four minutes old"
    stack.later = timedelta(minutes=10)
    await stack.once()
    assert stack.requests("UpdateEnvironment") == [{"Name": "first", "EnvironmentClass": "mw1.medium", "MaxWorkers": 7}]


@pytest.mark.row("B84")
async def test_a_change_of_version_waits_until_its_downtime_is_agreed_to(new_stack: Any) -> None:
    stack = new_stack({"airflowVersion": "2.10.3"})
    await stack.settle()
    stack.change(airflowVersion="2.11.2")
    run = await stack.once()
    assert reasons(run) == ["DowntimeNotAcknowledged"]
    assert "acknowledgeDowntime" in run.plan.step("environment").needs[0].message
    assert stack.requests("UpdateEnvironment") == []
    stack.change(upgrade={"acknowledgeDowntime": True})
    await stack.once()
    assert [request["AirflowVersion"] for request in stack.requests("UpdateEnvironment")] == ["2.11.2"]


@pytest.mark.parametrize(
    ("old", "new", "allowed", "reason"),
    [
        ("2.10.3", "3.0.6", False, "NoUpgradePath"),
        ("2.11.0", "2.10.3", False, "DowngradeNotAllowed"),
        ("2.11.0", "2.10.3", True, None),
        ("2.11.0", "3.0.6", False, None),
        ("3.0.6", "2.11.0", False, "DowngradeNotAllowed"),
        ("3.0.6", "2.10.3", True, "NoUpgradePath"),
    ],
)
def test_which_ways_there_are_from_version_to_version(old: str, new: str, allowed: bool, reason: str | None) -> None:
    from mwaa_operator.core.change import Change
    from mwaa_operator.core.part import Effect
    from mwaa_operator.resources.mwaa import Environment

    want = Environment("e", "role", "bucket", "dags", ("a", "b"), ("g",), downtime_agreed=True, downgrade_allowed=allowed)
    needs = want.obstacles([Change("airflow_version", old, new, Effect.RESTART)])
    assert [need.reason for need in needs] == ([reason] if reason else [])


@pytest.mark.parametrize(("limit", "creations"), [(0, 1), (2, 3)])
async def test_a_failed_creation_is_repeated_only_by_policy_and_with_a_cap(
    new_stack: Any, limit: int, creations: int
) -> None:
    stack = new_stack({"recreateLimit": limit})
    for _ in range(6):
        stack.emulator.clear_outcomes()
        stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message="no route")
        run = await stack.once()
        stack.emulator.advance(40 * MINUTE)
        run = await stack.once()
        stack.emulator.advance(40 * MINUTE)
    run = await stack.once()
    assert len(stack.requests("CreateEnvironment")) == creations
    seen = run.sights["environment"]
    assert (seen.state, seen.reason) == (State.FAILED, "CreateFailed")


async def test_the_checks_are_made_again_when_a_creation_has_failed(stack: Any) -> None:
    stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message="no route")
    await stack.once()
    stack.emulator.advance(40 * MINUTE)

    class Finds:
        NAME = "network"

        async def findings(self, model: Any, region: str) -> list[Finding]:
            return [Finding("NoDefaultRoute", "spec.subnetIds", f"{model.subnet_ids[0]} leads nowhere")]

    stack.registry.checks["network"] = Finds()
    run = await stack.once()
    assert [finding.code for finding in run.checks] == ["NoDefaultRoute"]


async def test_an_approved_creation_is_approved_once(stack: Any) -> None:
    stack.manual = True
    run = await stack.once()
    assert stack.writes() == []
    stack.approved = run.plan.hash
    run = await stack.settle()
    assert len(stack.requests("CreateEnvironment")) == 1
    stack.change(environmentClass="mw1.large")
    assert "AwaitingApproval" in reasons(await stack.once())
    assert stack.requests("UpdateEnvironment") == []


async def test_an_approved_update_is_on_its_way_until_aws_is_done(stack: Any) -> None:
    await stack.settle()
    stack.manual = True
    stack.change(environmentClass="mw1.large", tags={"team": "data"})
    stack.approved = (await stack.once()).plan.hash
    await stack.once()
    while (run := await stack.once()).sights["environment"].outputs["status"] == "UPDATING":
        assert "AwaitingApproval" not in reasons(run)
        stack.emulator.advance(10 * MINUTE)
    assert len(stack.requests("UpdateEnvironment")) == 1
    assert "AwaitingApproval" not in reasons(await stack.settle())
