"""What stands before moto's EC2: time, tokens, dependencies, clear refusals."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount


def code(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


class Network:
    """A public subnet with a NAT gateway."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        self.address = ec2.allocate_address(Domain="vpc")["AllocationId"]

    def nat(self, token: str = "token") -> dict[str, Any]:
        made = self.ec2.create_nat_gateway(SubnetId=self.subnet, AllocationId=self.address, ClientToken=token)
        return dict(made["NatGateway"])

    def nat_states(self, *states: str) -> list[str]:
        filters = [{"Name": "state", "Values": list(states)}] if states else []
        return [nat["State"] for nat in self.ec2.describe_nat_gateways(Filters=filters)["NatGateways"]]


@pytest.fixture
def ec2(client: Callable[..., Any]) -> Any:
    return client("ec2")


@pytest.fixture
def network(ec2: Any) -> Network:
    return Network(ec2)


def test_nat_gateways_take_time(emulator: Emulator, network: Network) -> None:
    nat = network.nat()
    assert nat["State"] == "pending"
    assert network.nat_states() == ["pending"]
    assert network.nat_states("available") == []
    emulator.advance(121)
    assert network.nat_states("available") == ["available"]
    network.ec2.delete_nat_gateway(NatGatewayId=nat["NatGatewayId"])
    assert network.nat_states() == ["deleting"]
    assert code(network.ec2.release_address, AllocationId=network.address) == "InvalidIPAddress.InUse"
    emulator.advance(61)
    assert network.nat_states() == ["deleted"]
    assert "AssociationId" not in network.ec2.describe_addresses()["Addresses"][0]
    network.ec2.release_address(AllocationId=network.address)
    emulator.advance(3601)
    assert network.nat_states() == []
    assert code(network.ec2.delete_nat_gateway, NatGatewayId=nat["NatGatewayId"]) == "NatGatewayNotFound"


def test_simultaneous_calls_with_one_token_make_one_thing(emulator: Emulator, network: Network) -> None:
    emulator.fault("ec2", "CreateRouteTable", hold="before")
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(network.ec2.create_route_table, VpcId=network.vpc, ClientToken="token") for _ in range(8)]
        emulator.wait(lambda: len(emulator.holds()) == 8, "all calls")
        emulator.clear_faults()
        made = {call.result()["RouteTable"]["RouteTableId"] for call in calls}
    tables = network.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])["RouteTables"]
    assert {table["RouteTableId"] for table in tables if not table["Associations"]} == made
    assert len(made) == 1


def test_what_a_network_interface_uses_cannot_go(network: Network) -> None:
    ec2 = network.ec2
    group = ec2.create_security_group(GroupName="airflow", Description="-", VpcId=network.vpc)["GroupId"]
    guest = ec2.create_network_interface(SubnetId=network.subnet, Groups=[group])["NetworkInterface"]["NetworkInterfaceId"]
    assert code(ec2.delete_subnet, SubnetId=network.subnet) == "DependencyViolation"
    assert code(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=guest)
    ec2.delete_subnet(SubnetId=network.subnet)
    ec2.delete_security_group(GroupId=group)


def test_what_a_nat_gateway_holds_cannot_go(emulator: Emulator, network: Network) -> None:
    nat = network.nat()["NatGatewayId"]
    ec2 = network.ec2
    for _ in range(2):
        assert code(ec2.delete_subnet, SubnetId=network.subnet) == "DependencyViolation"
        assert code(ec2.release_address, AllocationId=network.address) == "InvalidIPAddress.InUse"
        detach = {"InternetGatewayId": network.gateway, "VpcId": network.vpc}
        assert code(ec2.detach_internet_gateway, **detach) == "DependencyViolation"
        emulator.advance(121)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    emulator.advance(61)
    ec2.release_address(AllocationId=network.address)
    ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    ec2.delete_subnet(SubnetId=network.subnet)
    ec2.delete_internet_gateway(InternetGatewayId=network.gateway)
    ec2.delete_vpc(VpcId=network.vpc)


def test_the_same_token_gives_the_same_nat_gateway(network: Network) -> None:
    assert network.nat("one")["NatGatewayId"] == network.nat("one")["NatGatewayId"]
    assert len(network.nat_states()) == 1
    other = {"SubnetId": network.subnet, "ConnectivityType": "private", "ClientToken": "one"}
    assert code(network.ec2.create_nat_gateway, **other) == "IdempotentParameterMismatch"


