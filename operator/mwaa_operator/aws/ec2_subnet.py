"""Subnets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.change import Change
from ..core.observed import Observed, State
from ..resources.ec2 import Subnet
from .ec2_holders import Holders
from .ec2_tags import (
    Item,
    Listing,
    changed,
    find,
    made,
    ownership,
    path_of,
    specification,
    tags_of,
    wanted,
    write_tags,
)
from .session import Aws

LISTING = Listing("describe_subnets", "Subnets", "SubnetId", "subnet-id")
STATES: Mapping[str, tuple[State, str]] = {"available": (State.READY, ""), "pending": (State.BUSY, "Pending")}
"""AWS's other words (`unavailable`, `failed`) mean that it cannot be used."""


class SubnetAdapter:
    """Reads and writes subnets."""

    TYPE: ClassVar[str] = Subnet.TYPE
    CALLS: ClassVar[Mapping[str, str]] = {
        "create": "ec2:CreateSubnet",
        "update": "ec2:ModifySubnetAttribute",
        "delete": "ec2:DeleteSubnet",
    }

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._holders = Holders(aws, "subnet-id")

    async def read(self, targets: Sequence[Target[Subnet]]) -> Mapping[str, Observed]:
        """Look at all subnets at once."""
        found = await find(self._aws, LISTING, targets)
        return {target.name: _observed(target, found[target.name]) for target in targets if target.name in found}

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
        return _observed(target, made(answer["Subnet"], target.want.tags))

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
        await write_tags(self._aws, target.region, observed.id, changes)
        return changed(target, observed, changes)

    async def delete(self, target: Target[Subnet], observed: Observed) -> None:
        """Delete it."""
        async with self._holders.named(target.region, observed.id):
            await self._aws.call(target.region, "ec2", "delete_subnet", SubnetId=observed.id)


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
