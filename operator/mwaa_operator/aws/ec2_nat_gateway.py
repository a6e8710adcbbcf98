"""NAT gateways. They take minutes to come and to go, and are listed for about an hour after their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import Calls
from ..core.errors import unless_gone
from ..core.observed import Observed, State
from ..resources.ec2 import NatGateway
from .ec2_adapter import Ec2Adapter
from .ec2_tags import (
    Item,
    Listing,
    made,
    ownership,
    specification,
    tags_of,
    wanted,
)
from .token import client_token

STATES: Mapping[str, tuple[State, str]] = {
    "available": (State.READY, ""),
    "pending": (State.BUSY, "Pending"),
    "failed": (State.FAILED, "NatGatewayFailed"),
    "deleting": (State.GOING, "Deleting"),
}
"""What each state of AWS means, and its reason. AWS's own failure codes are in the message: they may hold dots."""


class NatGatewayAdapter(Ec2Adapter[NatGateway]):
    """Reads and writes public NAT gateways."""

    TYPE: ClassVar[str] = NatGateway.TYPE
    LISTING = Listing(
        "describe_nat_gateways",
        "NatGateways",
        "NatGatewayId",
        "nat-gateway-id",
        filters="Filter",
        dead=frozenset({"deleted"}),
    )
    CALLS: ClassVar[Calls] = {
        "create": "ec2:CreateNatGateway",
        "update": "ec2:CreateTags",
        "delete": "ec2:DeleteNatGateway",
    }

    async def create(self, target: Target[NatGateway]) -> Observed:
        """Ask for it; AWS works on it for some minutes."""
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_nat_gateway",
            SubnetId=wanted(target, "subnet_id"),
            AllocationId=wanted(target, "allocation_id"),
            ClientToken=client_token(target),
            TagSpecifications=specification("natgateway", target.want.tags),
        )
        return self._observed(target, made(answer["NatGateway"], target.want.tags))

    async def delete(self, target: Target[NatGateway], observed: Observed) -> None:
        """Ask for its end; its address stays in use until AWS has finished."""
        with unless_gone():
            await self._aws.call(target.region, "ec2", "delete_nat_gateway", NatGatewayId=observed.id)

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags, word, id_ = tags_of(item), item["State"], item["NatGatewayId"]
        state, reason = STATES.get(word, (State.BUSY, "UnknownStatus"))
        message = "" if state is State.READY else f"NAT gateway {id_} is {word}"
        if state is State.FAILED:
            message += (
                f": {item.get('FailureCode', '')}: {item.get('FailureMessage', '')}. AWS takes it away within the hour, "
                "and then another one is made; delete it to have that sooner."
            )
        # one that failed has lost its address, and says nothing about it
        allocations = [a["AllocationId"] for a in item.get("NatGatewayAddresses", ()) if a.get("AllocationId")]
        allocated = {"allocation_id": allocations[0]} if allocations else {}
        return Observed(
            id=id_,
            fields={"subnet_id": item["SubnetId"], "tags": tags, **allocated},
            outputs={"id": id_},
            state=state,
            reason=reason,
            message=message,
            **ownership(target, tags),
        )
