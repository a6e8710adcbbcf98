"""The network around an environment, as its checks see it: plain facts, and whom to ask for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

SUBNETS, GROUPS = "spec.subnetIds", "spec.securityGroupIds"
ANYWHERE = "0.0.0.0/0"
ALL = "-1"
"""EC2's word for all protocols."""


@dataclass(frozen=True)
class Subnet:
    """A subnet; `free` is the number of its addresses that nobody has."""

    id: str
    vpc_id: str
    zone: str
    cidr: str
    free: int
    owner: str = ""
    """The account that owns it; empty: not shown."""


@dataclass(frozen=True)
class Rule:
    """One rule of a security group; `end` is a range, a group or a prefix list."""

    end: str
    protocol: str = ALL
    first: int = 0
    last: int = 65535

    def admits(self, port: int) -> bool:
        """Tell whether it lets TCP through to a port."""
        return self.protocol == ALL or (self.protocol in ("tcp", "6") and self.first <= port <= self.last)


@dataclass(frozen=True)
class Group:
    """A security group."""

    id: str
    vpc_id: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Route:
    """A route; `target` is the id of a gateway, an interface or the like."""

    destination: str
    target: str
    blackhole: bool = False


@dataclass(frozen=True)
class RouteTable:
    """A route table; the main one is used by every subnet that has no other."""

    id: str
    routes: tuple[Route, ...]
    subnet_ids: frozenset[str] = frozenset()
    main: bool = False


@dataclass(frozen=True)
class AclEntry:
    """One numbered rule of a network ACL."""

    number: int
    egress: bool
    allow: bool
    cidr: str
    protocol: str = ALL
    first: int = 0
    last: int = 65535


@dataclass(frozen=True)
class Acl:
    """The network ACL of some subnets."""

    id: str
    subnet_ids: frozenset[str]
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint."""

    id: str
    service: str
    type: str
    state: str
    private_dns: bool = False
    subnet_ids: frozenset[str] = frozenset()
    group_ids: frozenset[str] = frozenset()
    route_table_ids: frozenset[str] = frozenset()
    policy: Mapping[str, Any] = field(default_factory=dict)
    """Empty: not shown, and taken for one that allows everything."""


@dataclass(frozen=True)
class Dns:
    """The DNS attributes of a VPC."""

    support: bool
    hostnames: bool


@dataclass(frozen=True)
class Seen:
    """The whole network of one environment. None: the operator may not see it."""

    region: str
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    subnets: Mapping[str, Subnet] | None = None
    groups: Mapping[str, Group] | None = None
    """Those of the environment, and those of the endpoints in its VPC."""
    tables: Sequence[RouteTable] | None = None
    acls: Sequence[Acl] | None = None
    endpoints: Sequence[Endpoint] | None = None
    dns: Dns | None = None
    vpc_id: str | None = None
    access_mode: str | None = None
    bucket_arn: str = ""
    account: str = ""
    """The account of the environment."""
    customer_endpoints: bool = False
    """Whether AWS leaves the environment's endpoints to the customer."""
    addresses: tuple[int, int] = field(default=(0, 0))
    """How many addresses each subnet must have free: to begin with, and at most."""

    def table(self, subnet_id: str) -> RouteTable | None:
        """Give the route table that a subnet uses."""
        tables = self.tables or ()
        own = next((table for table in tables if subnet_id in table.subnet_ids), None)
        return own or next((table for table in tables if table.main), None)

    @property
    def without_way_out(self) -> tuple[str, ...]:
        """Name the subnets without a default route: these need VPC endpoints (guide part 3, section 3)."""
        found = ((id_, self.table(id_)) for id_ in sorted(self.subnets or ()))
        return tuple(id_ for id_, table in found if table and not any(r.destination == ANYWHERE for r in table.routes))


class NetworkFacts(Protocol):
    """Knows networks. Every method may raise `OutsideError`; what does not exist is left out."""

    async def account(self, region: str) -> str:
        """Say in which account the operator works."""
        ...

    async def subnets(self, region: str, ids: Collection[str]) -> Mapping[str, Subnet]:
        """Describe subnets."""
        ...

    async def groups(self, region: str, ids: Collection[str]) -> Mapping[str, Group]:
        """Describe security groups with their rules."""
        ...

    async def tables(self, region: str, vpc_id: str) -> Sequence[RouteTable]:
        """Describe the route tables of a VPC."""
        ...

    async def acls(self, region: str, vpc_id: str) -> Sequence[Acl]:
        """Describe the network ACLs of a VPC."""
        ...

    async def endpoints(self, region: str, vpc_id: str) -> Sequence[Endpoint]:
        """Describe the endpoints in a VPC."""
        ...

    async def dns(self, region: str, vpc_id: str) -> Dns:
        """Read the DNS attributes of a VPC."""
        ...
