"""A network from an empty account, looked at with AWS's own eyes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from mwaa_operator.api.network import Egress, NetworkSpec
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.observed import State
from mwaa_operator.core.report import report


def one(items):
    (item,) = items
    return item


def tags(item):
    return {tag["Key"]: tag["Value"] for tag in item["Tags"]}


@pytest.fixture
async def ready(stack):
    """A network that is complete."""
    stack.run = await stack.settle()
    return stack


@pytest.mark.row("C1", "C21")
async def test_an_empty_account_gets_a_complete_network_and_no_call_fails(stack, account, complete) -> None:
    await stack.settle()
    assert account.counts() == complete
    assert stack.failed() == []


@pytest.mark.row("C21", "A67", "A68")
async def test_each_call_comes_after_what_it_needs(stack, emulator) -> None:
    await stack.settle()
    first, last = {}, {}
    for call in emulator.calls("ec2", write=True):
        first.setdefault(call.operation, call.seq)
        last[call.operation] = call.seq
    assert last["AttachInternetGateway"] < first["AllocateAddress"]
    assert last["AttachInternetGateway"] < first["CreateRoute"]
    assert first["AllocateAddress"] < first["CreateNatGateway"]


@pytest.mark.row("A68")
async def test_private_routes_wait_until_the_nat_gateways_are_available(stack, account, emulator) -> None:
    run = await stack.once()
    assert [run.sights[f"natGateway{zone}"].state for zone in (1, 2)] == [State.BUSY, State.BUSY]
    assert {step.part for step in run.plan.steps} == {"privateRoutes1", "privateRoutes2"}
    assert account.counts()["route table"] == 1
    emulator.advance(600)
    run = await stack.once()
    assert not run.plan.steps
    assert account.counts()["route table"] == 3


@pytest.mark.row("A63", "C15", "C16")
async def test_the_vpc_has_the_default_range_and_both_dns_attributes(ready, account) -> None:
    vpc = one(account.vpcs())
    assert vpc["CidrBlock"] == "10.192.0.0/16"
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        name = attribute[0].lower() + attribute[1:]
        assert account.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)[attribute]["Value"] is True


@pytest.mark.row("A64", "A65", "C16", "C19")
async def test_each_side_has_two_subnets_in_two_zones(ready, account) -> None:
    found = account.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [ready.id("vpc")]}])["Subnets"]
    assert sorted((s["CidrBlock"], s["AvailabilityZone"], s["MapPublicIpOnLaunch"]) for s in found) == [
        ("10.192.10.0/24", "us-east-1a", True),
        ("10.192.11.0/24", "us-east-1b", True),
        ("10.192.20.0/24", "us-east-1a", False),
        ("10.192.21.0/24", "us-east-1b", False),
    ]


@pytest.mark.row("A67")
async def test_one_gateway_is_attached(ready, account) -> None:
    of_vpc = [{"Name": "attachment.vpc-id", "Values": [ready.id("vpc")]}]
    gateway = one(account.describe_internet_gateways(Filters=of_vpc)["InternetGateways"])
    assert gateway["InternetGatewayId"] == ready.id("internetGateway")
    assert one(gateway["Attachments"])["VpcId"] == ready.id("vpc")


@pytest.mark.row("A68", "C1")
async def test_each_zone_has_a_nat_gateway_with_its_own_address_in_the_public_subnet(ready, account) -> None:
    nats = {nat["NatGatewayId"]: nat for nat in account.describe_nat_gateways()["NatGateways"]}
    addresses = {each["AllocationId"]: each for each in account.describe_addresses()["Addresses"]}
    for zone in (1, 2):
        nat = nats[ready.id(f"natGateway{zone}")]
        assert nat["SubnetId"] == ready.id(f"publicSubnet{zone}")
        assert one(nat["NatGatewayAddresses"])["AllocationId"] == ready.id(f"address{zone}")
        assert addresses[ready.id(f"address{zone}")]["Domain"] == "vpc"


def default_route(table):
    return one(route for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0")


def users(table):
    return {association["SubnetId"] for association in table["Associations"]}


@pytest.mark.row("A69", "C12")
async def test_the_public_table_leads_to_the_internet_gateway(ready, account) -> None:
    table = one(account.describe_route_tables(RouteTableIds=[ready.id("publicRoutes")])["RouteTables"])
    assert default_route(table)["GatewayId"] == ready.id("internetGateway")
    assert users(table) == {ready.id("publicSubnet1"), ready.id("publicSubnet2")}


@pytest.mark.row("A70", "C13")
@pytest.mark.parametrize("zone", [1, 2])
async def test_each_private_table_leads_to_the_nat_gateway_of_its_zone(ready, account, zone) -> None:
    table = one(account.describe_route_tables(RouteTableIds=[ready.id(f"privateRoutes{zone}")])["RouteTables"])
    assert default_route(table)["NatGatewayId"] == ready.id(f"natGateway{zone}")
    assert users(table) == {ready.id(f"privateSubnet{zone}")}
    nat = one(account.describe_nat_gateways(NatGatewayIds=[ready.id(f"natGateway{zone}")])["NatGateways"])
    both = account.describe_subnets(SubnetIds=[nat["SubnetId"], ready.id(f"privateSubnet{zone}")])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in both}) == 1


@pytest.mark.row("A79", "A80", "C35", "D123")
async def test_the_group_talks_to_itself_and_to_everybody(ready, account) -> None:
    group = one(account.describe_security_groups(GroupIds=[ready.id("securityGroup")])["SecurityGroups"])
    assert group["GroupName"] == "mwaa-security-group"
    assert group["Description"] == "Security group with a self-referencing inbound rule."
    inbound, outbound = one(group["IpPermissions"]), one(group["IpPermissionsEgress"])
    assert (inbound["IpProtocol"], one(inbound["UserIdGroupPairs"])["GroupId"]) == ("-1", group["GroupId"])
    assert (outbound["IpProtocol"], one(outbound["IpRanges"])["CidrIp"]) == ("-1", "0.0.0.0/0")


@pytest.mark.row("A80")
async def test_a_tightened_group_lets_out_to_itself_the_vpc_and_s3_alone(new_stack, account) -> None:
    stack = new_stack(spec=NetworkSpec(egress=Egress.TIGHTENED, vpc_cidr="10.192.0.0/17"))
    await stack.settle()
    names = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}]
    s3 = one(account.describe_prefix_lists(Filters=names)["PrefixLists"])["PrefixListId"]
    group = one(account.describe_security_groups(GroupIds=[stack.id("securityGroup")])["SecurityGroups"])
    out = group["IpPermissionsEgress"]
    assert {rule["IpProtocol"] for rule in out} == {"-1"}
    assert [each["GroupId"] for rule in out for each in rule["UserIdGroupPairs"]] == [group["GroupId"]]
    assert [each["CidrIp"] for rule in out for each in rule["IpRanges"]] == ["10.192.0.0/17"]
    assert [each["PrefixListId"] for rule in out for each in rule["PrefixListIds"]] == [s3]


async def test_egress_can_be_changed_both_ways(new_stack, account) -> None:
    stack = new_stack()
    await stack.settle()
    opened = account.describe_security_groups(GroupIds=[stack.id("securityGroup")])["SecurityGroups"][0][
        "IpPermissionsEgress"
    ]
    for egress in (Egress.TIGHTENED, Egress.OPEN):
        stack.spec = NetworkSpec(egress=egress)
        await stack.settle()
    again = account.describe_security_groups(GroupIds=[stack.id("securityGroup")])["SecurityGroups"][0]
    assert again["IpPermissionsEgress"] == opened
    assert "s3PrefixList" not in stack.memory
    assert stack.failed() == []


NAMES = {
    "vpc": "{}",
    "internetGateway": "{}",
    "publicSubnet1": "{} Public Subnet (AZ1)",
    "publicSubnet2": "{} Public Subnet (AZ2)",
    "privateSubnet1": "{} Private Subnet (AZ1)",
    "privateSubnet2": "{} Private Subnet (AZ2)",
    "address1": "{} Address (AZ1)",
    "address2": "{} Address (AZ2)",
    "natGateway1": "{} NAT Gateway (AZ1)",
    "natGateway2": "{} NAT Gateway (AZ2)",
    "publicRoutes": "{} Public Routes",
    "privateRoutes1": "{} Private Routes (AZ1)",
    "privateRoutes2": "{} Private Routes (AZ2)",
    "securityGroup": "{} Security Group",
}


def all_tags(account):
    """All tags in AWS of everything that has an owner, by part."""
    found = {}
    for tag in account.describe_tags()["Tags"]:
        found.setdefault(tag["ResourceId"], {})[tag["Key"]] = tag["Value"]
    return {id_: each for id_, each in found.items() if "mwaa-operator.dev/owner" in each}


@pytest.mark.row("A72", "C18", "C241", "A154")
@pytest.mark.parametrize("prefix", ["mwaa-", "Data team"])
async def test_everything_carries_its_name_its_owner_and_the_users_tags(new_stack, account, prefix) -> None:
    stack = new_stack(spec=NetworkSpec(name_prefix=prefix, tags={"team": "data", "Name": "not this"}))
    await stack.settle()
    assert all_tags(account) == {
        stack.id(part): {
            "Name": name.format(prefix),
            "team": "data",
            "mwaa-operator.dev/owner": "6f1c",
            "mwaa-operator.dev/part": part,
            "mwaa-operator.dev/object": "Network/team/net",
        }
        for part, name in NAMES.items()
    }


@pytest.mark.row("C241")
async def test_tags_come_with_the_create_call_so_that_nothing_is_ever_without_an_owner(stack, emulator) -> None:
    await stack.settle()
    operations = {call.operation for call in emulator.calls("ec2", write=True)}
    assert "CreateTags" not in operations
    assert {"CreateVpc", "CreateNatGateway", "AllocateAddress"} <= operations


@pytest.mark.row("C17")
async def test_ranges_zones_and_prefix_can_be_chosen(new_stack, account) -> None:
    stack = new_stack(
        spec=NetworkSpec(
            name_prefix="team-",
            vpc_cidr="172.20.0.0/20",
            public_subnet_cidrs=("172.20.0.0/24", "172.20.1.0/24"),
            private_subnet_cidrs=("172.20.4.0/22", "172.20.8.0/22"),
            availability_zones=("us-east-1f", "us-east-1c"),
        )
    )
    await stack.settle()
    vpc = one(account.vpcs())
    assert (vpc["CidrBlock"], tags(vpc)["Name"]) == ("172.20.0.0/20", "team-")
    found = account.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert sorted((s["CidrBlock"], s["AvailabilityZone"]) for s in found) == [
        ("172.20.0.0/24", "us-east-1f"),
        ("172.20.1.0/24", "us-east-1c"),
        ("172.20.4.0/22", "us-east-1f"),
        ("172.20.8.0/22", "us-east-1c"),
    ]


@pytest.mark.row("A148")
async def test_every_parameter_of_the_guides_stack_reaches_the_calls(new_stack, emulator) -> None:
    """Those of the environment: tests/environment/test_life.py."""
    spec = {
        "namePrefix": "Other",
        "vpcCidr": "10.192.0.0/17",
        "publicSubnetCidrs": ["10.192.1.0/24", "10.192.2.0/24"],
        "privateSubnetCidrs": ["10.192.3.0/24", "10.192.4.0/24"],
    }
    await new_stack(spec=NetworkSpec.model_validate(spec)).once()
    vpc = one(emulator.calls("ec2", "CreateVpc")).params
    assert vpc["CidrBlock"] == "10.192.0.0/17"
    assert named(vpc) == "Other"
    subnets = [call.params for call in emulator.calls("ec2", "CreateSubnet")]
    assert {named(subnet): subnet["CidrBlock"] for subnet in subnets} == {
        "Other Public Subnet (AZ1)": "10.192.1.0/24",
        "Other Public Subnet (AZ2)": "10.192.2.0/24",
        "Other Private Subnet (AZ1)": "10.192.3.0/24",
        "Other Private Subnet (AZ2)": "10.192.4.0/24",
    }


def named(params):
    """Give the Name tag of a create call, as EC2's query protocol has it."""
    numbers = {path.removesuffix(".Key") for path, value in params.items() if value == "Name"}
    return params[f"{one(numbers)}.Value"]


