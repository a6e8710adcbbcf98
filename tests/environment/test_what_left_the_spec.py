"""What an environment's spec does not speak of any more stays as long as the environment in AWS may use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from mwaa_operator.aws import iam
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.kind import Context
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.part import Graph
from mwaa_operator.core.policy import Adoption, Policy
from mwaa_operator.engine.run import Run

from .conftest import REGION
from .endpoint_steps import CUSTOMER, MINUTE, endpoints, groups, status

CLOSED = {"changeWindow": {"schedule": "0 0 29 2 *", "duration": "1m"}}
OWNER = "mwaa-operator.dev/owner"


@pytest.fixture
def own_role(new_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Make an Environment that names no role, and the one that is given to it later."""

    def make(**settings: Any) -> Any:
        stack = new_stack(**settings)
        stack.given = stack.spec["executionRoleArn"]
        stack.change(executionRoleArn=None)
        stack.registry.adapters.update({each.TYPE: each for each in iam.adapters(Aws("test"))})
        stack.context = Context("123456789012", REGION, "aws", settings={"iam": "enabled"})
        return stack

    return make


def roles(stack: Any) -> dict[str, dict[str, str]]:
    """Give the tags of the roles that are made for environments."""
    client = stack.account.iam
    names = [role["RoleName"] for role in client.list_roles()["Roles"] if role["RoleName"].startswith("AmazonMWAA-first")]
    return {name: {tag["Key"]: tag["Value"] for tag in client.list_role_tags(RoleName=name)["Tags"]} for name in names}


def role_in_aws() -> str:
    return str(boto3.client("mwaa").get_environment(Name="first")["Environment"]["ExecutionRoleArn"])


async def test_its_own_role_stays_while_the_window_is_closed(own_role: Callable[..., Any]) -> None:
    stack = own_role()
    await stack.settle()
    [name] = roles(stack)
    assert role_in_aws().endswith(name)
    stack.change(executionRoleArn=stack.given, **CLOSED)
    for _ in range(3):
        run = await stack.once()
        assert "PartNotReady" in {need.reason for need in run.plan.step("role").needs}
        assert list(roles(stack)) == [name]
        stack.emulator.advance(10 * MINUTE)
    assert stack.account.iam.list_role_policies(RoleName=name)["PolicyNames"]
    stack.change(changeWindow=None)
    run = await stack.once()
    assert status(run) == "UPDATING"
    assert list(roles(stack)) == [name], "a rollback would need it"
    await stack.settle()
    assert (role_in_aws(), roles(stack)) == (stack.given, {})


async def test_its_own_role_stays_when_aws_rolls_back(own_role: Callable[..., Any]) -> None:
    stack = own_role()
    await stack.settle()
    [name] = roles(stack)
    stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    stack.change(executionRoleArn=stack.given)
    for _ in range(4):
        await stack.once()
        stack.emulator.advance(30 * MINUTE)
    assert role_in_aws().endswith(name) and list(roles(stack)) == [name]


async def test_under_retain_its_own_role_is_let_go(own_role: Callable[..., Any]) -> None:
    stack = own_role(retain=True)
    await stack.settle()
    [name] = roles(stack)
    stack.change(executionRoleArn=stack.given)
    run = await stack.settle()
    assert (OWNER in roles(stack)[name], roles(stack)[name]["mwaa-operator.dev/adopt"]) == (False, "team/first")
    assert "role" not in run.memory and "policy" not in run.memory


async def test_endpoints_left_to_others_stay_and_are_let_go(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(CUSTOMER)
    await stack.settle()
    before = {each["VpcEndpointId"] for each in endpoints(stack)}
    stack.change(customerEndpoints={"madeBy": "Other"})
    run = await stack.settle()
    made = endpoints(stack)
    assert {each["VpcEndpointId"] for each in made} == before and len(before) == 2
    for tags in [*(each["Tags"] for each in made), groups(stack)["mwaa-first-endpoints"]["Tags"]]:
        told = {tag["Key"]: tag["Value"] for tag in tags}
        assert (told[OWNER], told["mwaa-operator.dev/adopt"]) == ("", "team/first")
    assert not [name for name in run.memory if name.startswith("endpoints/")]
    stack.deleting = True
    await stack.settle()
    assert {each["VpcEndpointId"] for each in endpoints(stack)} == before


async def test_an_environment_that_is_taken_over_gets_no_second_endpoints(new_stack: Callable[..., Any]) -> None:
    first = new_stack({**CUSTOMER, "customerEndpoints": {"madeBy": "Other"}})
    for _ in range(60):
        run = await first.once()
        sight = run.sights["environment"]
        if status(run) == "PENDING" and isinstance(sight, Observed) and not endpoints(first):
            for service in sight.outputs["endpoint_services"]:  # type: ignore[attr-defined]
                first.account.ec2.create_vpc_endpoint(
                    VpcId=first.account.vpc,
                    ServiceName=service,
                    VpcEndpointType="Interface",
                    SubnetIds=first.account.subnets,
                )
        if status(run) == "AVAILABLE":
            break
        first.emulator.advance(MINUTE)
    there = {each["VpcEndpointId"] for each in endpoints(first)}
    assert len(there) == 2
    stack = new_stack({**CUSTOMER, "adoption": "Always"}, uid="7a2d", adoption=Adoption.ALWAYS)
    run = await stack.settle()
    assert status(run) == "AVAILABLE"
    assert {each["VpcEndpointId"] for each in endpoints(stack)} == there
    assert "mwaa-first-endpoints" not in groups(stack)


async def test_an_object_that_cannot_be_read_goes_in_the_same_order(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(CUSTOMER)
    await stack.settle()
    stack.emulator.clear_calls()
    policy = Policy(stack.uid, "team/first", deleting=True)
    memory = dict(reversed(stack.memory.items()))
    for _ in range(60):
        run = Run.of(stack.registry, stack.obj, REGION, Graph.of(), policy, memory, datetime.now(UTC))
        await run.observe()
        await run.act()
        memory = run.memory
        if not run.plan.steps:
            break
        stack.emulator.advance(MINUTE)
    assert (run.plan.steps, endpoints(stack)) == ((), [])
    order = [call.operation for call in stack.emulator.writes() if call.service in ("mwaa", "ec2")]
    deleted = [each for each in order if each != "DeleteSecurityGroup"]
    assert deleted == ["DeleteEnvironment", *["DeleteVpcEndpoints"] * 2]
