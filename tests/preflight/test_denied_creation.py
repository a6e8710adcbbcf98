"""AWS's own test of permissions at creation: what it refuses, and when it is asked again."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.report import report

from .test_before_create import Owner, by_ids

CALLER = "arn:aws:iam::123456789012:user/robots/operator"
LACKING = ("airflow:*", "iam:*", "s3:*", "logs:*", "ec2:Describe*", "ec2:CreateNetworkInterface", "servicequotas:*")
SCP = f"User: {CALLER} is not authorized to perform: ec2:CreateVpcEndpoint with an explicit deny in a service control policy"


def said(run: Any) -> dict[str, Any]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "").conditions}


@pytest.mark.row("D186")
async def test_a_refused_creation_is_asked_for_again_when_policy_or_spec_have_changed(place, operator) -> None:
    owner = Owner(place, objects={"Environment": by_ids(place)})
    operator(*LACKING)
    place.emulator.enforce_iam()
    try:
        for _ in range(4):
            run = await owner.once("Environment")
            ready = said(run)["Ready"]
            assert (ready.status, ready.reason) == (Truth.FALSE, "AccessDenied")
            assert CALLER in ready.message and "ec2:CreateVpcEndpoint" in ready.message
            assert owner.created() == 1
        assert "is not asked again before the policies or the spec change" in ready.message

        owner.objects["Environment"] = by_ids(place, maxWorkers=3)
        for _ in range(3):
            await owner.once("Environment")
            assert owner.created() == 2

        place.emulator.enforce_iam(False)
        operator(*LACKING, "ec2:CreateVpcEndpoint")
        place.emulator.enforce_iam()
        run = await owner.once("Environment")
        assert (owner.created(), run.problems) == (3, {})
        assert owner.memory["Environment"]["environment"].denied is None
    finally:
        place.emulator.enforce_iam(False)


@pytest.mark.row("D187")
async def test_a_policy_of_the_organization_denies_what_the_simulator_has_allowed(place) -> None:
    owner = Owner(place, objects={"Environment": by_ids(place)})
    place.emulator.fault("mwaa", "CreateEnvironment", code="AccessDeniedException", message=SCP, status=403)
    run = await owner.once("Environment")
    conditions = said(run)
    assert (conditions["Preflight"].status, run.checks) == (Truth.TRUE, [])
    assert (conditions["Ready"].status, conditions["Ready"].reason) == (Truth.FALSE, "DeniedByScp")
    assert "Have those who run the organization except ec2:CreateVpcEndpoint" in conditions["Ready"].message
    # nothing but AWS itself can tell that it is allowed now
    place.emulator.clear_faults()
    assert (await owner.once("Environment")).problems == {}
