"""The subnets and security groups of an environment: given, of its Network, or found and made for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..api.environment import EnvironmentSpec
from ..core.kind import Context, Object, Reference
from ..core.observed import Observed, Sight
from ..core.part import Late, Missing, Part, Ref
from ..resources.ec2 import ANYWHERE, SecurityGroup
from ..resources.ec2_place import PrivateSubnets, VpcOfSubnets

SUBNETS, VPC, GROUP = "subnets", "vpc", "securityGroup"


@dataclass(frozen=True)
class Place:
    """What the network adds to the graph."""

    subnet_ids: tuple[str, ...] | Late
    security_group_ids: tuple[str | Late, ...] | Late
    parts: tuple[Part, ...] = ()


def place(
    obj: Object[EnvironmentSpec], context: Context, network: Reference | None, name: str, tags: Mapping[str, str]
) -> Place:
    """Say where the environment stands. Without a group and without a Network it gets a group of its own, as in the console.

    Args:
        obj: the environment.
        context: the facts of its Network.
        network: the reference to that.
        name: the environment's name in AWS.
        tags: of a group of its own.
    """
    spec, given = obj.spec, _sorted(obj.spec.security_group_ids or ())
    if network:
        subnets = _sorted(context.fact(network, "privateSubnetIds"))
        if given:
            return Place(subnets, given)
        group: Any = context.fact(network, "securityGroupId")
        return Place(subnets, group if isinstance(group, Missing) else (group,))
    parts: tuple[Part, ...] = (Part(SUBNETS, PrivateSubnets(spec.vpc_id)),) if spec.vpc_id else ()
    if not given:
        parts = (*parts, *_own_group(spec, name, tags))
    there = Ref(SUBNETS, "ids") if spec.vpc_id else _sorted(spec.subnet_ids or ())
    return Place(there, given or (Ref(GROUP, "id"),), parts)


def _own_group(spec: EnvironmentSpec, name: str, tags: Mapping[str, str]) -> Iterator[Part]:
    """Give a group that lets the environment talk to itself and everything out, in the VPC of its subnets."""
    if not spec.vpc_id:
        yield Part(VPC, VpcOfSubnets(tuple(sorted(spec.subnet_ids or ()))))
    yield Part(
        GROUP,
        SecurityGroup(
            vpc_id=spec.vpc_id or Ref(VPC, "id"),
            group_name=f"airflow-security-group-{name}",
            description=f"Amazon MWAA environment {name}",
            egress=(ANYWHERE,),
            tags=tags,
        ),
    )


def facts(sights: Mapping[str, Sight]) -> dict[str, Any]:
    """Publish the group of its own: one that is exchanged stays until the environment has let go of it."""
    group = sights.get(GROUP)
    return {"ownSecurityGroupId": group.id if isinstance(group, Observed) else None}


def _sorted(ids: Any) -> tuple[str, ...] | Late:
    return ids if isinstance(ids, Late) else tuple(sorted(ids))
