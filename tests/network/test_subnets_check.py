"""Subnets and groups given by id are looked at before the environment is asked for, and all faults are named at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mwaa_operator.aws.ec2_subnet_facts import Ec2SubnetFacts
from mwaa_operator.checks.subnets import SubnetsCheck
from mwaa_operator.core.part import Model
from mwaa_operator.resources.ec2 import Vpc


@dataclass(frozen=True)
class InVpc(Model):
    subnet_ids: frozenset[str]
    security_group_ids: frozenset[str]


@dataclass
class Place:
    vpc: str
    a: str
    another_a: str
    b: str
    group: str
    other_vpc: str
    other_b: str
    other_group: str


@pytest.fixture
def place(account) -> Place:
    def vpc(cidr):
        return account.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]

    def subnet(vpc, cidr, zone):
        made = account.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"us-east-1{zone}")
        return made["Subnet"]["SubnetId"]

    def group(vpc):
        return account.create_security_group(VpcId=vpc, GroupName="g", Description="d")["GroupId"]

    one, two = vpc("10.0.0.0/16"), vpc("10.1.0.0/16")
    return Place(
        one,
        subnet(one, "10.0.0.0/24", "a"),
        subnet(one, "10.0.1.0/24", "a"),
        subnet(one, "10.0.2.0/24", "b"),
        group(one),
        two,
        subnet(two, "10.1.0.0/24", "b"),
        group(two),
    )


@pytest.fixture
def look(stack):
    check = SubnetsCheck(Ec2SubnetFacts(stack.aws))

    async def findings(subnets, groups):
        return await check.findings(InVpc(frozenset(subnets), frozenset(groups)), "us-east-1")

    return findings


async def test_two_zones_of_one_vpc_and_a_group_of_it_are_fine(place, look, stack) -> None:
    assert await look([place.a, place.b], [place.group]) == ()
    assert sorted(stack.taken(writes=False)) == ["describe_security_groups", "describe_subnets"]


@pytest.mark.row("C7")
async def test_two_subnets_of_one_zone_are_refused_and_both_zones_are_named(place, look) -> None:
    (finding,) = await look([place.a, place.another_a], [place.group])
    assert finding.code == "SameAvailabilityZone"
    assert finding.where == "spec.subnetIds"
    for subnet in (place.a, place.another_a):
        assert f"{subnet} is in us-east-1a" in finding.message


async def test_subnets_of_two_vpcs_are_refused(place, look) -> None:
    (finding,) = await look([place.a, place.other_b], [place.group])
    assert finding.code == "DifferentVpcs"
    assert place.vpc in finding.message
    assert place.other_vpc in finding.message


@pytest.mark.parametrize("number", [1, 3])
async def test_any_other_number_of_subnets_is_refused(place, look, number) -> None:
    codes = [finding.code for finding in await look([place.a, place.b, place.another_a][:number], [place.group])]
    assert "TwoSubnetsNeeded" in codes


async def test_a_group_of_another_vpc_is_refused(place, look) -> None:
    (finding,) = await look([place.a, place.b], [place.group, place.other_group])
    assert (finding.code, finding.where) == ("SecurityGroupOutsideVpc", "spec.securityGroupIds")
    assert place.other_group in finding.message


async def test_all_faults_are_named_at_once(place, look) -> None:
    found = await look([place.a, "subnet-0none"], ["sg-0none", place.other_group])
    assert [finding.code for finding in found] == ["SubnetNotFound", "SecurityGroupNotFound", "SecurityGroupOutsideVpc"]
    assert "subnet-0none in us-east-1" in found[0].message


async def test_the_check_before_the_wrong_part_is_a_mistake_of_ours(stack) -> None:
    with pytest.raises(TypeError):
        await SubnetsCheck(Ec2SubnetFacts(stack.aws)).findings(Vpc(cidr_block="10.0.0.0/16", tags={}), "us-east-1")
