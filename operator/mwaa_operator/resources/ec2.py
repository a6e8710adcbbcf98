"""The parts of a network in Amazon EC2: what they are, and what changing them means.

Sources: the guide's network with Internet access (part 1, section 8; part 3, sections 2, 6 and 13) and the EC2 API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from ..core.part import Effect, Late, Model, Ref, attr

ANYWHERE = "0.0.0.0/0"
SELF = "self"
"""In the egress of a security group: the group itself."""
EVERYTHING = "everything"
"""What a security group lets in from another one."""
ASSOCIATED = "associated"
"""AWS's word for a subnet that uses a route table."""


@dataclass(frozen=True)
class AvailabilityZones(Model):
    """Two zones of the region: the given ones, or the first two by name that every account may use.

    Outputs: `zone1`, `zone2`. Chosen once and remembered, so that a zone that AWS opens later moves nothing.
    """

    TYPE: ClassVar[str] = "ec2/availability-zones"
    READ_ONLY: ClassVar[bool] = True

    names: tuple[str, ...] = attr(compare=False, default=())
    """Empty: AWS is asked."""


@dataclass(frozen=True)
class PrefixList(Model):
    """A list of address ranges that AWS keeps for one of its services. Output: `id`."""

    TYPE: ClassVar[str] = "ec2/prefix-list"
    READ_ONLY: ClassVar[bool] = True

    name: str = attr(compare=False)
    """Such as `com.amazonaws.us-east-1.s3`."""


@dataclass(frozen=True)
class Vpc(Model):
    """A VPC. Private DNS names of endpoints need both DNS attributes (guide part 3, section 9.3). Output: `id`."""

    TYPE: ClassVar[str] = "ec2/vpc"
    ANNOUNCED: ClassVar[bool] = True

    cidr_block: str = attr(Effect.REFUSED)
    tags: Mapping[str, str] = attr(subset=True)
    enable_dns_support: bool = attr(default=True)
    enable_dns_hostnames: bool = attr(default=True)


@dataclass(frozen=True)
class InternetGateway(Model):
    """The way out to the Internet, attached to one VPC. Output: `id`."""

    TYPE: ClassVar[str] = "ec2/internet-gateway"
    ANNOUNCED: ClassVar[bool] = True

    vpc_id: str | Late = attr()
    tags: Mapping[str, str] = attr(subset=True)


@dataclass(frozen=True)
class Subnet(Model):
    """One range of a VPC in one zone. Outputs: `id`, `availability_zone`."""

    TYPE: ClassVar[str] = "ec2/subnet"

    vpc_id: str | Late = attr(Effect.REFUSED)
    cidr_block: str = attr(Effect.REFUSED)
    zone: str | Late = attr(compare=False)
    """Where to create it. A subnet never moves, so a choice made by AWS's list of zones is not compared later."""
    map_public_ip_on_launch: bool = attr()
    tags: Mapping[str, str] = attr(subset=True)
    availability_zone: str | None = attr(Effect.REFUSED, default=None)
    """Where the user wants it; None: wherever it is."""


@dataclass(frozen=True)
class Address(Model):
    """An Elastic IP address. Outputs: `id` (of the allocation), `public_ip`."""

    TYPE: ClassVar[str] = "ec2/elastic-ip"
    ANNOUNCED: ClassVar[bool] = True

    tags: Mapping[str, str] = attr(subset=True)
    domain: str = attr(Effect.REFUSED, default="vpc")


@dataclass(frozen=True)
class NatGateway(Model):
    """The way out for one zone's private subnet; stands in a public one. Output: `id`."""

    TYPE: ClassVar[str] = "ec2/nat-gateway"
    USUALLY: ClassVar[timedelta] = timedelta(minutes=3)

    subnet_id: str | Late = attr(Effect.REFUSED)
    allocation_id: str | Late = attr(Effect.REFUSED)
    tags: Mapping[str, str] = attr(subset=True)


@dataclass(frozen=True)
class RouteTable(Model):
    """A route table, its default route, and the subnets that use it. Output: `id`.

    Further routes and associations, which others may have added, are left alone.
    """

    TYPE: ClassVar[str] = "ec2/route-table"

    vpc_id: str | Late = attr(Effect.REFUSED)
    default_route: str | Late = attr()
    """The gateway that `0.0.0.0/0` leads to: an Internet gateway or a NAT gateway. Empty: it leads nowhere."""
    subnet_ids: tuple[str | Late, ...] = attr(compare=False)
    tags: Mapping[str, str] = attr(subset=True)
    associations: Mapping[str, str] | None = attr(subset=True, init=False, default=None)
    """Each subnet, with the state that its association must have; follows from `subnet_ids` once all are known."""

    def __post_init__(self) -> None:
        if not any(isinstance(subnet, Late) for subnet in self.subnet_ids):
            object.__setattr__(self, "associations", {str(subnet): ASSOCIATED for subnet in self.subnet_ids})


@dataclass(frozen=True)
class SecurityGroup(Model):
    """A security group with the rule that lets its members talk to each other (guide part 3, section 6). Output: `id`.

    Further inbound rules are left alone, since the guide's ways in to a private web server add some. Outbound rules
    are exactly those of `egress`.
    """

    TYPE: ClassVar[str] = "ec2/security-group"

    vpc_id: str | Late = attr(Effect.REFUSED)
    group_name: str = attr(compare=False)
    """A group cannot be renamed: the name counts when it is created."""
    description: str = attr(compare=False)
    egress: tuple[str | Late, ...] = attr()
    """Where all traffic may go: `self`, ranges and prefix lists, in the order of `egress_order`."""
    tags: Mapping[str, str] = attr(subset=True)
    self_rule: bool | None = attr(default=True)
    """Inbound, all protocols, from the group itself. None: not asked for."""
    admits: tuple[str | Late, ...] | Late = attr(compare=False, default=())
    """Other groups whose members may come in, by all protocols."""
    admitted: Mapping[str, str] | None = attr(subset=True, init=False, default=None)
    """Each of these groups, with what is let in from it; follows from `admits` once all are known."""

    def __post_init__(self) -> None:
        if isinstance(self.admits, tuple) and not any(isinstance(group, Late) for group in self.admits):
            object.__setattr__(self, "admitted", {str(group): EVERYTHING for group in self.admits})


def egress_order(destination: str | Late) -> tuple[int, str]:
    """Sort destinations of outbound rules: the group itself, ranges, then prefix lists, known yet or not."""
    if isinstance(destination, str):
        return (0 if destination == SELF else 2 if destination.startswith("pl-") else 1), destination
    return 2, destination.part if isinstance(destination, Ref) else ""
