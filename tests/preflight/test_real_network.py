"""One thing in a real network is broken by an ordinary call, and exactly that finding comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mwaa_operator.core.finding import Severity

SERVICES = ("monitoring", "logs", "ecr.dkr", "ecr.api", "sqs", "kms", "airflow.api", "airflow.env", "airflow.ops")


async def test_an_account_as_the_guide_wants_it_has_no_finding(place) -> None:
    assert await place.look() == []
    asked = sorted(call.operation for call in place.calls if call.service == "ec2")
    assert asked == [
        "describe_network_acls",
        "describe_route_tables",
        "describe_security_groups",
        "describe_subnets",
        "describe_vpc_attribute",
        "describe_vpc_attribute",
    ]


@pytest.mark.row("A48")
@pytest.mark.parametrize("mode", [None, "PRIVATE_ONLY"])
async def test_a_private_web_server_reminds_of_the_way_in(place, mode) -> None:
    found = await place.look(webserver_access_mode=mode)
    (finding,) = [each for each in found if each.code != "NatGatewayInPrivateMode"]
    assert finding.code == "PrivateWebServer"
    for means in ("Client VPN", "bastion", "Load Balancer"):
        assert means in finding.message


async def test_a_subnet_that_is_not_there(place) -> None:
    finding = await place.only("SubnetNotFound", subnet_ids=(place.account.subnets[0], "subnet-0none"))
    assert (finding.where, "subnet-0none in us-east-1" in finding.message) == ("spec.subnetIds", True)


@pytest.mark.row("B55", "C7")
async def test_two_subnets_of_one_zone(place) -> None:
    first, twin = place.account.subnets[0], place.account.subnet("10.192.30.0/24", "us-east-1a")
    finding = await place.only("SameAvailabilityZone", subnet_ids=(first, twin))
    assert all(f"{subnet} is in us-east-1a" in finding.message for subnet in (first, twin))
    assert finding.severity is Severity.ERROR


async def test_subnets_of_two_vpcs(place) -> None:
    account = place.account
    other = account.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    strange = account.subnet("10.1.0.0/24", "us-east-1b", other)
    finding = await place.only("DifferentVpcs", subnet_ids=(account.subnets[0], strange))
    assert account.vpc in finding.message and other in finding.message


async def test_a_small_subnet(place) -> None:
    small = place.account.subnet("10.192.40.0/28", "us-east-1b")
    assert await place.codes(subnet_ids=(place.account.subnets[0], small), max_workers=2) == []
    await place.only("FewFreeAddresses", subnet_ids=(place.account.subnets[0], small), max_workers=25)
    await place.only("NoFreeAddresses", subnet_ids=(place.account.subnets[0], small), min_workers=25, max_workers=25)


async def test_groups_that_are_not_there_elsewhere_or_too_many(place) -> None:
    account = place.account
    other = account.security_group(account.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])
    await place.only("SecurityGroupNotFound", security_group_ids=(account.group, "sg-0none"))
    finding = await place.only("SecurityGroupOutsideVpc", security_group_ids=(account.group, other))
    assert (finding.where, other in finding.message) == ("spec.securityGroupIds", True)


@pytest.mark.row("A19")
async def test_six_groups_are_too_many(place) -> None:
    account = place.account
    more = [
        account.ec2.create_security_group(GroupName=f"g{number}", Description="d", VpcId=account.vpc)["GroupId"]
        for number in range(5)
    ]
    await place.only("SecurityGroupCount", security_group_ids=(account.group, *more))


@pytest.mark.row("D139")
async def test_a_group_without_5432(place) -> None:
    ec2, group = place.account.ec2, place.account.group
    itself = {"UserIdGroupPairs": [{"GroupId": group}]}
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", **itself}])
    both = await place.only("SecurityGroupClosedInside")
    assert "TCP 443" in both.message
    for port in (443, 5432):
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **itself}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        if port == 443:
            one = await place.only("SecurityGroupClosedInside")
            assert "TCP 5432" in one.message
            assert "to TCP 443" not in one.message
    assert await place.look() == []


async def test_a_group_that_lets_nothing_out(place) -> None:
    ec2, group = place.account.ec2, place.account.group
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    await place.only("SecurityGroupClosedOutside")


async def test_dns(place) -> None:
    place.account.ec2.modify_vpc_attribute(VpcId=place.account.vpc, EnableDnsSupport={"Value": False})
    await place.only("DnsSupportOff")


async def test_a_route_to_the_internet_gateway(place) -> None:
    account = place.account
    account.ec2.replace_route(RouteTableId=account.routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=account.gateway)
    finding = await place.only("RouteToInternetGateway")
    assert account.routes in finding.message and account.gateway in finding.message


async def test_an_acl_that_keeps_the_database_out(place) -> None:
    ec2 = place.account.ec2
    mine = [{"Name": "vpc-id", "Values": [place.account.vpc]}]
    (acl,) = ec2.describe_network_acls(Filters=mine)["NetworkAcls"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl["NetworkAclId"],
        RuleNumber=50,
        Protocol="6",
        RuleAction="deny",
        Egress=True,
        CidrBlock="0.0.0.0/0",
        PortRange={"From": 5432, "To": 5432},
    )
    finding = await place.only("NetworkAclBlocks")
    assert f"{acl['NetworkAclId']} lets no TCP out to 10.192.20.0/24 (ports 5432)" in finding.message


@pytest.fixture
def private(place) -> Any:
    """Take the way out away, and make all endpoints but some."""
    account = place.account

    def make(*but: str, **changed: Any) -> None:
        account.ec2.delete_route(RouteTableId=account.routes, DestinationCidrBlock="0.0.0.0/0")
        common = {"VpcId": account.vpc}
        if "s3" not in but:
            account.ec2.create_vpc_endpoint(
                **common,
                ServiceName="com.amazonaws.us-east-1.s3",
                VpcEndpointType="Gateway",
                RouteTableIds=[account.routes],
            )
        for service in SERVICES:
            if service not in but:
                settings = {
                    "SubnetIds": account.subnets,
                    "SecurityGroupIds": [account.group],
                    "PrivateDnsEnabled": True,
                    **(changed.get(service) or {}),
                }
                account.ec2.create_vpc_endpoint(
                    **common,
                    ServiceName=f"com.amazonaws.us-east-1.{service}",
                    VpcEndpointType="Interface",
                    **settings,
                )

    return make


async def test_private_routing_with_all_endpoints_has_no_finding_but_the_reminder(place, private) -> None:
    private()
    await place.only("PrivateWebServer", webserver_access_mode="PRIVATE_ONLY")


@pytest.mark.row("A49")
async def test_private_routing_with_a_public_web_server_warns(place, private) -> None:
    private()
    await place.only("PublicAccessWithoutInternet")


@pytest.mark.parametrize("service", ["s3", "sqs"])
async def test_private_routing_without_an_endpoint(place, private, service) -> None:
    private(service)
    want = place.environment(webserver_access_mode="PRIVATE_ONLY")
    codes = await place.codes(want)
    assert codes == ["MissingEndpoints", "PrivateWebServer"]


@pytest.mark.row("D141")
async def test_a_gateway_endpoint_for_s3_with_the_guides_policy_keeps_the_bucket_out(place, private) -> None:
    private()
    ec2 = place.account.ec2
    (gateway,) = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-type", "Values": ["Gateway"]}])["VpcEndpoints"]
    layers, bucket = (
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
        for name in ("prod-us-east-1-starport-layer-bucket", "my-bucket")
    )
    for statements, shut in (
        ([layers], "my-bucket"),
        ([bucket], "prod-us-east-1-starport-layer-bucket"),
        ([bucket, layers], ""),
    ):
        ec2.modify_vpc_endpoint(VpcEndpointId=gateway["VpcEndpointId"], PolicyDocument=json.dumps({"Statement": statements}))
        found = await place.look_at("network", webserver_access_mode="PRIVATE_ONLY")
        assert [each.code for each in found] == (["EndpointPolicyTooNarrow"] if shut else [])
        assert all(f"on arn:aws:s3:::{shut}." in each.message for each in found)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[gateway["VpcEndpointId"]])
    codes = [each.code for each in await place.look_at("network", webserver_access_mode="PRIVATE_ONLY")]
    assert codes == ["MissingEndpoints"]


async def test_private_routing_with_endpoints_that_do_not_serve(place, private) -> None:
    account = place.account
    closed = account.ec2.create_security_group(GroupName="closed", Description="d", VpcId=account.vpc)["GroupId"]
    private(
        **{
            "sqs": {"PrivateDnsEnabled": False},
            "kms": {"SubnetIds": account.subnets[:1]},
            "logs": {"SecurityGroupIds": [closed]},
        }
    )
    account.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsHostnames={"Value": False})
    codes = await place.codes(webserver_access_mode="PRIVATE_ONLY")
    assert sorted(codes) == [
        "DnsHostnamesOff",
        "EndpointClosed",
        "EndpointOutsideSubnets",
        "EndpointWithoutPrivateDns",
        "PrivateWebServer",
    ]


async def test_all_faults_are_named_at_once(place) -> None:
    found = await place.look(subnet_ids=(place.account.subnets[0], "subnet-0none"), security_group_ids=("sg-0none",))
    assert [finding.code for finding in found] == ["SubnetNotFound", "SecurityGroupNotFound"]
