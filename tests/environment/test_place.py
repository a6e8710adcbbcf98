"""Where an environment stands when its subnets, or its security group, are not given: found, or made for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.aws.ec2_place import _chosen
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.report import report


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def public(stack: Any, *subnets: str) -> None:
    """Lead subnets to the internet through a gateway."""
    ec2, vpc = stack.account.ec2, stack.account.vpc
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


@pytest.fixture
def by_vpc(new_stack: Callable[..., Any]) -> Any:
    """Give an environment that names its VPC alone, which has two public subnets too."""
    stack = new_stack()
    stack.change(subnetIds=None, vpcId=stack.account.vpc)
    zones = {"10.192.10.0/24": "us-east-1a", "10.192.11.0/24": "us-east-1b"}
    public(stack, *(stack.account.subnet(cidr, zone) for cidr, zone in zones.items()))
    return stack


def groups(stack: Any, **tags: str) -> list[dict[str, Any]]:
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    return list(stack.account.ec2.describe_security_groups(Filters=filters)["SecurityGroups"])


def own(stack: Any) -> list[dict[str, Any]]:
    return groups(stack, **{"mwaa-operator.dev/owner": stack.uid})


@pytest.mark.row("A16")
async def test_a_vpc_alone_gives_its_two_private_subnets(by_vpc: Any) -> None:
    await by_vpc.settle()
    [request] = by_vpc.requests("CreateEnvironment")
    assert request["NetworkConfiguration"]["SubnetIds"] == sorted(by_vpc.account.subnets)
    by_vpc.account.subnet("10.192.30.0/24", "us-east-1c")
    by_vpc.emulator.clear_calls()
    run = await by_vpc.settle()
    assert run.plan.steps == () and said(run)["Ready"].status is Truth.TRUE
    assert by_vpc.emulator.calls("ec2", "DescribeSubnets") == [], "they were chosen once"


@pytest.mark.row("A16")
async def test_too_many_private_subnets_are_an_error_that_names_them(by_vpc: Any) -> None:
    third = by_vpc.account.subnet("10.192.30.0/24", "us-east-1c")
    run = await by_vpc.once()
    stalled = said(run)["Stalled"]
    assert stalled.reason == "AmbiguousSubnets"
    for subnet, zone in zip([*by_vpc.account.subnets, third], "abc", strict=True):
        assert f"{subnet} (us-east-1{zone})" in stalled.message
    assert "spec.subnetIds" in stalled.message
    assert by_vpc.writes() == []
    by_vpc.account.ec2.delete_subnet(SubnetId=third)
    await by_vpc.settle()
    assert by_vpc.writes() == ["CreateEnvironment"]


async def test_two_in_one_zone_are_ambiguous_only_beside_another_zone(by_vpc: Any) -> None:
    by_vpc.account.subnet("10.192.30.0/24", "us-east-1a")
    assert said(await by_vpc.once())["Stalled"].reason == "AmbiguousSubnets"
    by_vpc.account.ec2.delete_subnet(SubnetId=by_vpc.account.subnets[1])
    assert said(await by_vpc.once())["Stalled"].reason == "TooFewPrivateSubnets"


@pytest.mark.parametrize("what", ["no such VPC", "public subnets only"])
async def test_a_vpc_without_private_subnets(by_vpc: Any, what: str) -> None:
    if what == "no such VPC":
        by_vpc.change(vpcId="vpc-00000000")
    else:
        for subnet in by_vpc.account.subnets:
            by_vpc.account.ec2.delete_subnet(SubnetId=subnet)
    stalled = said(await by_vpc.once())["Stalled"]
    assert stalled.reason == "TooFewPrivateSubnets"
    assert "has no private subnet in us-east-1" in stalled.message


async def test_another_vpc_is_a_change_that_aws_cannot_make(by_vpc: Any) -> None:
    await by_vpc.settle()
    other = by_vpc.account.ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    for number, zone in enumerate("ab"):
        by_vpc.account.subnet(f"10.99.{number}.0/24", f"us-east-1{zone}", other)
    by_vpc.change(vpcId=other)
    run = await by_vpc.once()
    assert [need.reason for need in run.plan.step("environment").needs] == ["ImmutableField"]


@pytest.mark.row("A16")
@given(st.permutations([f"subnet-{n}" for n in range(4)]), st.lists(st.sampled_from("ab"), min_size=4, max_size=4))
def test_what_is_chosen_does_not_depend_on_the_order(ids: list[str], zones: list[str]) -> None:
    places = dict(zip(sorted(ids), zones, strict=True))

    def look(order: list[str]) -> Observed:
        found: dict[str, list[str]] = {}
        for id_ in order:
            found.setdefault(places[id_], []).append(id_)
        return _chosen("vpc-1", "us-east-1", found)

    assert look(ids) == look(sorted(ids))
    two = look([id_ for zone in "ab" for id_ in [next((i for i in ids if places[i] == zone), None)] if id_])
    assert two.state is (State.READY if len(set(zones)) == 2 else State.FAILED)


@pytest.mark.row("A20")
@pytest.mark.parametrize("by", ["subnetIds", "vpcId"])
async def test_without_a_group_one_is_made_and_goes_with_the_environment(stack: Any, by: str) -> None:
    stack.change(securityGroupIds=None)
    if by == "vpcId":
        stack.change(subnetIds=None, vpcId=stack.account.vpc)
    run = await stack.settle()
    [group] = own(stack)
    assert group["VpcId"] == stack.account.vpc
    [request] = stack.requests("CreateEnvironment")
    assert request["NetworkConfiguration"] == {
        "SubnetIds": sorted(stack.account.subnets),
        "SecurityGroupIds": [group["GroupId"]],
    }
    [inside] = group["IpPermissions"]
    assert (inside["IpProtocol"], [each["GroupId"] for each in inside["UserIdGroupPairs"]]) == ("-1", [group["GroupId"]])
    [out] = group["IpPermissionsEgress"]
    assert (out["IpProtocol"], [each["CidrIp"] for each in out["IpRanges"]]) == ("-1", ["0.0.0.0/0"])
    assert stack.facts(run)["ownSecurityGroupId"] == group["GroupId"]
    assert (await stack.settle()).plan.steps == ()
    stack.deleting = True
    await stack.settle()
    assert own(stack) == []


async def test_a_group_of_its_own_gets_its_rule_back(stack: Any) -> None:
    stack.change(securityGroupIds=None)
    await stack.settle()
    [group] = own(stack)
    stack.account.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    await stack.settle()
    assert own(stack)[0]["IpPermissions"] == group["IpPermissions"]


async def test_a_group_that_takes_its_place_is_exchanged_before_the_own_one_goes(stack: Any) -> None:
    stack.change(securityGroupIds=None)
    await stack.settle()
    stack.change(securityGroupIds=[stack.account.group])
    await stack.once()
    assert len(own(stack)) == 1, "the environment may still use it"
    await stack.settle()
    run = await stack.settle()
    assert [each["NetworkConfiguration"] for each in stack.requests("UpdateEnvironment")] == [
        {"SecurityGroupIds": [stack.account.group]}
    ]
    assert own(stack) == []
    assert stack.facts(run)["ownSecurityGroupId"] is None


async def test_given_groups_make_none(stack: Any) -> None:
    stack.emulator.clear_calls()
    await stack.settle()
    assert own(stack) == []
    assert stack.writes("ec2") == []


async def test_a_subnet_that_is_not_there_is_named_before_a_group_is_made(stack: Any) -> None:
    stack.change(securityGroupIds=None, subnetIds=[stack.account.subnets[0], "subnet-00000000"])
    stalled = said(await stack.once())["Stalled"]
    assert (stalled.reason, own(stack)) == ("SubnetNotFound", [])
    assert "there is no subnet subnet-00000000 in us-east-1" in stalled.message
    # until AWS has begun to create it, that is a mistake like any other
    stack.change(subnetIds=stack.account.subnets)
    run = await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert request["NetworkConfiguration"]["SubnetIds"] == sorted(stack.account.subnets)
    assert said(run)["Ready"].status is Truth.TRUE