@pytest.mark.row("A73", "C20")
async def test_status_publishes_every_output_of_the_guides_stack(ready) -> None:
    facts = ready.facts(ready.run)
    assert facts == {
        "vpcId": ready.id("vpc"),
        "internetGatewayId": ready.id("internetGateway"),
        "publicSubnetIds": [ready.id("publicSubnet1"), ready.id("publicSubnet2")],
        "privateSubnetIds": [ready.id("privateSubnet1"), ready.id("privateSubnet2")],
        "publicSubnet1Id": ready.id("publicSubnet1"),
        "publicSubnet2Id": ready.id("publicSubnet2"),
        "privateSubnet1Id": ready.id("privateSubnet1"),
        "privateSubnet2Id": ready.id("privateSubnet2"),
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "natGatewayIds": [ready.id("natGateway1"), ready.id("natGateway2")],
        "securityGroupId": ready.id("securityGroup"),
        "vpcEndpoints": None,
    }
    assert ready.kind.summary(facts) == f"VPC {ready.id('vpc')} with subnets in us-east-1a and us-east-1b is ready"


async def test_environments_see_the_private_subnets_only_once_these_lead_out(stack, emulator) -> None:
    facts = stack.facts(await stack.once())
    assert facts["privateSubnet1Id"]
    assert facts["privateSubnetIds"] is None
    emulator.advance(600)
    assert stack.facts(await stack.once())["privateSubnetIds"]


