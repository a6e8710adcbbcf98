"""Network: a VPC with the way out of its private subnets, or with none (guide 01, sections 8 and 9)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any

from pydantic import Field

from .definition import AGE, MESSAGE, READY, REASON, SUSPENDED, Column, Definition
from .network_endpoints import Endpoints, NetworkEndpoints
from .rule import ATOMIC, Immutable, Rule, quoted
from .shared import Label, SharedSpec, SharedStatus

_KEEP = "AWS has no call for it. Make a second Network, and move to it with a new Environment."
_ROUTING = (
    "the environments in this network would lose their way to AWS's services meanwhile. Make a second Network, and move to "
    "it with a new Environment."
)


class Routing(StrEnum):
    """How the private subnets reach the world."""

    PUBLIC = "Public"
    """Over NAT gateways and an internet gateway."""
    PRIVATE = "Private"
    """Not at all: to the services of AWS that environments need over VPC endpoints."""


PUBLIC_CIDRS = ("10.192.10.0/24", "10.192.11.0/24")
PRIVATE_CIDRS: Mapping[Routing, tuple[str, str]] = {
    Routing.PUBLIC: ("10.192.20.0/24", "10.192.21.0/24"),
    Routing.PRIVATE: ("10.192.10.0/24", "10.192.11.0/24"),
}
"""As in the guide's two templates."""


class Egress(StrEnum):
    """What the security group lets out."""

    OPEN = "Open"
    TIGHTENED = "Tightened"


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _is_block(text: str) -> bool:
    network = _network(text)
    return network is not None and str(network) == text and 16 <= network.prefixlen <= 28


Cidr = Annotated[
    str,
    Field(min_length=9, max_length=18),
    Rule(
        "isCIDR(self) && cidr(self).ip().family() == 4 && cidr(self) == cidr(self).masked() "
        "&& cidr(self).prefixLength() >= 16 && cidr(self).prefixLength() <= 28",
        "must be an IPv4 block from /16 to /28 that starts at its first address, such as `10.192.10.0/24`",
        _is_block,
    ),
]
TwoCidrs = Annotated[tuple[Cidr, ...], Field(min_length=2, max_length=2), ATOMIC]


def _inside(vpc: str, subnets: tuple[str, ...]) -> bool:
    whole = _network(vpc)
    parts = [network for network in map(_network, subnets) if network]
    return whole is None or all(part.subnet_of(whole) for part in parts)


def _apart(subnets: tuple[str, ...]) -> bool:
    networks = [network for network in map(_network, subnets) if network]
    return not any(a.overlaps(b) for n, a in enumerate(networks) for b in networks[:n])


def _cel(cidrs: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted, cidrs))}]"


_PUBLIC = f"(has(self.publicSubnetCidrs) ? self.publicSubnetCidrs : self.routing == 'Public' ? {_cel(PUBLIC_CIDRS)} : [])"
_PRIVATE = (
    f"(has(self.privateSubnetCidrs) ? self.privateSubnetCidrs : "
    f"self.routing == 'Public' ? {_cel(PRIVATE_CIDRS[Routing.PUBLIC])} : {_cel(PRIVATE_CIDRS[Routing.PRIVATE])})"
)
"""What is declared, or the default."""


def _inside_rule(field: str, cel: str, attribute: str) -> Rule:
    return Rule(
        f"!isCIDR(self.vpcCidr) || {cel}.all(c, !isCIDR(c) || cidr(self.vpcCidr).containsCIDR(c))",
        "every subnet must lie inside vpcCidr",
        lambda spec: _inside(spec.vpc_cidr, getattr(spec, attribute)),
        field,
    )


def _private_cidrs(given: Mapping[str, Any]) -> tuple[str, ...]:
    return PRIVATE_CIDRS.get(given.get("routing", Routing.PUBLIC), ())


def _public_cidrs(given: Mapping[str, Any]) -> tuple[str, ...]:
    return PUBLIC_CIDRS if given.get("routing") is Routing.PUBLIC else ()


