"""Where given subnets and security groups are, for the checks that stand before an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..resources.ec2 import Placement
from .ec2_security_group import SecurityGroupAdapter
from .ec2_subnet import SubnetAdapter
from .session import Aws

SUBNETS, GROUPS = SubnetAdapter.LISTING, SecurityGroupAdapter.LISTING


class Ec2SubnetFacts:
    """Reads placements from EC2: one call for all subnets, one for all groups."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def subnets(self, region: str, ids: Sequence[str]) -> Mapping[str, Placement]:
        """Say where subnets are; those that do not exist are left out."""
        items = await SUBNETS.items(self._aws, region, SUBNETS.id_filter, ids)
        return {item["SubnetId"]: Placement(item["VpcId"], item["AvailabilityZone"]) for item in items}

    async def groups(self, region: str, ids: Sequence[str]) -> Mapping[str, Placement]:
        """Say where security groups are; those that do not exist are left out."""
        items = await GROUPS.items(self._aws, region, GROUPS.id_filter, ids)
        return {item["GroupId"]: Placement(item["VpcId"]) for item in items}
