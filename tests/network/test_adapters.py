"""The adapters one by one, where AWS does what a whole network rarely meets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.aws.ec2_availability_zones import _chosen, _is_open
from mwaa_operator.aws.ec2_internet_gateway import InternetGatewayAdapter
from mwaa_operator.aws.ec2_nat_gateway import NatGatewayAdapter
from mwaa_operator.aws.ec2_prefix_list import PrefixListAdapter
from mwaa_operator.aws.ec2_security_group import _permission, _shown
from mwaa_operator.aws.ec2_subnet import SubnetAdapter
from mwaa_operator.aws.ec2_vpc import VpcAdapter
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.core.observed import State
from mwaa_operator.core.owner import Owner
from mwaa_operator.core.part import Ref
from mwaa_operator.resources.ec2 import NatGateway, PrefixList, Vpc

OWNER = Owner("Network", "team", "net", "6f1c")
REGION = "us-east-1"


def target(model, name="thing", **more):
    return Target(name, model, OWNER, REGION, **more)


def vpc(name="vpc", **tags):
    return Vpc(cidr_block="10.192.0.0/16", tags={**OWNER.tags(name), **tags})


NAT = {"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "NatGatewayAddresses": [{"AllocationId": "eipalloc-1"}]}
FAILURE = {"FailureCode": "InsufficientFreeAddressesInSubnet", "FailureMessage": "Subnet has insufficient free addresses"}


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        ("pending", State.BUSY, "Pending"),
        ("available", State.READY, ""),
        ("deleting", State.GOING, "Deleting"),
        ("failed", State.FAILED, "NatGatewayFailed"),
        ("a word that AWS adds later", State.BUSY, "UnknownStatus"),
    ],
)
def test_each_state_of_a_nat_gateway_has_its_meaning(word, state, reason) -> None:
    seen = NatGatewayAdapter._observed(target(None), {**NAT, **FAILURE, "State": word})
    assert (seen.state, seen.reason) == (state, reason)
    assert (FAILURE["FailureCode"] in seen.message) is (state is State.FAILED)
    assert (word in seen.message) is (state is not State.READY)
    assert (FAILURE["FailureMessage"] in seen.message) is (state is State.FAILED)


def test_a_failed_nat_gateway_without_an_address_is_not_different_for_that() -> None:
    seen = NatGatewayAdapter._observed(target(None), {**NAT, "NatGatewayAddresses": [], "State": "failed"})
    assert "allocation_id" not in seen.fields


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [("pending", State.BUSY, "Pending"), ("available", State.READY, ""), ("failed", State.FAILED, "SubnetFailed")],
)
def test_each_state_of_a_subnet_has_its_meaning(word, state, reason) -> None:
    item = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "a", "State": word}
    seen = SubnetAdapter._observed(target(None), item)
    assert (seen.state, seen.reason) == (state, reason)


def test_a_vpc_and_an_attachment_under_way_are_busy() -> None:
    item = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "State": "pending"}
    seen = VpcAdapter._observed(target(None), {**item, "enable_dns_support": True, "enable_dns_hostnames": True})
    assert (seen.state, seen.reason) == (State.BUSY, "Pending")
    gateway = {"InternetGatewayId": "igw-1", "Attachments": [{"State": "attaching", "VpcId": "vpc-1"}]}
    seen = InternetGatewayAdapter._observed(target(None), gateway)
    assert (seen.state, seen.reason) == (State.BUSY, "Attaching")


async def test_two_things_with_the_tags_of_one_part_are_named_and_nothing_is_guessed(stack, account) -> None:
    adapter = VpcAdapter(stack.aws)
    made = [await adapter.create(target(vpc(), "vpc")) for _ in range(2)]
    with pytest.raises(OutsideError) as caught:
        await adapter.read([target(vpc(), "vpc")])
    assert caught.value.problem.trouble is Trouble.REFUSED
    assert all(one.id in caught.value.problem.message for one in made)
    # a recorded id settles it
    seen = await adapter.read([target(vpc(), "vpc", id=made[1].id)])
    assert seen["vpc"].id == made[1].id


async def test_many_are_read_in_one_call_by_id_and_by_tag(stack) -> None:
    adapter = VpcAdapter(stack.aws)
    names = ["one", "two", "three"]
    made = {name: await adapter.create(target(vpc(name), name)) for name in names}
    stack.calls.clear()
    known = {"one": made["one"].id, "two": made["two"].id, "three": "vpc-0gone"}
    seen = await adapter.read([target(vpc(name), name, id=known[name]) for name in names])
    assert {name: each.id for name, each in seen.items()} == {name: each.id for name, each in made.items()}
    assert stack.taken(writes=False).count("describe_vpcs") == 2


async def test_what_a_create_call_returns_is_what_a_look_shows(stack) -> None:
    adapter = VpcAdapter(stack.aws)
    made = await adapter.create(target(vpc(), "vpc"))
    assert await adapter.read([target(vpc(), "vpc", id=made.id)]) == {"vpc": made}


async def test_somebody_elses_thing_is_not_found_by_tag(stack, account) -> None:
    adapter = VpcAdapter(stack.aws)
    stranger = Owner("Network", "team", "net", "another uid")
    await adapter.create(Target("vpc", Vpc(cidr_block="10.0.0.0/16", tags=stranger.tags("vpc")), stranger, REGION))
    assert await adapter.read([target(vpc(), "vpc")]) == {}


async def test_a_nat_gateway_asked_for_twice_with_one_token_is_made_once(stack, account) -> None:
    await stack.settle()
    free = account.allocate_address(Domain="vpc")["AllocationId"]
    model = NatGateway(subnet_id=stack.id("publicSubnet1"), allocation_id=free, tags=OWNER.tags("thing"))
    adapter = NatGatewayAdapter(stack.aws)
    first, second = await adapter.create(target(model)), await adapter.create(target(model))
    assert first.id == second.id


async def test_a_value_that_is_not_known_yet_is_never_sent(stack) -> None:
    model = NatGateway(subnet_id=Ref("publicSubnet1", "id"), allocation_id="eipalloc-1", tags={})
    with pytest.raises(TypeError, match="subnet_id is not known yet"):
        await NatGatewayAdapter(stack.aws).create(target(model))
    assert stack.calls == []


async def test_a_prefix_list_is_looked_up_once(stack) -> None:
    adapter = PrefixListAdapter(stack.aws)
    model = PrefixList(name="com.amazonaws.us-east-1.s3")
    seen = (await adapter.read([target(model)]))["thing"]
    again = (await adapter.read([target(model, remembered=seen.remember)]))["thing"]
    assert seen == again
    assert seen.outputs["id"].startswith("pl-")
    assert stack.taken(writes=False) == ["describe_prefix_lists"]


async def test_an_unknown_prefix_list_is_a_failure_that_says_what_to_do(stack) -> None:
    seen = (await PrefixListAdapter(stack.aws).read([target(PrefixList(name="com.amazonaws.nowhere.s3"))]))["thing"]
    assert seen.state is State.FAILED
    assert "egress: Open" in seen.message


@pytest.mark.parametrize(
    ("zone", "is_open"),
    [
        ({"State": "available"}, True),
        ({"State": "available", "OptInStatus": "opt-in-not-required", "ZoneType": "availability-zone"}, True),
        ({"State": "impaired"}, False),
        ({"State": "available", "OptInStatus": "opted-in", "ZoneType": "local-zone"}, False),
        ({"State": "available", "OptInStatus": "not-opted-in"}, False),
        ({"State": "available", "OptInStatus": "opt-in-not-required", "ZoneType": "wavelength-zone"}, False),
    ],
)
def test_only_ordinary_open_zones_are_chosen(zone, is_open) -> None:
    assert _is_open(zone) is is_open


@pytest.mark.parametrize(
    ("names", "open_", "zones", "reason"),
    [
        ((), ["a", "b", "c"], ("a", "b"), ""),
        (("c", "a"), ["a", "b", "c"], ("c", "a"), ""),
        (("a", "x"), ["a", "b"], None, "ZoneNotFound"),
        ((), ["a"], None, "TooFewZones"),
    ],
)
def test_zones_are_the_given_ones_or_the_first_two(names, open_, zones, reason) -> None:
    seen = _chosen(REGION, names, open_)
    assert seen.reason == reason
    assert tuple(seen.outputs.values()) == (zones or ())


ends = st.sampled_from(["self", "sg-0123", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "pl-0123"])
ports = st.sampled_from(["", "tcp 443-443 ", "udp 0-65535 ", "icmp -1--1 ", "50 -1--1 "])


@given(st.builds(str.__add__, ports, ends))
def test_a_rule_that_is_shown_can_be_sent_back(rule) -> None:
    assert list(_shown([_permission(rule, "sg-own")], "sg-own")) == [rule]
