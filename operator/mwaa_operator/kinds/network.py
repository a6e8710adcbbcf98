"""Network: the guide's VPC with public routing, or with private one (part 1, sections 8 and 9; part 3, 2, 3 and 13).

The order is that of the guide's template: addresses and the public default route after the gateway is attached, NAT
gateways after their addresses, private default routes after the NAT gateways. Taken down, the security group and the private
subnets go first: AWS refuses to delete what an environment still uses, and its way out is left alone then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from ..api.network import Egress, NetworkSpec, Routing
from ..core.kind import Context, Object, Reference
from ..core.observed import Observed, Sight, State
from ..core.part import Graph, Part, Ref
from ..resources.ec2 import (
    ANYWHERE,
    SELF,
    Address,
    AvailabilityZones,
    InternetGateway,
    NatGateway,
    PrefixList,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    egress_order,
)
from . import network_private

ZONES = (1, 2)
GROUP_DESCRIPTION = "Security group with a self-referencing inbound rule."
"""As in the guide's template."""


class NetworkKind:
    """A VPC with private subnets, a security group, and gateways with public subnets, or VPC endpoints."""

    NAME: ClassVar[str] = "Network"
    PLURAL: ClassVar[str] = "networks"
    SPEC: ClassVar[type[Any]] = NetworkSpec
    REFERENCES: ClassVar[Mapping[str, str]] = {}
    REFERRERS: ClassVar[tuple[str, ...]] = ()
    OWN_FACTS: ClassVar[frozenset[str]] = frozenset({"vpcEndpoints"})

    def references(self, spec: NetworkSpec) -> Sequence[Reference]:
        """Name nothing: a network stands alone."""
        return ()

    def documents(self, spec: NetworkSpec) -> Sequence[str]:
        """Name no ConfigMap."""
        return ()

    def secrets(self, spec: NetworkSpec) -> Sequence[str]:
        """Name no Secret."""
        return ()

    def desired(self, obj: Object[NetworkSpec], context: Context) -> Graph:
        """Say which parts should exist. Nothing is made before the two zones are known."""
        ways = _endpoints(obj, context.region) if _closed(obj) else _ways_out(obj)
        return Graph.of(
            Part("zones", AvailabilityZones(names=obj.spec.availability_zones or ())),
            # the guide names it by the prefix alone
            Part("vpc", Vpc(cidr_block=obj.spec.vpc_cidr, tags=_tags(obj, "vpc", "")), after=frozenset({"zones"})),
            *(_subnet(obj, "private", zone, obj.spec.private_subnet_cidrs) for zone in ZONES),
            *ways,
            *_group(obj, context),
        )

    def facts(self, obj: Object[NetworkSpec], context: Context, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Publish ids.

        `privateSubnetIds` and `securityGroupId`, which environments wait for, say that one can be created there: the
        subnets lead out, or to every endpoint, and the group has its rule. The id of each subnet is shown as soon as it is
        known.
        """
        closed = _closed(obj)
        usable = network_private.usable(obj.spec, sights) if closed else all(_leads_out(sights, zone) for zone in ZONES)
        group = _settled(sights.get("securityGroup"))
        return {
            "vpcId": _id(sights, "vpc"),
            "internetGatewayId": _id(sights, "internetGateway"),
            "publicSubnetIds": _both(sights, "publicSubnet"),
            "privateSubnetIds": _both(sights, "privateSubnet") if usable else None,
            **{
                f"{side}Subnet{zone}Id": _id(sights, f"{side}Subnet{zone}")
                for side in ("public", "private")
                for zone in ZONES
            },
            "availabilityZones": _zones(sights),
            "natGatewayIds": _both(sights, "natGateway"),
            "securityGroupId": group.id if group and group.fields["self_rule"] else None,
            "vpcEndpoints": network_private.facts(obj.spec, context.region, sights) if closed else None,
        }

    def summary(self, facts: Mapping[str, Any]) -> str:
        """Say what is ready."""
        ready = f"VPC {facts['vpcId']} with subnets in {' and '.join(facts['availabilityZones'] or ())} is ready"
        points = len(facts["vpcEndpoints"] or ())
        return f"{ready}, without internet: {points} VPC endpoints, all charged by AWS but S3's" if points else ready


def _tags(obj: Object[NetworkSpec], part: str, name: str) -> dict[str, str]:
    """Give the tags of a part: the user's, its name as the guide has it, and whose it is."""
    return {**obj.spec.tags, "Name": f"{obj.spec.name_prefix}{name}", **obj.owner.tags(part)}


def _closed(obj: Object[NetworkSpec]) -> bool:
    """Tell whether the network has no way to the internet."""
    return obj.spec.routing is Routing.PRIVATE


def _endpoints(obj: Object[NetworkSpec], region: str) -> Iterator[Part]:
    """Give what stands in for ways out."""
    return network_private.parts(obj.spec, region, partial(_tags, obj), going=obj.deleting)


def _ways_out(obj: Object[NetworkSpec]) -> Iterator[Part]:
    """Give the internet gateway, what stands in each zone, and the routes of the public subnets."""
    yield Part("internetGateway", InternetGateway(vpc_id=Ref("vpc", "id"), tags=_tags(obj, "internetGateway", "")))
    for zone in ZONES:
        yield from _in_zone(obj, zone)
    yield Part(
        "publicRoutes",
        RouteTable(
            vpc_id=Ref("vpc", "id"),
            default_route=Ref("internetGateway", "id"),
            subnet_ids=tuple(Ref(f"publicSubnet{zone}", "id") for zone in ZONES),
            tags=_tags(obj, "publicRoutes", " Public Routes"),
        ),
        outlives=frozenset({*(f"privateSubnet{zone}" for zone in ZONES), "securityGroup"}),
    )


def _in_zone(obj: Object[NetworkSpec], zone: int) -> Iterator[Part]:
    """Give what leads out of one zone: the way from the private subnet over the public one."""
    public, private, address, nat, routes = (
        f"{name}{zone}" for name in ("publicSubnet", "privateSubnet", "address", "natGateway", "privateRoutes")
    )
    yield _subnet(obj, "public", zone, obj.spec.public_subnet_cidrs)
    yield Part(address, Address(tags=_tags(obj, address, f" Address (AZ{zone})")), after=frozenset({"internetGateway"}))
    yield Part(
        nat,
        NatGateway(
            subnet_id=Ref(public, "id"),
            allocation_id=Ref(address, "id"),
            tags=_tags(obj, nat, f" NAT Gateway (AZ{zone})"),
        ),
    )
    yield Part(
        routes,
        RouteTable(
            vpc_id=Ref("vpc", "id"),
            default_route=Ref(nat, "id"),
            subnet_ids=(Ref(private, "id"),),
            tags=_tags(obj, routes, f" Private Routes (AZ{zone})"),
        ),
        outlives=frozenset({private, "securityGroup"}),
    )


def _subnet(obj: Object[NetworkSpec], side: str, zone: int, cidrs: Sequence[str]) -> Part:
    asked, name = obj.spec.availability_zones, f"{side}Subnet{zone}"
    return Part(
        name,
        Subnet(
            vpc_id=Ref("vpc", "id"),
            cidr_block=cidrs[zone - 1],
            zone=Ref("zones", f"zone{zone}"),
            map_public_ip_on_launch=side == "public",
            tags=_tags(obj, name, f" {side.capitalize()} Subnet (AZ{zone})"),
            availability_zone=asked[zone - 1] if asked else None,
        ),
    )


def _group(obj: Object[NetworkSpec], context: Context) -> Iterator[Part]:
    """Give the security group, and the list of S3's addresses where it lets out to nothing else."""
    out: tuple[str | Ref, ...] = (ANYWHERE,)
    if obj.spec.egress is Egress.TIGHTENED:
        yield Part("s3PrefixList", PrefixList(name=f"com.amazonaws.{context.region}.s3"))
        out = (SELF, obj.spec.vpc_cidr, Ref("s3PrefixList", "id"))
    yield Part(
        "securityGroup",
        SecurityGroup(
            vpc_id=Ref("vpc", "id"),
            group_name=group_name(obj.spec.name_prefix),
            description=GROUP_DESCRIPTION,
            egress=tuple(sorted(out, key=egress_order)),
            tags=_tags(obj, "securityGroup", " Security Group"),
        ),
    )


def group_name(prefix: str) -> str:
    """Give a security group its name: the guide's `mwaa-security-group`, with the prefix that was asked for.

    EC2 takes fewer characters there than in tags, and keeps names that start with `sg-` for ids.
    """
    name = re.sub(r"[^A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]", "-", prefix.removesuffix("-")).strip() + "-security-group"
    return f"mwaa-{name}" if name.lower().startswith("sg-") else name


def _settled(sight: Sight) -> Observed | None:
    return sight if isinstance(sight, Observed) and sight.state is State.READY else None


def _id(sights: Mapping[str, Sight], part: str) -> str | None:
    sight = sights.get(part)
    return sight.id if isinstance(sight, Observed) else None


def _both(sights: Mapping[str, Sight], part: str) -> list[str] | None:
    """Give the ids of the parts in both zones once both are known."""
    ids = [_id(sights, f"{part}{zone}") for zone in ZONES]
    return [id_ for id_ in ids if id_] if all(ids) else None


def _zones(sights: Mapping[str, Sight]) -> list[str] | None:
    """Give the zones in which the private subnets are."""
    found = (sights.get(f"privateSubnet{zone}") for zone in ZONES)
    zones = [str(sight.outputs["availability_zone"]) for sight in found if isinstance(sight, Observed)]
    return zones if len(zones) == len(ZONES) else None


def _leads_out(sights: Mapping[str, Sight], zone: int) -> bool:
    """Tell whether a private subnet's traffic finds its NAT gateway."""
    nat, routes = _settled(sights.get(f"natGateway{zone}")), _settled(sights.get(f"privateRoutes{zone}"))
    if nat is None or routes is None:
        return False
    associations = routes.fields["associations"]
    users = associations if isinstance(associations, Mapping) else {}
    return routes.fields["default_route"] == nat.id and _id(sights, f"privateSubnet{zone}") in users
