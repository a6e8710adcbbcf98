"""What a network without internet has instead of gateways: a route table that leads nowhere, and VPC endpoints.

The guide's third network (part 1, section 9; part 3, sections 3 and 9): one route table for both private subnets, a gateway
endpoint for S3 in it, and for nine more services an interface endpoint each, in both subnets, with private DNS and the
group of the environments. Policies let everything pass, since the execution role says what may be done (section 7).

Taken down, the interface endpoints go first, since they stand in the subnets, but not while others are in the VPC: AWS would
not refuse that, and an environment without them is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..api.network import NetworkSpec
from ..api.network_endpoints import GATEWAY, INTERFACES
from ..core.observed import Observed, Sight, State
from ..core.part import Part, Ref
from ..resources.ec2 import RouteTable
from ..resources.ec2_endpoint import VpcEndpoint
from ..resources.ec2_services import service_name

ROUTES = "privateRoutes"
SUBNETS = ("privateSubnet1", "privateSubnet2")
GROUP = "securityGroup"
Tags = Callable[[str, str], dict[str, str]]
"""Makes the tags of a part of its name, and the end of its `Name` tag."""


def parts(spec: NetworkSpec, region: str, tags: Tags, *, going: bool) -> Iterator[Part]:
    """Give the parts that only a network without internet has.

    Args:
        spec: what is declared.
        region: of the services.
        tags: of each part.
        going: whether the network is being deleted.
    """
    yield Part(
        ROUTES,
        RouteTable(
            vpc_id=Ref("vpc", "id"),
            default_route="",
            subnet_ids=tuple(Ref(subnet, "id") for subnet in SUBNETS),
            tags=tags(ROUTES, " Private Routes"),
        ),
        outlives=frozenset({*SUBNETS, GROUP}),
    )
    gateway = _name(GATEWAY)
    yield Part(
        gateway,
        VpcEndpoint(
            vpc_id=Ref("vpc", "id"),
            service_name=service_name(GATEWAY, region),
            subnet_ids=None,
            security_group_ids=None,
            tags=tags(gateway, f" Endpoint ({GATEWAY})"),
            vpc_endpoint_type="Gateway",
            route_table_ids=(Ref(ROUTES, "id"),),
            full_access=True,
        ),
        outlives=frozenset({*SUBNETS, GROUP}),
    )
    for service in (*INTERFACES, *spec.endpoints):
        yield Part(_name(service), _interface(service, region, tags, going), remake=3)


def _interface(service: str, region: str, tags: Tags, going: bool) -> VpcEndpoint:
    return VpcEndpoint(
        vpc_id=Ref("vpc", "id"),
        service_name=service_name(service, region),
        subnet_ids=tuple(Ref(subnet, "id") for subnet in SUBNETS),
        security_group_ids=(Ref(GROUP, "id"),),
        tags=tags(_name(service), f" Endpoint ({service})"),
        private_dns_enabled=True,
        full_access=True,
        spares_guests=going,
    )


def usable(spec: NetworkSpec, sights: Mapping[str, Sight]) -> bool:
    """Tell whether environments find every service: no endpoint is missing or pending, and S3's is routed to."""
    routes = sights.get(ROUTES)
    if not all(_available(sights.get(_name(service))) for service in _services(spec)) or not isinstance(routes, Observed):
        return False
    associations = routes.fields["associations"]
    users = associations if isinstance(associations, Mapping) else {}
    subnets = [sight.id for name in SUBNETS if isinstance(sight := sights.get(name), Observed)]
    return len(subnets) == len(SUBNETS) and set(subnets) <= set(users) and routes.fields["default_route"] == ""


def facts(spec: NetworkSpec, region: str, sights: Mapping[str, Sight]) -> list[dict[str, Any]]:
    """Give each endpoint as status shows it."""
    return [_shown(service_name(service, region), sights.get(_name(service))) for service in _services(spec)]


def _shown(name: str, sight: Sight) -> dict[str, Any]:
    if isinstance(sight, Observed):
        return {"serviceName": name, "vpcEndpointId": sight.id, "state": str(sight.outputs["state"])}
    return {"serviceName": name, **({"state": "missing"} if sight is None else {})}


def _services(spec: NetworkSpec) -> tuple[str, ...]:
    return (GATEWAY, *INTERFACES, *spec.endpoints)


def _available(sight: Sight) -> bool:
    return isinstance(sight, Observed) and sight.state is State.READY


def _name(service: str) -> str:
    return f"endpoints/{service}"
