"""A network that goes: dependents first, no call refused, nothing left."""

from __future__ import annotations

import pytest

from mwaa_operator.api.network import Egress, NetworkSpec
from mwaa_operator.aws import ec2_holders
from mwaa_operator.aws.ec2_holders import GRACE
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.observed import State
from mwaa_operator.core.step import Action


@pytest.mark.row("A78", "C240")
@pytest.mark.parametrize("egress", Egress)
async def test_a_deleted_network_leaves_nothing_and_no_call_is_refused(new_stack, account, egress) -> None:
    stack = new_stack(spec=NetworkSpec(egress=egress))
    await stack.settle()
    stack.deleting = True
    await stack.settle()
    assert account.left() == {}
    assert stack.failed() == []


@pytest.mark.row("A78")
async def test_addresses_and_public_subnets_wait_until_the_nat_gateways_are_gone(stack, account, emulator) -> None:
    await stack.settle()
    stack.deleting = True
    run = await stack.once()
    assert [run.sights[f"natGateway{zone}"].state for zone in (1, 2)] == [State.GOING, State.GOING]
    waiting = {step.part for step in run.plan.steps if step.needs}
    assert {"address1", "address2", "publicSubnet1", "publicSubnet2", "internetGateway", "vpc"} <= waiting
    assert account.counts()["address"] == 2
    emulator.advance(600)
    await stack.settle()
    assert account.left() == {}


async def test_a_network_half_made_can_be_deleted(stack, account) -> None:
    await stack.once()
    stack.deleting = True
    await stack.settle()
    assert account.left() == {}
    assert stack.failed() == []


async def test_what_was_deleted_by_hand_meanwhile_is_no_error(stack, account) -> None:
    await stack.settle()
    stack.deleting = True
    run = await stack.once()
    delete = {step.part: step for step in run.plan.steps if step.action is Action.DELETE}
    for zone in (1, 2):
        account.delete_nat_gateway(NatGatewayId=stack.id(f"natGateway{zone}"))
    stack.emulator.advance(600)
    for part, step in delete.items():
        adapter = stack.registry.adapters[step.model.TYPE]
        target = run.target(part)[1]
        sight = run.sights[part]
        if part not in ("vpc", "internetGateway"):
            await adapter.delete(target, sight)
            await adapter.delete(target, sight)
    await stack.settle()
    assert account.left() == {}


async def test_a_foreign_interface_is_named_and_after_the_grace_the_network_is_held(stack, account, monkeypatch) -> None:
    await stack.settle()
    subnet, group = stack.id("privateSubnet1"), stack.id("securityGroup")
    guest = account.create_network_interface(SubnetId=subnet, Groups=[group], Description="their load balancer")
    interface = guest["NetworkInterface"]["NetworkInterfaceId"]
    stack.deleting = True
    for elapsed, trouble in ((0.0, Trouble.NOT_YET), (GRACE - 1, Trouble.NOT_YET), (GRACE, Trouble.HELD)):
        monkeypatch.setattr(ec2_holders, "monotonic", lambda elapsed=elapsed: elapsed)
        run = await stack.once()
        for part in ("privateSubnet1", "securityGroup"):
            problem = run.problems[part]
            assert (problem.trouble, problem.reason) == (trouble, "InUse")
            assert f"Network interfaces use {stack.id(part)}: {interface} (their load balancer)." in problem.message
        stack.emulator.advance(600)
    # what an environment would need of the network, public subnets and gateways among it, goes after what is held
    assert subnet in account.left()["subnet"]

    account.delete_network_interface(NetworkInterfaceId=interface)
    await stack.settle()
    assert account.left() == {}


async def test_interfaces_that_may_not_be_listed_hide_no_refusal(stack, account, emulator) -> None:
    await stack.settle()
    account.create_network_interface(SubnetId=stack.id("privateSubnet1"))
    emulator.fault("ec2", "DescribeNetworkInterfaces", code="UnauthorizedOperation", status=403)
    stack.deleting = True
    problem = (await stack.once()).problems["privateSubnet1"]
    assert (problem.trouble, problem.reason) == (Trouble.NOT_YET, "InUse")
    assert "has dependencies and cannot be deleted" in problem.message
    assert "Allow ec2:DescribeNetworkInterfaces to the operator's role." in problem.message


async def test_something_foreign_in_the_vpc_holds_it_and_is_not_deleted(stack, account) -> None:
    await stack.settle()
    guest = account.create_subnet(VpcId=stack.id("vpc"), CidrBlock="10.192.99.0/24")["Subnet"]["SubnetId"]
    stack.deleting = True
    for _ in range(4):
        run = await stack.once()
        stack.emulator.advance(600)
    assert account.left() == {"vpc": [stack.id("vpc")], "subnet": [guest]}
    problem = run.problems["vpc"]
    assert problem.reason == "InUse"
    assert f"Something that this object has not made uses {stack.id('vpc')}" in problem.message
    account.delete_subnet(SubnetId=guest)
    await stack.settle()
    assert account.left() == {}


async def test_a_retained_network_stays_and_is_let_go(stack, account, complete) -> None:
    await stack.settle()
    stack.deleting = stack.retain = True
    await stack.once()
    assert account.counts() == complete
    tags = {(tag["Key"], tag["Value"]) for tag in account.describe_tags()["Tags"]}
    assert ("mwaa-operator.dev/adopt", "team/net") in tags
    assert {value for key, value in tags if key == "mwaa-operator.dev/owner"} == {""}
