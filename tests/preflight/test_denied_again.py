"""A creation that AWS denied: what a check is not sure of does not hold it, nor does what merely sounds like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_emulator.prepared import execution_policy
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.step import Action, Step
from mwaa_operator.engine import denied
from mwaa_operator.resources.mwaa import Environment

from .test_before_create import Owner, by_ids
from .test_real_identity import share

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ACTION = "ec2:CreateNetworkInterface"
LACKING = (
    "airflow:*",
    "iam:*",
    "s3:*",
    "logs:*",
    "ec2:*",
    "servicequotas:*",
    "sts:*",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
)
KEYS = "User: robots is not authorized to perform: kms:CreateGrant on the key"


async def test_a_key_whose_policy_allows_it_by_now_is_no_ground_to_ask_no_more(place: Any, operator: Any) -> None:
    key = place.client("kms").create_key()["KeyMetadata"]["Arn"]
    permitted = execution_policy("my-bucket")
    permitted["Statement"].append({"Effect": "Allow", "Action": "kms:*", "Resource": key})
    place.account.permit(permitted)
    share(place, key)
    owner = Owner(place, objects={"Environment": by_ids(place, kmsKey=key)})
    operator(*LACKING)
    place.emulator.fault("mwaa", "CreateEnvironment", code="AccessDeniedException", message=KEYS, status=403)
    run = await owner.once("Environment")
    finding = next(each for each in run.checks if each.code == "CallerMayNotUseKey")
    assert "kms:CreateGrant" in finding.lacks and not finding.conclusive
    problem = run.problems["environment"]
    assert (problem.action, finding.message in problem.message) == ("kms:CreateGrant", True)
    asked = owner.created()
    # the key's policy is changed, which no check sees: the operator's own policies are as they were
    place.emulator.clear_faults()
    run = await owner.once("Environment")
    assert (owner.created(), run.problems) == (asked + 1, {})


def held(finding: Finding, later: timedelta = timedelta(0), denied_before: str | None = None) -> Problem | None:
    step = Step("environment", Action.CREATE, model())
    mark = denied_before or denied.mark(step, Problem(Trouble.DENIED, "AccessDenied", "no", ACTION), NOW)
    return denied.still(step, PartMemory("environment", Environment.TYPE, denied=mark), [finding], NOW + later)


def model(**fields: Any) -> Environment:
    given: Mapping[str, Any] = {"execution_role_arn": "r", "source_bucket_arn": "b", "dag_s3_path": "dags", **fields}
    return Environment(name="first", subnet_ids=(), security_group_ids=(), **given)


SURE = Finding("CallerMayNotCreateEndpoints", "spec", f"lacks {ACTION}", Severity.WARNING, (ACTION,))


def test_what_a_check_is_sure_of_holds_for_an_hour() -> None:
    said = held(SURE, timedelta(minutes=59))
    assert said and said.action == ACTION and SURE.message in said.message
    assert held(SURE, timedelta(hours=1)) is None
    assert held(SURE, timedelta(hours=-1)) is None  # a clock that was put back
    assert held(SURE, denied_before=f"{ACTION} {'0' * 16}") is None  # as an older operator wrote it


@pytest.mark.parametrize(
    "other",
    [
        replace(SURE, conclusive=False),
        replace(SURE, lacks=(f"{ACTION}Permission",), message=f"lacks {ACTION}Permission"),
        # of the execution role
        replace(SURE, code="RoleLacksPermissions", lacks=()),
    ],
)
def test_what_it_is_not_sure_of_or_is_about_something_else_holds_nothing(other: Finding) -> None:
    assert held(other) is None
