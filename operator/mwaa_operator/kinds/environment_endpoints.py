"""The VPC endpoints of an environment: those that AWS leaves to the customer are made; of all it is shown how they are.

While the environment is PENDING AWS waits for an endpoint to its database, and for one to its web server where that is
private, in the environment's VPC and subnets (guide part 3, section 11). They go after the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..api.environment import EnvironmentSpec
from ..api.environment_endpoints import MadeBy
from ..checks import access
from ..core.finding import Finding
from ..core.kind import Context, Object, Reference
from ..core.need import Need
from ..core.observed import Observed, Sight
from ..core.part import Part, Ref, Until
from ..resources.ec2 import ANYWHERE, SecurityGroup
from ..resources.ec2_endpoint import EnvironmentEndpoints, VpcEndpoint
from ..resources.ec2_place import VpcOfSubnets
from ..resources.mwaa import Environment
from .environment_network import VPC, Place

SEEN, GROUP = "endpoints", "endpoints/securityGroup"
SERVICES: Mapping[str, str] = {
    "database": "database_vpc_endpoint_service",
    "webserver": "webserver_vpc_endpoint_service",
}
"""What an endpoint is for, and the output of the environment that names its service."""
PRIVATE_HOST = "-vpce."
"""How the first part of a private web server's name ends (guide part 3, section 8.2)."""


def parts(
    obj: Object[EnvironmentSpec], context: Context, place: Place, environment: Environment, part: str
) -> Iterator[Part]:
    """Give the endpoints that are ours to make, and the look at all of them.

    Args:
        obj: the declared environment.
        context: the facts of its Network.
        place: where it stands.
        environment: its part's model.
        part: that part's name.
    """
    yield Part(
        SEEN,
        EnvironmentEndpoints(
            services=Ref(part, "endpoint_services", Until.KNOWN),
            status=Ref(part, "status", Until.KNOWN),
        ),
    )
    needed = () if environment.endpoint_management != "CUSTOMER" else tuple(_needed(obj, environment))
    if not needed:
        return
    needs = _first_look(obj)
    vpc = _vpc(obj, context)
    if isinstance(vpc, Ref) and VPC not in {each.name for each in place.parts}:
        yield Part(VPC, VpcOfSubnets(tuple(sorted(obj.spec.subnet_ids or ()))))
    yield Part(
        GROUP,
        SecurityGroup(
            vpc_id=vpc,
            group_name=f"mwaa-{environment.name}-endpoints",
            description=f"Lets the Amazon MWAA environment {environment.name} reach its VPC endpoints.",
            egress=(ANYWHERE,),
            tags=_tags(obj, GROUP, f"mwaa-{environment.name}-endpoints"),
            self_rule=None,
            admits=environment.security_group_ids,
        ),
        needs=needs,
    )
    for purpose in needed:
        name = f"endpoints/{purpose}"
        yield Part(
            name,
            VpcEndpoint(
                vpc_id=vpc,
                service_name=Ref(part, SERVICES[purpose], Until.KNOWN),
                subnet_ids=environment.subnet_ids,
                security_group_ids=(Ref(GROUP, "id"),),
                tags=_tags(obj, name, f"mwaa-{environment.name}-{purpose}"),
            ),
            outlives=frozenset({part}),
            remake=3,
            needs=needs,
        )


def by_others(spec: EnvironmentSpec) -> bool:
    """Tell whether somebody else makes the endpoints that AWS leaves to the customer."""
    return spec.customer_endpoints.made_by is MadeBy.OTHER


def let_go(obj: Object[EnvironmentSpec]) -> frozenset[str]:
    """Name the parts that others look after: a running environment keeps them when they are left to others."""
    names = frozenset(f"endpoints/{purpose}" for purpose in _left_to_others(obj))
    return names | {GROUP} if len(names) == len(SERVICES) else names


def _left_to_others(obj: Object[EnvironmentSpec]) -> set[str]:
    """Name what others make endpoints for: by the spec, or because theirs are there and ours are not."""
    if by_others(obj.spec):
        return set(SERVICES)
    made = {(each.get("purpose"), each.get("madeBy")) for each in obj.facts.get("vpcEndpoints") or ()}
    return {purpose for purpose in SERVICES if (purpose, "Other") in made and (purpose, "Operator") not in made}


def _first_look(obj: Object[EnvironmentSpec]) -> tuple[Need, ...]:
    """Look first at which endpoints an environment has that may be taken over: it needs no second ones."""
    if obj.spec.adoption != "Always" or "environmentStatus" in obj.facts:
        return ()
    return (Need("PartNotReady", "endpoints are made once it is known which ones the environment has"),)


def _vpc(obj: Object[EnvironmentSpec], context: Context) -> Any:
    """Give the VPC of the environment's subnets: its Network's, the given one, or the one that is looked up."""
    if obj.spec.network_ref:
        return context.fact(Reference("Network", obj.spec.network_ref.name, "networkRef"), "vpcId")
    return obj.spec.vpc_id or Ref(VPC, "id")


def _needed(obj: Object[EnvironmentSpec], environment: Environment) -> Iterator[str]:
    """Name what endpoints of ours are needed for: the web server's while it is private in the spec or, still, in AWS."""
    theirs = _left_to_others(obj)
    if "database" not in theirs:
        yield "database"
    modes = {environment.webserver_access_mode, obj.facts.get("webserverAccessMode")} - {None}
    if modes != {"PUBLIC_ONLY"} and "webserver" not in theirs:
        yield "webserver"


def _tags(obj: Object[EnvironmentSpec], part: str, name: str) -> dict[str, str]:
    return {"Name": name, **obj.spec.tags, **obj.owner.tags(part)}


def facts(there: Mapping[str, object], sights: Mapping[str, Sight]) -> dict[str, Any]:
    """Give the status fields: each endpoint, and the group that was made for them.

    Args:
        there: the outputs of the environment, where it is ours to speak of.
        sights: all that was seen.
    """
    seen, group = sights.get(SEEN), sights.get(GROUP)
    found = seen.outputs.get("endpoints") if isinstance(seen, Observed) and there else None
    purposes = {there.get(output): purpose for purpose, output in SERVICES.items()}
    points = [{"purpose": purposes.get(each["serviceName"]), **each} for each in found] if isinstance(found, list) else []
    host = str(there.get("webserver_host") or "")
    return {
        "webserverAccess": ("Private" if PRIVATE_HOST in host else "Public") if host else None,
        "vpcEndpoints": sorted(points, key=lambda point: (str(point["purpose"]), str(point["vpcEndpointId"]))) or None,
        "endpointSecurityGroupId": group.id if isinstance(group, Observed) else None,
    }


def findings(obj: Object[EnvironmentSpec]) -> Iterator[Finding]:
    """Remind of the way in to a private web server until one is declared; before the creation a check does."""
    mode = obj.spec.webserver_access_mode or obj.facts.get("webserverAccessMode")
    if mode == "PRIVATE_ONLY" and obj.spec.way_in is None and "environmentArn" in obj.facts:
        yield access.reminder()
