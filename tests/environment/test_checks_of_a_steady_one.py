"""What looking at a steady environment costs: GetEnvironment alone, in most checks. Measured on a real AWS endpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from mwaa_operator.core.observed import Observed
from mwaa_operator.core.policy import Adoption, Policy
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.recollection import Recollection
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.environment import FOUNDATIONS_EVERY, HEALTH_EVERY

from .conftest import REGION, Stack
from .endpoint_steps import CUSTOMER

FOUNDATIONS = {"describe_log_groups": 1, "describe_vpc_endpoints": 1, "describe_network_interfaces": 1}
KEY = Key("Environment", "team", "first")


@dataclass
class Checks:
    """One object, and what the operator's process remembers of it between its checks."""

    stack: Stack
    recollection: Recollection = field(default_factory=Recollection)

    async def once(self) -> Counter[str]:
        """Do one check, and count its AWS calls."""
        stack = self.stack
        stack.calls.clear()
        body: dict[str, Any] = {"metadata": {"namespace": "team", "name": "first", "uid": stack.uid, "generation": 1}}
        graph = stack.kind.desired(stack.obj, stack.context)
        policy = Policy(stack.uid, "team/first", stack.adoption, retain=stack.retain)
        recalled = self.recollection.take(KEY, body, graph)
        self.run = Run.of(
            stack.registry, stack.obj, REGION, graph, policy, stack.memory, datetime.now(UTC), recalled=recalled
        )
        await self.run.observe()
        assert not self.run.plan.due
        if self.run.steady:
            run = self.run
            self.recollection.keep(KEY, body, graph, run.plan.models, run.sights, run.recalled, run.believed, None)
        return Counter(call.operation for call in stack.calls)

    async def many(self, number: int) -> Counter[str]:
        return sum([await self.once() for _ in range(number)], Counter[str]())


@pytest.fixture
async def checks(stack: Stack) -> Checks:
    await stack.settle()
    return Checks(stack)


async def test_most_checks_cost_one_call_and_what_seldom_changes_has_a_beat_of_its_own(checks: Checks) -> None:
    whole = await checks.once()
    assert whole == {"get_environment": 1, "invoke_rest_api": 1, **FOUNDATIONS}
    seen = [await checks.once() for _ in range(FOUNDATIONS_EVERY)]
    assert sum(seen, Counter[str]()) == {
        "get_environment": FOUNDATIONS_EVERY,
        "invoke_rest_api": FOUNDATIONS_EVERY // HEALTH_EVERY,
        **FOUNDATIONS,
    }
    assert sum(each == {"get_environment": 1} for each in seen) > FOUNDATIONS_EVERY / 2


