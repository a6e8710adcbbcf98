"""Elastic IP addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.change import Change
from ..core.observed import Observed
from ..resources.ec2 import Address
from .ec2_holders import Holders
from .ec2_tags import Item, Listing, changed, find, made, ownership, specification, tags_of, write_tags
from .session import Aws

LISTING = Listing("describe_addresses", "Addresses", "AllocationId", "allocation-id", paged=False)


class AddressAdapter:
    """Reads and writes Elastic IP addresses. Two of the five that an account may have by default go into one network."""

    TYPE: ClassVar[str] = Address.TYPE
    CALLS: ClassVar[Mapping[str, str]] = {
        "create": "ec2:AllocateAddress",
        "update": "ec2:CreateTags",
        "delete": "ec2:ReleaseAddress",
    }

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._holders = Holders(aws)

    async def read(self, targets: Sequence[Target[Address]]) -> Mapping[str, Observed]:
        """Look at all addresses at once."""
        found = await find(self._aws, LISTING, targets)
        return {target.name: _observed(target, found[target.name]) for target in targets if target.name in found}

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
        return _observed(target, made(answer, want.tags))

    async def update(self, target: Target[Address], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put tags back."""
        await write_tags(self._aws, target.region, observed.id, changes)
        return changed(target, observed, changes)

    async def delete(self, target: Target[Address], observed: Observed) -> None:
        """Release it."""
        async with self._holders.named(target.region, observed.id):
            await self._aws.call(target.region, "ec2", "release_address", AllocationId=observed.id)


def _observed(target: Target[Any], item: Item) -> Observed:
    tags = tags_of(item)
    return Observed(
        id=item["AllocationId"],
        fields={"domain": item["Domain"], "tags": tags},
        outputs={"id": item["AllocationId"], "public_ip": item["PublicIp"]},
        **ownership(target, tags),
    )
