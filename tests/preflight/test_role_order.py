"""The order of role, policy and environment, seen in AWS's own log of calls."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.report import report

from .test_before_create import Owner, by_ids

POLICY = "MWAA-Execution-Policy"
NO_S3 = "Provided role does not have sufficient permissions for s3 location my-bucket/dags"


def declared(place: Any) -> Owner:
    """Declare a role, and an environment that refers to it."""
    spec = by_ids(place, executionRoleRef={"name": "first"})
    del spec["executionRoleArn"]
    return Owner(place, objects={"ExecutionRole": {}, "Environment": spec})


def order(place: Any) -> list[str]:
    """Give the calls about the role's policy and the environment, in AWS's order."""
    wanted = ("CreateRole", "PutRolePolicy", "SimulatePrincipalPolicy", "CreateEnvironment")
    return [call.operation for call in place.emulator.calls() if call.operation in wanted and call.status == 200]


@pytest.mark.row("D158")
async def test_the_policy_is_attached_and_visible_before_the_environment_is_asked_for(place) -> None:
    owner = declared(place)
    place.emulator.clear_calls()
    await owner.settle("Environment", "ExecutionRole")
    made = order(place)
    assert made[:2] == ["CreateRole", "PutRolePolicy"]
    # the simulator sees the policy: it has been asked about the role and about the operator itself
    assert made[2:] == ["SimulatePrincipalPolicy", "SimulatePrincipalPolicy", "CreateEnvironment"]
    asked = [call.params["PolicySourceArn"] for call in place.emulator.calls("iam", "SimulatePrincipalPolicy")]
    assert owner.facts["ExecutionRole"]["roleArn"] in asked


@pytest.mark.row("D158")
async def test_a_policy_that_mwaa_does_not_see_yet_is_waited_for(place) -> None:
    owner = declared(place)
    place.emulator.fault("mwaa", "CreateEnvironment", code="ValidationException", message=NO_S3, status=400, count=2)
    for _ in range(2):
        for kind in ("ExecutionRole", "Environment"):
            run = await owner.once(kind)
    await owner.once("ExecutionRole")
    problem = run.problems["environment"]
    assert (problem.reason, NO_S3 in problem.message) == ("RoleNotReady", True)
    ready = next(each for each in report(run.found(), True, Truth.UNKNOWN, "").conditions if each.type == "Ready")
    assert ready.status is Truth.UNKNOWN
    await owner.settle("ExecutionRole", "Environment")
    assert [call.status for call in place.emulator.calls("mwaa", "CreateEnvironment")] == [400, 400, 200]
