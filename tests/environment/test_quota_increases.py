"""A higher quota is asked for once; AWS decides in its own time, and nothing waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_operator.aws.quota_increase import QuotaIncreases
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

NAMES = {"Environments per account per Region": 10, "Workers per environment": 25, "Web servers per environment": 5}
ASK, PART = "RequestServiceQuotaIncrease", "quota/Workers"


@pytest.fixture
def asking(new_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Make an environment that wants more workers than its account may have; Service Quotas is there."""

    def make(value: int = 50, **settings: Any) -> Any:
        spec = {"wayIn": "Other", "quotaIncreases": [{"quota": "Workers", "desiredValue": value}]}
        stack = new_stack(spec, **settings)
        stack.registry.adapters[QuotaIncreases.TYPE] = QuotaIncreases(Aws("test", stack.calls.append))
        stack.emulator.quotas(NAMES)
        return stack

    return make


def requests(stack: Any) -> list[Any]:
    return [call.params for call in stack.emulator.calls() if call.operation == ASK]


def code_of_workers() -> str:
    listed = boto3.client("service-quotas").list_service_quotas(ServiceCode="airflow")["Quotas"]
    return str(next(each["QuotaCode"] for each in listed if each["QuotaName"].startswith("Workers")))


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


@pytest.mark.row("D115")
async def test_it_is_asked_for_once_and_nothing_waits_for_it(asking: Callable[..., Any]) -> None:
    stack = asking()
    run = await stack.settle()
    conditions, (shown,) = said(run), stack.facts(run)["quotaIncreases"]
    assert conditions["Ready"].status is Truth.TRUE
    assert (conditions["QuotaIncreased"].status, conditions["QuotaIncreased"].reason) == (Truth.UNKNOWN, "QuotaRequested")
    assert shown == {"quota": "Workers", "appliedValue": 25, "requestId": shown["requestId"], "state": "PENDING"}
    assert f"request {shown['requestId']} for 50 is PENDING" in conditions["QuotaIncreased"].message
    for state in ("CASE_OPENED", "APPROVED"):
        stack.emulator.decide_quota(shown["requestId"], state)
        run = await stack.settle()
    assert said(run)["QuotaIncreased"].status is Truth.TRUE
    assert stack.facts(run)["quotaIncreases"] == [{"quota": "Workers", "appliedValue": 50, "state": "Applied"}]
    (asked,) = requests(stack)
    assert (asked["ServiceCode"], asked["DesiredValue"]) == ("airflow", 50.0)
    assert asked["QuotaCode"] == code_of_workers()


@pytest.mark.row("D115")
@pytest.mark.parametrize("state", ["DENIED", "NOT_APPROVED", "CASE_CLOSED", "INVALID_REQUEST"])
async def test_what_was_refused_is_not_asked_again_before_the_value_changes(asking: Callable[..., Any], state: str) -> None:
    stack = asking()
    run = await stack.settle()
    stack.emulator.decide_quota(stack.facts(run)["quotaIncreases"][0]["requestId"], state, "case-17")
    for _ in range(3):
        run = await stack.once()
    refused = said(run)["QuotaIncreased"]
    assert (refused.status, refused.reason, said(run)["Ready"].status) == (Truth.UNKNOWN, "QuotaRefused", Truth.TRUE)
    assert f"is {state}, support case case-17" in refused.message
    assert len(requests(stack)) == 1
    stack.memory.clear()
    await stack.settle()
    assert len(requests(stack)) == 1, "AWS's own history remembers it"
    stack.change(quotaIncreases=[{"quota": "Workers", "desiredValue": 40}])
    assert stack.facts(await stack.settle())["quotaIncreases"][0]["state"] == "PENDING"
    assert [asked["DesiredValue"] for asked in requests(stack)] == [50.0, 40.0]


@pytest.mark.row("D115")
async def test_a_lost_reply_and_an_open_request_lead_to_no_second_one(asking: Callable[..., Any]) -> None:
    stack = asking()
    stack.emulator.fault(operation=ASK, reply_lost=True, count=1)
    await stack.once()
    assert stack.facts(await stack.settle())["quotaIncreases"][0]["state"] == "PENDING"
    stack.change(quotaIncreases=[{"quota": "Workers", "desiredValue": 60}])
    run = await stack.settle()
    assert len(requests(stack)) == 1
    assert "60 is asked for when it is decided" in said(run)["QuotaIncreased"].message
    stack.emulator.decide_quota(stack.facts(run)["quotaIncreases"][0]["requestId"], "APPROVED")
    await stack.settle()
    assert [asked["DesiredValue"] for asked in requests(stack)] == [50.0, 60.0]


async def test_another_object_that_is_faster_has_asked_for_both(asking: Callable[..., Any]) -> None:
    stack = asking()
    adapter, part = stack.registry.adapters[QuotaIncreases.TYPE], stack.kind.desired(stack.obj, stack.context).parts[PART]
    target = Target(PART, part.model, stack.obj.owner, "us-east-1")
    assert await adapter.read([target]) == {}
    boto3.client("service-quotas").request_service_quota_increase(
        ServiceCode="airflow", QuotaCode=code_of_workers(), DesiredValue=70.0
    )
    observed = await adapter.create(target)
    assert (observed.reason, observed.outputs["state"]) == ("QuotaRequested", "PENDING")
    assert [call.code for call in stack.emulator.calls() if call.operation == ASK] == ["", "ResourceAlreadyExistsException"]


async def test_what_aws_does_not_take_is_not_sent_again(asking: Callable[..., Any]) -> None:
    stack = asking()
    stack.emulator.fault(operation=ASK, code="IllegalArgumentException", message="Too high.", status=400)
    for _ in range(3):
        run = await stack.once()
    assert len(requests(stack)) == 1
    assert "AWS takes no request for 50" in said(run)["QuotaIncreased"].message
    assert "Too high." in said(run)["QuotaIncreased"].message
    assert stack.facts(run)["quotaIncreases"][0]["state"] == "Refused"


async def test_a_quota_that_is_high_enough_is_not_asked_for(asking: Callable[..., Any]) -> None:
    stack = asking(25)
    assert said(await stack.settle())["QuotaIncreased"].status is Truth.TRUE
    assert requests(stack) == []


async def test_a_quota_that_is_not_listed_is_for_the_support(asking: Callable[..., Any]) -> None:
    stack = asking()
    stack.emulator.quotas({"Something else": 1})
    run = await stack.settle()
    assert said(run)["QuotaIncreased"].reason == "QuotaNotListed"
    assert said(run)["Ready"].status is Truth.TRUE


@pytest.mark.row("D115")
async def test_neither_the_end_of_the_object_nor_of_the_entry_takes_the_request_back(asking: Callable[..., Any]) -> None:
    stack = asking()
    run = await stack.settle()
    assert "stays when this object is deleted" in said(run)["QuotaIncreased"].message
    stack.change(quotaIncreases=[])
    run = await stack.settle()
    assert not [name for name in stack.memory if name.startswith("quota/")]
    assert "quotaIncreases" not in stack.published
    stack.change(quotaIncreases=[{"quota": "Workers", "desiredValue": 50}])
    await stack.settle()
    stack.deleting = True
    run = await stack.settle()
    assert not run.plan.steps
    assert stack.writes("servicequotas") == [ASK]


async def test_without_a_declaration_service_quotas_is_not_asked(stack: Any) -> None:
    await stack.settle()
    assert not [call for call in stack.calls if call.service == "service-quotas"]
