"""Route tables with their default route and the subnets that use them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import OTHERS, Calls, where
from ..core.change import Change
from ..core.errors import unless_gone
from ..core.observed import Observed
from ..resources.ec2 import ANYWHERE, ASSOCIATED, RouteTable
from .ec2_adapter import Ec2Adapter
from .ec2_tags import (
    Item,
    Listing,
    made,
    ownership,
    path_of,
    specification,
    tags_of,
    wanted,
)
from .token import client_token

NEXT_HOPS = (
    "NatGatewayId",
    "GatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "InstanceId",
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)
ENDED = ("disassociating", "disassociated", "failed")


ASSOCIATING = "ec2:AssociateRouteTable, ec2:ReplaceRouteTableAssociation"
"""Whether a subnet has another table already, and so which of the two it is, shows only right before the call."""


def _routing(change: Change) -> str:
    if not change.desired:
        return "ec2:DeleteRoute"
    return "ec2:ReplaceRoute" if change.observed else "ec2:CreateRoute"


def _joining(change: Change) -> str:
    """Subnets that are still to be made have no other table."""
    subnets = change.desired if isinstance(change.desired, tuple) else ()
    if any(str(subnet).startswith("subnet-") for subnet in subnets):
        return ASSOCIATING
    return "ec2:AssociateRouteTable" if subnets else ""


class RouteTableAdapter(Ec2Adapter[RouteTable]):
    """Reads and writes route tables."""

    TYPE: ClassVar[str] = RouteTable.TYPE
    LISTING = Listing("describe_route_tables", "RouteTables", "RouteTableId", "route-table-id")
    CALLS: ClassVar[Calls] = {
        "create": {
            OTHERS: "ec2:CreateRouteTable",
            "default_route": where("ec2:CreateRoute"),
            "subnet_ids": _joining,
        },
        "update": {"default_route": _routing, "associations": ASSOCIATING, "tags": "ec2:CreateTags"},
        "delete": "ec2:DisassociateRouteTable, ec2:DeleteRouteTable",
    }

    async def create(self, target: Target[RouteTable]) -> Observed:
        """Make it, with the local route alone."""
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_route_table",
            VpcId=wanted(target, "vpc_id"),
            ClientToken=client_token(target),
            TagSpecifications=specification("route-table", target.want.tags),
        )
        return self._observed(target, made(answer["RouteTable"], target.want.tags))

    async def update(self, target: Target[RouteTable], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put tags, the default route and the associations back: a route is only deleted in a table that has our tags."""
        seen = await super().update(target, observed, changes)
        if change := path_of(changes, "default_route"):
            await self._route(target.region, observed.id, change)
        if change := path_of(changes, "associations"):
            await self._associate(target.region, observed.id, change)
        return seen

    async def delete(self, target: Target[RouteTable], observed: Observed) -> None:
        """Take it off its subnets, and delete it."""
        items = await self.LISTING.items(self._aws, target.region, self.LISTING.id_filter, [observed.id])
        with unless_gone():
            await asyncio.gather(
                *(
                    self._aws.call(target.region, "ec2", "disassociate_route_table", AssociationId=association)
                    for item in items
                    for association in _associations(item).values()
                )
            )
        async with self._holders.named(target.region, observed.id):
            await self._aws.call(target.region, "ec2", "delete_route_table", RouteTableId=observed.id)

    async def _route(self, region: str, id_: str, change: Change) -> None:
        gateway, at = str(change.desired), {"RouteTableId": id_, "DestinationCidrBlock": ANYWHERE}
        if not gateway:
            with unless_gone():
                await self._aws.call(region, "ec2", "delete_route", **at)
            return
        await self._aws.call(
            region,
            "ec2",
            "replace_route" if change.observed else "create_route",
            **at,
            **{"NatGatewayId" if gateway.startswith("nat-") else "GatewayId": gateway},
        )

    async def _associate(self, region: str, id_: str, change: Change) -> None:
        """Give subnets this table. EC2 refuses that for a subnet that has another one: it must be replaced."""
        before, desired = _keys(change.observed), _keys(change.desired)
        subnets = sorted(desired - before)
        elsewhere = await self.LISTING.items(self._aws, region, "association.subnet-id", subnets)
        taken = {subnet: association for item in elsewhere for subnet, association in _associations(item).items()}
        for subnet in subnets:
            if subnet in taken:
                await self._aws.call(
                    region,
                    "ec2",
                    "replace_route_table_association",
                    AssociationId=taken[subnet],
                    RouteTableId=id_,
                )
            else:
                await self._aws.call(region, "ec2", "associate_route_table", RouteTableId=id_, SubnetId=subnet)

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags = tags_of(item)
        default: Item = next(
            (route for route in item.get("Routes", ()) if route.get("DestinationCidrBlock") == ANYWHERE), {}
        )
        return Observed(
            id=item["RouteTableId"],
            fields={
                "vpc_id": item["VpcId"],
                "default_route": next((default[hop] for hop in NEXT_HOPS if default.get(hop)), ""),
                "associations": dict.fromkeys(sorted(_associations(item)), ASSOCIATED),
                "tags": tags,
            },
            outputs={"id": item["RouteTableId"]},
            **ownership(target, tags),
        )


def _keys(value: object) -> set[str]:
    return {str(key) for key in value} if isinstance(value, Mapping) else set()


def _associations(item: Item) -> dict[str, str]:
    """Give the association of each subnet that uses the table explicitly."""
    return {
        association["SubnetId"]: association["RouteTableAssociationId"]
        for association in item.get("Associations", ())
        if association.get("SubnetId") and association.get("AssociationState", {}).get("State") not in ENDED
    }
