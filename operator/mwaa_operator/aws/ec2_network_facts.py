"""The network around an environment, for the checks that stand before it: one call for each sort of thing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ..checks.vpc import ALL, Acl, AclEntry, Dns, Endpoint, Group, Route, RouteTable, Rule, Subnet
from .ec2_route_table import RouteTableAdapter
from .ec2_security_group import SecurityGroupAdapter
from .ec2_subnet import SubnetAdapter
from .ec2_tags import Item, Listing
from .session import Aws

SUBNETS, GROUPS, TABLES = SubnetAdapter.LISTING, SecurityGroupAdapter.LISTING, RouteTableAdapter.LISTING
ACLS = Listing("describe_network_acls", "NetworkAcls", "NetworkAclId", "network-acl-id")
ENDPOINTS = Listing(
    "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "vpc-endpoint-id", dead=frozenset({"deleted"})
)
TARGETS = (
    "NatGatewayId",
    "GatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "InstanceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)
"""Members of a route, of which one says where it leads."""


class Ec2NetworkFacts:
    """Reads networks from EC2."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def account(self, region: str) -> str:
        """Say in which account the operator works."""
        return (await self._aws.identity(region)).account

    async def subnets(self, region: str, ids: Collection[str]) -> Mapping[str, Subnet]:
        """Describe subnets; those that do not exist are left out."""
        items = await SUBNETS.items(self._aws, region, SUBNETS.id_filter, ids) if ids else []
        return {
            item["SubnetId"]: Subnet(
                item["SubnetId"],
                item["VpcId"],
                item["AvailabilityZone"],
                item["CidrBlock"],
                int(item.get("AvailableIpAddressCount", 0)),
                str(item.get("OwnerId", "")),
            )
            for item in items
        }

    async def groups(self, region: str, ids: Collection[str]) -> Mapping[str, Group]:
        """Describe security groups with their rules; those that do not exist are left out."""
        items = await GROUPS.items(self._aws, region, GROUPS.id_filter, ids) if ids else []
        return {
            item["GroupId"]: Group(
                item["GroupId"],
                item["VpcId"],
                tuple(_rules(item.get("IpPermissions", ()))),
                tuple(_rules(item.get("IpPermissionsEgress", ()))),
            )
            for item in items
        }

    async def tables(self, region: str, vpc_id: str) -> Sequence[RouteTable]:
        """Describe the route tables of a VPC."""
        items = await TABLES.items(self._aws, region, "vpc-id", [vpc_id])
        return [
            RouteTable(
                item["RouteTableId"],
                tuple(_route(route) for route in item.get("Routes", ())),
                frozenset(each["SubnetId"] for each in item.get("Associations", ()) if "SubnetId" in each),
                any(each.get("Main") for each in item.get("Associations", ())),
            )
            for item in items
        ]

    async def acls(self, region: str, vpc_id: str) -> Sequence[Acl]:
        """Describe the network ACLs of a VPC."""
        items = await ACLS.items(self._aws, region, "vpc-id", [vpc_id])
        return [
            Acl(
                item["NetworkAclId"],
                frozenset(each["SubnetId"] for each in item.get("Associations", ()) if "SubnetId" in each),
                tuple(_entry(each) for each in item.get("Entries", ())),
            )
            for item in items
        ]

    async def endpoints(self, region: str, vpc_id: str) -> Sequence[Endpoint]:
        """Describe the endpoints in a VPC."""
        items = await ENDPOINTS.items(self._aws, region, "vpc-id", [vpc_id])
        return [
            Endpoint(
                item["VpcEndpointId"],
                item["ServiceName"],
                item.get("VpcEndpointType", "Gateway"),
                item.get("State", ""),
                bool(item.get("PrivateDnsEnabled")),
                frozenset(item.get("SubnetIds", ())),
                frozenset(group["GroupId"] for group in item.get("Groups", ())),
                frozenset(item.get("RouteTableIds", ())),
                dict(json.loads(item.get("PolicyDocument") or "{}")),
            )
            for item in items
        ]

    async def dns(self, region: str, vpc_id: str) -> Dns:
        """Read the DNS attributes of a VPC: EC2 gives one at a time."""

        async def one(attribute: str) -> bool:
            answer = await self._aws.call(region, "ec2", "describe_vpc_attribute", VpcId=vpc_id, Attribute=attribute)
            return bool(answer[attribute[0].upper() + attribute[1:]]["Value"])

        return Dns(*await asyncio.gather(one("enableDnsSupport"), one("enableDnsHostnames")))


def _rules(permissions: Sequence[Item]) -> Iterator[Rule]:
    for each in permissions:
        protocol = each["IpProtocol"]
        ports = (each.get("FromPort", 0), each.get("ToPort", 65535)) if protocol != ALL else (0, 65535)
        ends = [
            *(pair["GroupId"] for pair in each.get("UserIdGroupPairs", ()) if "GroupId" in pair),
            *(ranges["CidrIp"] for ranges in each.get("IpRanges", ())),
            *(ranges["CidrIpv6"] for ranges in each.get("Ipv6Ranges", ())),
            *(prefixes["PrefixListId"] for prefixes in each.get("PrefixListIds", ())),
        ]
        yield from (Rule(end, protocol, *ports) for end in ends)


def _route(route: Mapping[str, Any]) -> Route:
    ends = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return Route(
        next((str(route[end]) for end in ends if route.get(end)), ""),
        next((str(route[target]) for target in TARGETS if route.get(target)), ""),
        route.get("State") == "blackhole",
    )


def _entry(entry: Mapping[str, Any]) -> AclEntry:
    ports = entry.get("PortRange") or {}
    return AclEntry(
        int(entry["RuleNumber"]),
        bool(entry["Egress"]),
        entry["RuleAction"] == "allow",
        str(entry.get("CidrBlock") or entry.get("Ipv6CidrBlock") or ""),
        str(entry["Protocol"]),
        int(ports.get("From", 0)),
        int(ports.get("To", 65535)),
    )
