"""What the operator made for an environment and let go with it: an object of the same address takes it up again.

Named in a manifest by its id or ARN it would be somebody else's, and stay for ever when the object is deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..aws.ec2_security_group import SecurityGroupAdapter
from ..aws.ec2_tags import tags_of
from ..aws.ec2_vpc_endpoint import VpcEndpointAdapter
from ..aws.iam_role import RoleReader
from ..aws.iam_role import tags_of as tags_of_role
from ..aws.session import Aws
from ..core.errors import OutsideError, Trouble
from ..core.owner import OBJECT_TAG, OWNER_TAG, PART_TAG, Owner
from ..kinds import environment_network, least_role


@dataclass(frozen=True)
class Released:
    """What is known of an environment's former object."""

    name: str = ""
    """What the object is to be called, so that all of it is taken up again; empty where that does not matter."""
    left_out: frozenset[str] = frozenset()
    """Fields that the manifest must not have."""
    notes: tuple[str, ...] = ()


async def look(aws: Aws, region: str, environment: Mapping[str, Any], namespace: str) -> Released:
    """Look for the role, the security group and the VPC endpoints that the operator made for a released environment.

    Args:
        aws: with the user's credentials.
        region: of the environment.
        environment: what GetEnvironment answers.
        namespace: where the manifest goes.

    Raises:
        OutsideError: AWS is not within reach. What nobody may look at is told in a note.
    """
    tags = environment.get("Tags") or {}
    kind, _, address = tags.get(OBJECT_TAG, "").partition("/")
    in_, _, name = address.partition("/")
    owner = Owner(kind, in_, name, uid="")
    if kind != "Environment" or not _released(tags, owner):
        return Released()
    found, notes = dict[str, str](), list[str]()
    for field, read in (("executionRoleArn", _role), ("securityGroupIds", _group), ("customerEndpoints", _endpoints)):
        try:
            if what := await read(aws, region, environment, owner):
                found[field] = what
        except OutsideError as error:
            if error.problem.trouble is not Trouble.DENIED:
                raise
            notes.append(f"{field}: whether the operator made it is not known, and if so, it stays: {error.problem.message}")
    here = namespace == owner.namespace
    return Released(
        owner.name if here else "",
        frozenset(found) if here else frozenset(),
        (*(_taken_up(found) if here else _stays(found, owner)), *notes),
    )


def _taken_up(found: Mapping[str, str]) -> Iterator[str]:
    for field, what in found.items():
        yield (
            f"{field} is left out: the operator made the {what} for an object of this very name and namespace, which takes "
            "it up again. With deletionPolicy: Delete it goes with the object."
        )


def _stays(found: Mapping[str, str], owner: Owner) -> Iterator[str]:
    if found:
        yield (
            f"The operator made the {', the '.join(found.values())} for {owner.address}. Only an object of that name and "
            f"namespace takes it up again; with this one it stays in AWS for ever. Import with -n {owner.namespace} instead."
        )


def _released(tags: Mapping[str, str], owner: Owner, parts: Collection[str] = ()) -> bool:
    """Tell by its tags whether a thing was made for an object and let go."""
    of_part = not parts or tags.get(PART_TAG) in parts
    return of_part and not tags.get(OWNER_TAG) and tags.get(OBJECT_TAG) == owner.address and owner.invited_by(tags)


async def _role(aws: Aws, region: str, environment: Mapping[str, Any], owner: Owner) -> str:
    name = str(environment["ExecutionRoleArn"]).rpartition("/")[2]
    if name != least_role.role_name(owner):
        return ""
    role = await RoleReader(aws).role(region, name)
    return f"role {name}" if role and _released(tags_of_role(role), owner, {least_role.ROLE}) else ""


async def _group(aws: Aws, region: str, environment: Mapping[str, Any], owner: Owner) -> str:
    ids: Sequence[str] = environment["NetworkConfiguration"].get("SecurityGroupIds", ())
    if len(ids) != 1:
        return ""
    groups = await SecurityGroupAdapter.LISTING.items(aws, region, "group-id", ids)
    ours = [group for group in groups if _released(tags_of(group), owner, {environment_network.GROUP})]
    return f"security group {ids[0]}" if ours else ""


async def _endpoints(aws: Aws, region: str, environment: Mapping[str, Any], owner: Owner) -> str:
    """Name the endpoints. Where some are of others, the operator leaves those to them anyway."""
    members = ("DatabaseVpcEndpointService", "WebserverVpcEndpointService")
    services = [environment[member] for member in members if environment.get(member)]
    if environment.get("EndpointManagement") != "CUSTOMER" or not services:
        return ""
    points = await VpcEndpointAdapter.LISTING.items(aws, region, "service-name", services)
    ours = sorted(str(point["VpcEndpointId"]) for point in points if _released(tags_of(point), owner))
    return f"VPC endpoints {' and '.join(ours)}" if ours else ""