def test_the_same_token_gives_the_same_endpoint_and_route_table(network: Network) -> None:
    ec2, service = network.ec2, "com.amazonaws.us-east-1.sqs"
    endpoint = {"VpcId": network.vpc, "ServiceName": service, "VpcEndpointType": "Interface",
                "SubnetIds": [network.subnet], "ClientToken": "t"}  # fmt: skip
    made = [ec2.create_vpc_endpoint(**endpoint)["VpcEndpoint"]["VpcEndpointId"] for _ in range(2)]
    assert made[0] == made[1]
    assert len(ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 1
    tables = [ec2.create_route_table(VpcId=network.vpc, ClientToken="t")["RouteTable"]["RouteTableId"] for _ in range(2)]
    assert tables[0] == tables[1]
    assert ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"] != tables[0]


def test_endpoints_take_time(emulator: Emulator, network: Network) -> None:
    ec2 = network.ec2

    def state() -> list[str]:
        return [point["State"] for point in ec2.describe_vpc_endpoints()["VpcEndpoints"]]

    group = ec2.create_security_group(GroupName="e", Description="e", VpcId=network.vpc)["GroupId"]
    made = ec2.create_vpc_endpoint(
        VpcId=network.vpc, ServiceName="com.amazonaws.us-east-1.kms", VpcEndpointType="Interface",
        SubnetIds=[network.subnet], SecurityGroupIds=[group],
    )["VpcEndpoint"]  # fmt: skip
    assert (made["State"], state()) == ("pending", ["pending"])
    emulator.advance(121)
    assert state() == ["available"]
    assert code(ec2.delete_subnet, SubnetId=network.subnet) == "DependencyViolation"
    assert code(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []
    assert state() == ["deleting"]
    emulator.advance(61)
    assert state() == []
    gone = ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"]
    assert gone[0]["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=network.subnet)


def test_gateway_endpoints_are_there_at_once(network: Network) -> None:
    ec2 = network.ec2
    table = ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    made = ec2.create_vpc_endpoint(
        VpcId=network.vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway", RouteTableIds=[table]
    )["VpcEndpoint"]  # fmt: skip
    assert made["State"] == "available"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_what_an_environment_uses_cannot_go(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    mwaa.create_environment(**account.request())
    ec2 = account.ec2
    assert code(ec2.delete_subnet, SubnetId=account.subnets[0]) == "DependencyViolation"
    assert code(ec2.delete_security_group, GroupId=account.group) == "DependencyViolation"
    emulator.advance(26 * 60)
    mwaa.delete_environment(Name="first")
    assert code(ec2.delete_subnet, SubnetId=account.subnets[0]) == "DependencyViolation"
    emulator.advance(16 * 60)
    ec2.delete_security_group(GroupId=account.group)
    for subnet in account.subnets:
        ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("ec2", "describe_vpc_endpoint_connections", {}),
        ("ec2", "describe_subnets", {"Filters": [{"Name": "no-such-filter", "Values": ["x"]}]}),
        ("iam", "get_context_keys_for_custom_policy", {"PolicyInputList": ["{}"]}),
        ("logs", "get_log_record", {"logRecordPointer": "p"}),
        ("cloudwatch", "put_composite_alarm", {"AlarmName": "a", "AlarmRule": "TRUE"}),
        ("cloudtrail", "lookup_events", {}),
    ],
)
def test_what_moto_lacks_is_named_and_not_retried(
    emulator: Emulator, client: Callable[..., Any], service: str, operation: str, arguments: dict[str, Any]
) -> None:
    retrying = boto3.client(
        service, endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
        config=Config(retries={"max_attempts": 4, "mode": "standard"}),
    )  # fmt: skip
    with pytest.raises(ClientError) as caught:
        getattr(retrying, operation)(**arguments)
    error, http = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    assert error["Code"] == "NotImplementedByEmulator"
    assert service in error["Message"]
    assert 400 <= http["HTTPStatusCode"] < 500
    calls = emulator.calls()
    assert len(calls) == 1
    assert calls[0].code == "NotImplementedByEmulator"
    assert calls[0].operation.lower() == operation.replace("_", "")


def test_a_service_that_moto_does_not_know(emulator: Emulator, client: Callable[..., Any]) -> None:
    assert code(client("accessanalyzer").list_analyzers) == "NotImplementedByEmulator"


def test_private_dns_needs_both_attributes_and_comes_once(ec2: Any, network: Network) -> None:
    where = {"VpcId": network.vpc, "VpcEndpointType": "Interface", "SubnetIds": [network.subnet]}
    sqs = {**where, "ServiceName": "com.amazonaws.us-east-1.sqs"}
    for attributes in ((True, False), (False, True)):
        for name, value in zip(("EnableDnsSupport", "EnableDnsHostnames"), attributes, strict=True):
            ec2.modify_vpc_attribute(VpcId=network.vpc, **{name: {"Value": value}})
        assert code(ec2.create_vpc_endpoint, **sqs, PrivateDnsEnabled=True) == "InvalidParameter"
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=network.vpc, **{name: {"Value": True}})

    made = ec2.create_vpc_endpoint(**sqs, PrivateDnsEnabled=True)["VpcEndpoint"]["VpcEndpointId"]
    with pytest.raises(
        ClientError, match=f"conflicting DNS domain for sqs.us-east-1.amazonaws.com in the VPC {network.vpc}"
    ):
        ec2.create_vpc_endpoint(**sqs, PrivateDnsEnabled=True)
    ec2.create_vpc_endpoint(**sqs, PrivateDnsEnabled=False)
    ec2.create_vpc_endpoint(**where, ServiceName="com.amazonaws.us-east-1.kms", PrivateDnsEnabled=True)

    ec2.modify_vpc_endpoint(VpcEndpointId=made, PrivateDnsEnabled=False)
    (shown,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"]
    assert shown["PrivateDnsEnabled"] is False
