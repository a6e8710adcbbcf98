"""Where an environment stands: subnets and security groups by their ids, or the VPC in which they are found."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from .rule import SET, Rule, matching

SubnetId = Annotated[
    str,
    Field(max_length=64),
    matching("subnet-[a-zA-Z0-9._-]+", "must be the id of a subnet, such as `subnet-0a1b2c3d`"),
]
SubnetIds = Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=2), SET]
SecurityGroupId = Annotated[
    str,
    Field(max_length=64),
    matching(r"sg-[a-zA-Z0-9._-]+", "must be the id of a security group, such as `sg-0a1b2c3d`"),
]
SecurityGroupIds = Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=5), SET]
VpcId = Annotated[
    str, Field(max_length=64), matching("vpc-[a-zA-Z0-9._-]+", "must be the id of a VPC, such as `vpc-0a1b2c3d`")
]


def _named(spec: Any) -> int:
    return sum(place is not None for place in (spec.network_ref, spec.subnet_ids, spec.vpc_id))


ONE_PLACE = Rule(
    "[has(self.networkRef), has(self.subnetIds), has(self.vpcId)].filter(given, given).size() == 1",
    "give exactly one of networkRef, subnetIds and vpcId",
    lambda spec: _named(spec) == 1,
    "networkRef",
)
