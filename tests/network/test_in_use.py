"""A network that AWS still has an environment on, such as one that was retained, keeps its way out until that is gone."""

from __future__ import annotations

import boto3

from mwaa_emulator.prepared import CompleteAccount
from mwaa_operator.core.observed import Observed, State

KEPT = ("internetGateway", "natGateway1", "natGateway2", "privateRoutes1", "privateRoutes2", "publicRoutes")


async def _environment(stack) -> None:
    prepared = CompleteAccount(boto3.client)
    network = {"SubnetIds": [stack.id("privateSubnet1"), stack.id("privateSubnet2")]}
    request = {**prepared.request(), "NetworkConfiguration": {**network, "SecurityGroupIds": [stack.id("securityGroup")]}}
    boto3.client("mwaa").create_environment(**request)
    stack.emulator.advance(3600)


async def test_nothing_that_a_retained_environment_needs_is_taken_away(stack, account, complete) -> None:
    await stack.settle()
    await _environment(stack)
    before = account.counts()
    stack.deleting = True
    for _ in range(4):
        run = await stack.once()
        stack.emulator.advance(600)
    assert account.counts() == before
    for part in KEPT:
        sight = run.sights[part]
        assert isinstance(sight, Observed)
        assert sight.state is State.READY, part
    assert run.sights["privateRoutes1"].fields["default_route"] == stack.id("natGateway1")
    assert {name: problem.reason for name, problem in run.problems.items()} == dict.fromkeys(
        ("privateSubnet1", "privateSubnet2", "securityGroup"), "InUse"
    )
    boto3.client("mwaa").delete_environment(Name="first")
    stack.emulator.advance(3600)
    await stack.settle()
    assert "natGateway" not in account.left()


async def test_one_with_other_groups_keeps_its_subnets_and_its_way_out(stack, account) -> None:
    await stack.settle()
    await _environment(stack)
    group = boto3.client("ec2").create_security_group(GroupName="o", Description="o", VpcId=stack.id("vpc"))["GroupId"]
    mwaa = boto3.client("mwaa")
    mwaa.update_environment(Name="first", NetworkConfiguration={"SecurityGroupIds": [group]})
    stack.emulator.advance(3600)
    stack.deleting = True
    run = await stack.once()
    assert set(KEPT) <= {name for name, sight in run.sights.items() if isinstance(sight, Observed)}
    assert run.problems["privateSubnet1"].reason == "InUse"