class NetworkSpec(SharedSpec):
    """A VPC for environments in two availability zones: with NAT gateways, or without internet and with VPC endpoints."""

    routing: Annotated[Routing, Immutable(_ROUTING)] = Routing.PUBLIC
    """How the private subnets reach the world: `Public` over NAT gateways and an internet gateway, `Private` not at all:
    VPC endpoints lead to the services of AWS that environments need."""
    name_prefix: Annotated[str, Field(min_length=1, max_length=100)] = "mwaa-"
    """What the `Name` tag of everything in the network starts with."""
    vpc_cidr: Annotated[Cidr, Immutable(_KEEP)] = "10.192.0.0/16"
    """The addresses of the VPC."""
    public_subnet_cidrs: Annotated[TwoCidrs, Immutable(_KEEP), Field(default_factory=_public_cidrs)]
    """The addresses of the two public subnets, one per availability zone. They hold the NAT gateways. Left out:
    `10.192.10.0/24` and `10.192.11.0/24`; with `routing: Private` there are none."""
    private_subnet_cidrs: Annotated[TwoCidrs, Immutable(_KEEP), Field(default_factory=_private_cidrs)]
    """The addresses of the two private subnets, one per availability zone. Environments run here. Left out:
    `10.192.20.0/24` and `10.192.21.0/24`, with `routing: Private` `10.192.10.0/24` and `10.192.11.0/24`."""
    availability_zones: Annotated[
        Annotated[
            tuple[Annotated[str, Field(min_length=1, max_length=64)], ...],
            Field(min_length=2, max_length=2),
            ATOMIC,
            Rule(
                "self.size() != 2 || self[0] != self[1]",
                "the two availability zones must differ, so that one of them may fail",
                lambda zones: zones[0] != zones[1],
            ),
        ]
        | None,
        Immutable(_KEEP),
    ] = None
    """The two availability zones, such as `[us-east-1a, us-east-1b]`. Left out: the first two of the region."""
    egress: Egress = Egress.OPEN
    """What the security group lets out: `Open` to everywhere, or `Tightened` to itself, the VPC and S3."""
    endpoints: Endpoints = ()
    """Further services of AWS that DAGs call in a network without internet, each by the end of its endpoint's name, such as
    `secretsmanager`, or by its whole name. Each gets an interface endpoint, beside the ten that every such network has."""

    RULES = (
        _inside_rule("publicSubnetCidrs", _PUBLIC, "public_subnet_cidrs"),
        _inside_rule("privateSubnetCidrs", _PRIVATE, "private_subnet_cidrs"),
        Rule(
            f"!({_PUBLIC} + {_PRIVATE}).all(c, isCIDR(c)) || ({_PUBLIC} + {_PRIVATE}).all(a, "
            f"({_PUBLIC} + {_PRIVATE}).filter(b, cidr(a).containsCIDR(b)).size() == 1)",
            "the subnets must not overlap",
            lambda spec: _apart((*spec.public_subnet_cidrs, *spec.private_subnet_cidrs)),
        ),
        Rule(
            "self.routing == 'Public' || !has(self.publicSubnetCidrs)",
            "a network without internet has no public subnets: leave this out, or set `routing: Public`",
            lambda spec: spec.routing is Routing.PUBLIC or not spec.public_subnet_cidrs,
            "publicSubnetCidrs",
        ),
        Rule(
            "self.routing == 'Private' || !has(self.endpoints) || self.endpoints.size() == 0",
            "a network with NAT gateways reaches every service without endpoints: leave this out, or set `routing: Private`",
            lambda spec: spec.routing is Routing.PRIVATE or not spec.endpoints,
            "endpoints",
        ),
    )


Pair = Annotated[tuple[Label, ...], Field(max_length=2), ATOMIC]


class NetworkStatus(SharedStatus):
    """What exists of a Network."""

    vpc_id: Label | None = None
    """The VPC."""
    internet_gateway_id: Label | None = None
    """The internet gateway."""
    public_subnet_ids: Pair = ()
    """Both public subnets."""
    private_subnet_ids: Pair = ()
    """Both private subnets: an environment runs in them."""
    public_subnet1_id: Label | None = None
    """The public subnet in the first availability zone."""
    public_subnet2_id: Label | None = None
    """The public subnet in the second availability zone."""
    private_subnet1_id: Label | None = None
    """The private subnet in the first availability zone."""
    private_subnet2_id: Label | None = None
    """The private subnet in the second availability zone."""
    availability_zones: Pair = ()
    """The two availability zones."""
    nat_gateway_ids: Pair = ()
    """The NAT gateways, one per availability zone."""
    security_group_id: Label | None = None
    """The security group for environments."""
    vpc_endpoints: NetworkEndpoints = ()
    """The VPC endpoints of a network without internet."""


DEFINITION = Definition(
    kind="Network",
    plural="networks",
    short_name="mwaanet",
    spec=NetworkSpec,
    status=NetworkStatus,
    columns=(READY, REASON, SUSPENDED, Column("VPC", ".status.vpcId"), AGE, MESSAGE),
)
