"""Internet gateways and the VPC that each is attached to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import OTHERS, Calls
from ..core.change import Change
from ..core.observed import Observed, State
from ..resources.ec2 import InternetGateway
from .ec2_adapter import Ec2Adapter
from .ec2_tags import (
    Item,
    Listing,
    made,
    ownership,
    path_of,
    specification,
    tags_of,
)

MOVING: Mapping[str, str] = {"attaching": "Attaching", "detaching": "Detaching"}
"""States of an attachment that AWS works on, and their reasons."""


def _attaching(change: Change) -> str:
    return "ec2:DetachInternetGateway, ec2:AttachInternetGateway" if change.observed else "ec2:AttachInternetGateway"


class InternetGatewayAdapter(Ec2Adapter[InternetGateway]):
    """Reads and writes Internet gateways; the attachment is the field `vpc_id`, empty while there is none."""

    TYPE: ClassVar[str] = InternetGateway.TYPE
    LISTING = Listing("describe_internet_gateways", "InternetGateways", "InternetGatewayId", "internet-gateway-id")
    CALLS: ClassVar[Calls] = {
        "create": {OTHERS: "ec2:CreateInternetGateway", "vpc_id": _attaching},
        "update": {"vpc_id": _attaching, "tags": "ec2:CreateTags"},
        "delete": "ec2:DetachInternetGateway, ec2:DeleteInternetGateway",
    }

    async def create(self, target: Target[InternetGateway]) -> Observed:
        """Make it, not attached yet."""
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_internet_gateway",
            TagSpecifications=specification("internet-gateway", target.want.tags),
        )
        return self._observed(target, made(answer["InternetGateway"], target.want.tags))

    async def update(self, target: Target[InternetGateway], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Attach it, taking it off another VPC first, and put tags back."""
        if change := path_of(changes, "vpc_id"):
            await self._detach(target.region, observed)
            await self._aws.call(
                target.region,
                "ec2",
                "attach_internet_gateway",
                InternetGatewayId=observed.id,
                VpcId=change.desired,
            )
        return await super().update(target, observed, changes)

    async def delete(self, target: Target[InternetGateway], observed: Observed) -> None:
        """Detach and delete it."""
        async with self._holders.named(target.region, observed.id):
            await self._detach(target.region, observed)
            await self._aws.call(target.region, "ec2", "delete_internet_gateway", InternetGatewayId=observed.id)

    async def _detach(self, region: str, observed: Observed) -> None:
        if vpc_id := observed.fields["vpc_id"]:
            await self._aws.call(region, "ec2", "detach_internet_gateway", InternetGatewayId=observed.id, VpcId=vpc_id)

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags = tags_of(item)
        attachment: Item = next(iter(item.get("Attachments", ())), {})
        # botocore knows `attached`, while EC2 says `available` for these gateways
        moving = MOVING.get(attachment.get("State", ""), "")
        return Observed(
            id=item["InternetGatewayId"],
            fields={"vpc_id": attachment.get("VpcId", ""), "tags": tags},
            outputs={"id": item["InternetGatewayId"]},
            state=State.BUSY if moving else State.READY,
            reason=moving,
            message=f"Internet gateway {item['InternetGatewayId']} is {attachment['State']}" if moving else "",
            **ownership(target, tags),
        )
