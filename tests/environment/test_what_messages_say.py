"""Messages say what is wrong, where, and what to do next, so that nobody has to look into AWS to understand them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import boto3
import pytest

from mwaa_operator.core.policy import DriftPolicy

from .conftest import REGION, Stack
from .endpoint_steps import CUSTOMER, conditions, until
from .test_after_replacing import Home

NewStack = Callable[..., Stack]
SECRET = "a-secret-nobody-may-see"


async def test_drift_is_told_with_both_values_and_a_way_out(new_stack: NewStack) -> None:
    stack = new_stack({"maxWorkers": 5}, drift=DriftPolicy.REPORT)
    await stack.settle()
    mwaa = boto3.client("mwaa", region_name=REGION)
    mwaa.update_environment(Name="first", MaxWorkers=7)
    stack.emulator.advance(3600)
    said = conditions(await stack.once())["Drifted"]
    assert said.reason == "DriftReported"
    assert "maxWorkers 5 -> 7" in said.message
    assert all(way in said.message for way in ("Declare what is there", "driftPolicy: Correct"))


async def test_drift_of_a_secret_is_told_without_it(new_stack: NewStack) -> None:
    option = "custom.thing"
    stack = new_stack({"airflowConfigurationOptions": {option: SECRET}}, drift=DriftPolicy.REPORT)
    await stack.settle()
    mwaa = boto3.client("mwaa", region_name=REGION)
    mwaa.update_environment(Name="first", AirflowConfigurationOptions={option: SECRET[::-1]})
    stack.emulator.advance(3600)
    said = conditions(await stack.once())["Drifted"].message
    assert option in said
    assert not [word for word in (SECRET, SECRET[::-1]) if word in said]


async def test_many_differences_are_bounded(new_stack: NewStack) -> None:
    stack = new_stack(drift=DriftPolicy.REPORT)
    await stack.settle()
    mwaa = boto3.client("mwaa", region_name=REGION)
    mwaa.update_environment(Name="first", AirflowConfigurationOptions={f"a.b{n}": "x" * 200 for n in range(30)})
    stack.change(airflowConfigurationOptions={"core.parallelism": "3"})
    stack.emulator.advance(3600)
    for name, said in conditions(await stack.once()).items():
        assert len(said.message) < 1000, name


async def test_an_unavailable_environment_says_what_is_left_to_do(stack: Stack) -> None:
    await stack.settle()
    stack.emulator.set_state("first", "UNAVAILABLE")
    said = conditions(await stack.once())["Ready"]
    assert said.reason == "Unavailable"
    for step in ("AWS Support", "delete it in AWS: it is made anew", "spec.replaces"):
        assert step in said.message


@pytest.mark.parametrize(("mode", "private"), [("PUBLIC_ONLY", False), ("PRIVATE_ONLY", True)])
async def test_who_makes_the_endpoints_is_told_to_what_and_where_and_until_when(
    new_stack: NewStack, mode: str, private: bool
) -> None:
    stack = new_stack({**CUSTOMER, "customerEndpoints": {"madeBy": "Other"}, "webserverAccessMode": mode})
    run = await until(stack, "PENDING")
    said = conditions(run)["Ready"]
    shown = boto3.client("mwaa", region_name=REGION).get_environment(Name="first")["Environment"]
    assert said.reason == "AwaitingOthersEndpoints"
    assert shown["DatabaseVpcEndpointService"] in said.message
    assert (f" and {shown.get('WebserverVpcEndpointService')} (web server)" in said.message) is private
    assert all(id_ in said.message for id_ in (*stack.account.subnets, stack.account.group))
    assert f"until {_deadline(stack)} at the latest" in said.message


def _deadline(stack: Stack) -> str:
    begun = datetime.fromisoformat(str(stack.memory["environment"].waiting))
    return (begun + timedelta(hours=72)).isoformat(timespec="minutes")


async def test_a_replaced_one_says_that_replaces_holds_it(stack: Stack) -> None:
    home = Home(stack)
    await home.replaced()
    message = home.said("Ready")["message"]
    assert "take `replaces` out of the spec of second" in message
    assert "delete this object and its manifest" in message