async def test_an_own_role_is_looked_at_as_seldom_as_the_log_groups(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    checks = Checks(stack)
    await stack.settle()
    own = {part.name: part.every for part in stack.kind.desired(stack.obj, stack.context).parts.values()}
    assert own.pop("environment") == 1
    assert own.pop("airflow") == HEALTH_EVERY
    assert set(own.values()) == {FOUNDATIONS_EVERY}
    assert await checks.once()


async def test_maintenance_has_airflow_asked_at_once(checks: Checks) -> None:
    await checks.many(2)
    while "invoke_rest_api" in await checks.once():
        pass
    checks.stack.emulator.set_state("first", "MAINTENANCE")
    assert (await checks.once())["invoke_rest_api"] == 1


async def test_a_dead_scheduler_is_noticed_when_airflow_is_asked_the_next_time_and_then_watched(checks: Checks) -> None:
    await checks.once()
    checks.stack.emulator.airflow_health("first", {"scheduler": "unhealthy"})
    await checks.many(HEALTH_EVERY)
    airflow = checks.run.sights["airflow"]
    assert isinstance(airflow, Observed)
    assert airflow.reason == "AirflowStarting"
    # the next look is due after a poll, not after a check
    assert (await checks.many(3))["invoke_rest_api"] == 3


async def test_one_that_is_taken_over_and_has_no_log_groups_costs_no_more(checks: Checks) -> None:
    stack = checks.stack
    logs = boto3.client("logs", region_name=REGION)
    for group in logs.describe_log_groups()["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])
    mwaa = boto3.client("mwaa", region_name=REGION)
    environment = mwaa.get_environment(Name="first")["Environment"]
    mwaa.untag_resource(ResourceArn=environment["Arn"], tagKeys=list(environment["Tags"]))
    other = Stack(stack.emulator, stack.account, {"adoption": "Always", **stack.spec}, "other")
    other.adoption, other.retain = Adoption.ALWAYS, True
    taken = Checks(other)
    await other.once()
    await taken.once()
    seen = await taken.many(FOUNDATIONS_EVERY)
    assert seen == {"get_environment": 6, "invoke_rest_api": 2, **FOUNDATIONS}


def customer(stack: Stack) -> None:
    stack.change(**CUSTOMER)


def own_group(stack: Stack) -> None:
    stack.change(securityGroupIds=None)


def unpinned(stack: Stack) -> None:
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="requirements.txt", Body=b"pandas")
    stack.change(requirementsS3Path="requirements.txt")


@pytest.mark.parametrize(
    ("shape", "each"),
    [
        (customer, {"get_environment": 1}),
        (own_group, {"get_environment": 1}),
        # an upload is to be noticed by the next check
        (unpinned, {"get_environment": 1, "head_object": 1}),
    ],
)
async def test_parts_that_refer_to_others_are_believed_as_well(
    new_stack: Callable[..., Stack], shape: Callable[[Stack], None], each: dict[str, int]
) -> None:
    stack = new_stack()
    shape(stack)
    await stack.settle()
    checks = Checks(stack)
    whole = await checks.once()
    seen = [await checks.once() for _ in range(FOUNDATIONS_EVERY)]
    assert sum(one == each for one in seen) == FOUNDATIONS_EVERY - FOUNDATIONS_EVERY // HEALTH_EVERY
    assert sum(seen, Counter[str]()) == {
        name: number * (FOUNDATIONS_EVERY if name in each else FOUNDATIONS_EVERY // HEALTH_EVERY if "rest" in name else 1)
        for name, number in whole.items()
    }


async def test_an_endpoint_that_somebody_deleted_shows_in_status_when_its_turn_comes(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack()
    await stack.settle()
    checks = Checks(stack)
    await checks.once()
    shown = stack.facts(checks.run)["vpcEndpoints"]
    assert shown
    boto3.client("ec2", region_name=REGION).delete_vpc_endpoints(VpcEndpointIds=[each["vpcEndpointId"] for each in shown])
    await checks.many(FOUNDATIONS_EVERY)
    assert {each["state"] for each in stack.facts(checks.run)["vpcEndpoints"]} == {"deleting"}


async def test_a_pending_endpoint_is_looked_at_in_each_check_until_it_is_there(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    await stack.settle()
    checks = Checks(stack)
    await checks.once()
    ec2 = boto3.client("ec2", region_name=REGION)
    (service, *_) = {each["serviceName"] for each in stack.facts(checks.run)["vpcEndpoints"]}
    made = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=stack.account.vpc, ServiceName=service, SubnetIds=stack.account.subnets[:1]
    )["VpcEndpoint"]["VpcEndpointId"]

    def state() -> str:
        return next(each["state"] for each in stack.facts(checks.run)["vpcEndpoints"] if each["vpcEndpointId"] == made)

    await checks.many(FOUNDATIONS_EVERY)
    assert state() == "pending"
    for _ in range(2 * FOUNDATIONS_EVERY):
        assert (await checks.once())["describe_vpc_endpoints"] == 1
    stack.emulator.advance(3600)
    await checks.once()
    assert state() == "available"
    assert (await checks.many(FOUNDATIONS_EVERY))["describe_vpc_endpoints"] == 1