async def test_a_zone_that_does_not_exist_is_named_before_anything_is_made(new_stack, account) -> None:
    stack = new_stack(spec=NetworkSpec(availability_zones=("us-east-1a", "us-east-1z")))
    run = await stack.once()
    assert run.sights["zones"].state is State.FAILED
    assert "us-east-1z" in run.sights["zones"].message
    assert "us-east-1b" in run.sights["zones"].message
    assert account.counts() == {}


@pytest.mark.row("C22")
async def test_waiting_says_how_long_it_usually_takes(stack) -> None:
    """The expected time is that of what a network waits for now, and being slower is no failure.

    The guide's half an hour is that of its whole CloudFormation stack. The product names no such total: of a network's
    parts only the NAT gateways take minutes, so their usual time beside the time so far is what remains to be waited.
    """
    run = await stack.once()
    run.found()
    for minutes, later in ((0, timedelta(seconds=30)), (12, timedelta(minutes=12))):
        run.now += later
        said = {each.type: each.message for each in report(run.found(), False, Truth.UNKNOWN, "").conditions}
        assert "Stalled" not in said
        for type_ in ("Ready", "Reconciling"):
            told = re.search(r"natGateway1: NAT gateway nat-\w+ .*?, (?:(\d+) min so far of )?usually 3 min", said[type_])
            assert told, said[type_]
            assert told[1] == (str(minutes) if minutes else None)
