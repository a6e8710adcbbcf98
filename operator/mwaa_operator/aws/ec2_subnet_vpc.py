"""The VPC of some subnets: looked at once per environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import Target
from ..core.observed import Observed, State
from ..resources.ec2_endpoint import SubnetVpc
from .ec2_subnet import SubnetAdapter
from .session import Aws


class SubnetVpcAdapter:
    """Reads in which VPC subnets are."""

    TYPE: ClassVar[str] = SubnetVpc.TYPE
    CALLS: ClassVar[Mapping[str, str]] = {}

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[SubnetVpc]]) -> Mapping[str, Observed]:
        """Give the VPC: as remembered, or as EC2 tells it."""
        return {target.name: await self._look(target) for target in targets if target.model}

    async def _look(self, target: Target[SubnetVpc]) -> Observed:
        ids = target.want.subnet_ids
        subnets = ",".join(ids) if isinstance(ids, tuple) else ""
        if target.id and target.remembered.get("subnets") == subnets:
            return Observed(id=target.id, outputs={"id": target.id}, remember=dict(target.remembered))
        listing = SubnetAdapter.LISTING
        items = await listing.items(self._aws, target.region, listing.id_filter, subnets.split(","))
        vpcs = sorted({str(item["VpcId"]) for item in items})
        if len(vpcs) != 1:
            text = f"the subnets {subnets} are in {len(vpcs)} VPCs ({', '.join(vpcs)}). Name two of one VPC"
            return Observed(id=subnets, state=State.FAILED, reason="VpcNotKnown", message=text)
        return Observed(id=vpcs[0], outputs={"id": vpcs[0]}, remember={"subnets": subnets})

    async def create(self, target: Target[SubnetVpc]) -> Observed:
        """Never called: this is only read."""
        raise NotImplementedError

    async def update(self, target: Target[SubnetVpc], observed: Observed, changes: Sequence[object]) -> Observed:
        """Never called: this is only read."""
        raise NotImplementedError

    async def delete(self, target: Target[SubnetVpc], observed: Observed) -> None:
        """Do nothing: subnets stay."""
