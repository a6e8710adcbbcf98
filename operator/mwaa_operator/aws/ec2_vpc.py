"""VPCs and their DNS attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import OTHERS, Calls, where
from ..core.change import Change
from ..core.observed import Observed, State
from ..resources.ec2 import Vpc
from .ec2_adapter import Ec2Adapter
from .ec2_tags import Item, Listing, find, made, ownership, specification, tags_of

ATTRIBUTES = {"enable_dns_support": "EnableDnsSupport", "enable_dns_hostnames": "EnableDnsHostnames"}
"""In the order in which they must be switched on: host names need DNS support."""


class VpcAdapter(Ec2Adapter[Vpc]):
    """Reads and writes VPCs. The DNS attributes cost one call each: EC2 shows them nowhere else."""

    TYPE: ClassVar[str] = Vpc.TYPE
    LISTING = Listing("describe_vpcs", "Vpcs", "VpcId", "vpc-id")
    INTERFACE_FILTER = "vpc-id"
    CALLS: ClassVar[Calls] = {
        "create": {
            OTHERS: "ec2:CreateVpc",
            "enable_dns_support": where("ec2:ModifyVpcAttribute", lambda asked: not asked),
            "enable_dns_hostnames": where("ec2:ModifyVpcAttribute"),
        },
        "update": {**dict.fromkeys(ATTRIBUTES, "ec2:ModifyVpcAttribute"), "tags": "ec2:CreateTags"},
        "delete": "ec2:DeleteVpc",
    }

    async def read(self, targets: Sequence[Target[Vpc]]) -> Mapping[str, Observed]:
        """Look at all VPCs at once, then at the attributes of each."""
        found = await find(self._aws, self.LISTING, targets)
        there = [target for target in targets if target.name in found]
        attributes = await asyncio.gather(*(self._attributes(target, found[target.name]) for target in there))
        return {t.name: self._observed(t, {**found[t.name], **dns}) for t, dns in zip(there, attributes, strict=True)}

    async def create(self, target: Target[Vpc]) -> Observed:
        """Make it. A new VPC has DNS support and no DNS host names (EC2 user guide, DNS attributes)."""
        want = target.want
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_vpc",
            CidrBlock=want.cidr_block,
            TagSpecifications=specification("vpc", want.tags),
        )
        dns = {"enable_dns_support": True, "enable_dns_hostnames": False}
        return self._observed(target, made({**answer["Vpc"], **dns}, want.tags))

    async def update(self, target: Target[Vpc], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put DNS attributes and tags back; EC2 takes one attribute at a time."""
        values = {change.path: change.desired for change in changes}
        for path, attribute in ATTRIBUTES.items():
            if path in values:
                await self._aws.call(
                    target.region,
                    "ec2",
                    "modify_vpc_attribute",
                    VpcId=observed.id,
                    **{attribute: {"Value": values[path]}},
                )
        return await super().update(target, observed, changes)

    async def delete(self, target: Target[Vpc], observed: Observed) -> None:
        """Delete it."""
        async with self._holders.named(target.region, observed.id):
            await self._aws.call(target.region, "ec2", "delete_vpc", VpcId=observed.id)

    async def _attributes(self, target: Target[Vpc], item: Item) -> dict[str, bool]:
        async def one(attribute: str) -> bool:
            answer = await self._aws.call(
                target.region,
                "ec2",
                "describe_vpc_attribute",
                VpcId=item["VpcId"],
                Attribute=attribute[0].lower() + attribute[1:],
            )
            return bool(answer[attribute]["Value"])

        return dict(zip(ATTRIBUTES, await asyncio.gather(*map(one, ATTRIBUTES.values())), strict=True))

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags, busy = tags_of(item), item.get("State") == "pending"
        return Observed(
            id=item["VpcId"],
            fields={"cidr_block": item["CidrBlock"], "tags": tags, **{path: item[path] for path in ATTRIBUTES}},
            outputs={"id": item["VpcId"]},
            state=State.BUSY if busy else State.READY,
            reason="Pending" if busy else "",
            message=f"VPC {item['VpcId']} is pending" if busy else "",
            **ownership(target, tags),
        )
