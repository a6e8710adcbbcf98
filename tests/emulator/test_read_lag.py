"""EC2 whose descriptions lag behind its creates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator, EmulatorError

LAG = 30.0


@pytest.fixture
def ec2(client: Callable[..., Any]) -> Any:
    return client("ec2")


def vpcs(ec2: Any, **arguments: Any) -> list[str]:
    return [vpc["VpcId"] for vpc in ec2.describe_vpcs(**arguments)["Vpcs"] if not vpc["IsDefault"]]


def test_a_new_vpc_is_not_described_until_the_lag_is_over(emulator: Emulator, ec2: Any) -> None:
    old = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    emulator.lag(LAG)
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "owner", "Value": "me"}]}]
    new = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    by_tag = {"Filters": [{"Name": "tag:owner", "Values": ["me"]}]}
    for _ in range(2):
        assert (vpcs(ec2), vpcs(ec2, **by_tag)) == ([old], [])
        assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [new]}])["Tags"] == []
        for describe in (
            lambda: ec2.describe_vpcs(VpcIds=[new]),
            lambda: ec2.describe_vpc_attribute(VpcId=new, Attribute="enableDnsSupport"),
        ):
            with pytest.raises(ClientError) as caught:
                describe()
            assert caught.value.response["Error"]["Code"] == "InvalidVpcID.NotFound"
        emulator.advance(LAG / 2 - 1)
    emulator.advance(2)
    assert (sorted(vpcs(ec2)), vpcs(ec2, **by_tag), vpcs(ec2, VpcIds=[new])) == (sorted([old, new]), [new], [new])


def test_writes_know_what_is_new_and_each_kind_lags(emulator: Emulator, ec2: Any, client: Callable[..., Any]) -> None:
    emulator.lag(LAG)
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway")

    def described() -> dict[str, int]:
        in_vpc = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}
        return {
            "subnets": len(ec2.describe_subnets(**in_vpc)["Subnets"]),
            "tables": len(ec2.describe_route_tables(**in_vpc)["RouteTables"]),
            "groups": len(ec2.describe_security_groups(**in_vpc)["SecurityGroups"]),
            "acls": len(ec2.describe_network_acls(**in_vpc)["NetworkAcls"]),
            "endpoints": len(ec2.describe_vpc_endpoints()["VpcEndpoints"]),
            "nats": len(ec2.describe_nat_gateways()["NatGateways"]),
            "addresses": len(ec2.describe_addresses()["Addresses"]),
            "gateways": len(ec2.describe_internet_gateways()["InternetGateways"]),
        }

    assert set(described().values()) == {0}
    assert vpcs(client("ec2", region="eu-west-1")) == []
    emulator.advance(LAG)
    assert described() == {
        "subnets": 1, "tables": 2, "groups": 2, "acls": 1, "endpoints": 1, "nats": 1, "addresses": 1, "gateways": 1
    }  # fmt: skip


def test_the_same_token_gives_what_is_not_described_yet(emulator: Emulator, ec2: Any) -> None:
    emulator.lag(LAG)
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    made = [ec2.create_route_table(VpcId=vpc, ClientToken="t")["RouteTable"]["RouteTableId"] for _ in range(2)]
    assert made[0] == made[1]


def test_no_lag_makes_all_of_it_known(emulator: Emulator, ec2: Any) -> None:
    emulator.lag(LAG)
    new = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    emulator.lag(0)
    assert vpcs(ec2) == [new]
    with pytest.raises(EmulatorError, match="seconds must be 0 or more"):
        emulator.lag(-1)
