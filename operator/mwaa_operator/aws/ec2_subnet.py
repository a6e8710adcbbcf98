"""Subnets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import OTHERS, Calls, where
from ..core.change import Change
from ..core.observed import Observed, State
from ..resources.ec2 import Subnet
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

STATES: Mapping[str, tuple[State, str]] = {"available": (State.READY, ""), "pending": (State.BUSY, "Pending")}
"""AWS's other words (`unavailable`, `failed`) mean that it cannot be used."""


class SubnetAdapter(Ec2Adapter[Subnet]):
    """Reads and writes subnets."""

    TYPE: ClassVar[str] = Subnet.TYPE
    LISTING = Listing("describe_subnets", "Subnets", "SubnetId", "subnet-id")
    INTERFACE_FILTER = "subnet-id"
    CALLS: ClassVar[Calls] = {
        "create": {OTHERS: "ec2:CreateSubnet", "map_public_ip_on_launch": where("ec2:ModifySubnetAttribute")},
        "update": {"map_public_ip_on_launch": "ec2:ModifySubnetAttribute", "tags": "ec2:CreateTags"},
        "delete": "ec2:DeleteSubnet",
    }

    async def create(self, target: Target[Subnet]) -> Observed:
        """Make it. Whether it gives out public addresses can only be said afterwards."""
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_subnet",
            VpcId=wanted(target, "vpc_id"),
            CidrBlock=target.want.cidr_block,
            AvailabilityZone=wanted(target, "zone"),
            TagSpecifications=specification("subnet", target.want.tags),
        )
        return self._observed(target, made(answer["Subnet"], target.want.tags))

    async def update(self, target: Target[Subnet], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put the public address setting and tags back."""
        if change := path_of(changes, "map_public_ip_on_launch"):
            await self._aws.call(
                target.region,
                "ec2",
                "modify_subnet_attribute",
                SubnetId=observed.id,
                MapPublicIpOnLaunch={"Value": change.desired},
            )
        return await super().update(target, observed, changes)

    async def delete(self, target: Target[Subnet], observed: Observed) -> None:
        """Delete it."""
        async with self._holders.named(target.region, observed.id):
            await self._aws.call(target.region, "ec2", "delete_subnet", SubnetId=observed.id)

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags, word = tags_of(item), str(item.get("State", ""))
        state, reason = STATES.get(word, (State.FAILED, "SubnetFailed"))
        return Observed(
            id=item["SubnetId"],
            fields={
                "vpc_id": item["VpcId"],
                "cidr_block": item["CidrBlock"],
                "availability_zone": item["AvailabilityZone"],
                "map_public_ip_on_launch": bool(item.get("MapPublicIpOnLaunch", False)),
                "tags": tags,
            },
            outputs={"id": item["SubnetId"], "availability_zone": item["AvailabilityZone"]},
            state=state,
            reason=reason,
            message="" if state is State.READY else f"subnet {item['SubnetId']} is {word}",
            **ownership(target, tags),
        )
