"""What is looked up in a network that exists: the private subnets of a VPC, and the VPC of some subnets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Model, attr


@dataclass(frozen=True)
class PrivateSubnets(Model):
    """The two private subnets of a VPC, in two zones (guide part 3, section 2). Output: `ids`, sorted.

    Chosen once and remembered, so that a subnet that somebody adds later moves nothing and makes nothing ambiguous.
    """

    TYPE: ClassVar[str] = "ec2/private-subnets"
    READ_ONLY: ClassVar[bool] = True

    vpc_id: str = attr(compare=False)


@dataclass(frozen=True)
class VpcOfSubnets(Model):
    """The VPC in which some subnets lie. Output: `id`. A subnet never moves."""

    TYPE: ClassVar[str] = "ec2/vpc-of-subnets"
    READ_ONLY: ClassVar[bool] = True

    subnet_ids: tuple[str, ...] = attr(compare=False)
