"""Elastic IP addresses."""

from __future__ import annotations

from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import Calls
from ..core.observed import Observed
from ..resources.ec2 import Address
from .ec2_adapter import Ec2Adapter
from .ec2_tags import Item, Listing, made, ownership, specification, tags_of


class AddressAdapter(Ec2Adapter[Address]):
    """Reads and writes Elastic IP addresses. Two of the five that an account may have by default go into one network."""

    TYPE: ClassVar[str] = Address.TYPE
    LISTING = Listing("describe_addresses", "Addresses", "AllocationId", "allocation-id", paged=False)
    CALLS: ClassVar[Calls] = {
        "create": "ec2:AllocateAddress",
        "update": "ec2:CreateTags",
        "delete": "ec2:ReleaseAddress",
    }

    async def create(self, target: Target[Address]) -> Observed:
        """Allocate one."""
        want = target.want
        answer = await self._aws.call(
            target.region,
            "ec2",
            "allocate_address",
            Domain=want.domain,
            TagSpecifications=specification("elastic-ip", want.tags),
        )
        return self._observed(target, made(answer, want.tags))

    async def delete(self, target: Target[Address], observed: Observed) -> None:
        """Release it."""
        async with self._holders.named(target.region, observed.id):
            await self._aws.call(target.region, "ec2", "release_address", AllocationId=observed.id)

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags = tags_of(item)
        return Observed(
            id=item["AllocationId"],
            fields={"domain": item["Domain"], "tags": tags},
            outputs={"id": item["AllocationId"], "public_ip": item["PublicIp"]},
            **ownership(target, tags),
        )
