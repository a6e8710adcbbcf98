"""Are the given subnets and security groups such that an environment can be created in them?

Two subnets of one VPC in two zones, and groups of that VPC (guide part 3, sections 2 and 6). AWS says so too, but
only after the create call, and one fault at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from ..core.finding import Finding
from ..core.part import Model
from ..resources.ec2 import Placement

SUBNETS, GROUPS = "spec.subnetIds", "spec.securityGroupIds"


class SubnetFacts(Protocol):
    """Knows where subnets and security groups are. Both methods may raise `OutsideError`."""

    async def subnets(self, region: str, ids: Sequence[str]) -> Mapping[str, Placement]:
        """Say where subnets are; those that do not exist are left out."""
        ...

    async def groups(self, region: str, ids: Sequence[str]) -> Mapping[str, Placement]:
        """Say where security groups are; those that do not exist are left out."""
        ...


@runtime_checkable
class InSubnets(Protocol):
    """What the check reads of a model; all of it is known when the check is made."""

    subnet_ids: Collection[str]
    security_group_ids: Collection[str]


class SubnetsCheck:
    """Looks at the subnets and security groups that a user gave by id."""

    NAME: ClassVar[str] = "subnets"

    def __init__(self, facts: SubnetFacts) -> None:
        self._facts = facts

    async def findings(self, model: Model, region: str) -> Sequence[Finding]:
        """Name every fault of the network configuration at once.

        Raises:
            OutsideError: EC2 could not be asked.
            TypeError: the model has no subnets and groups: the check stands before the wrong part.
        """
        if not isinstance(model, InSubnets):
            raise TypeError(f"{type(model).__name__} has no subnet_ids and security_group_ids")
        subnet_ids, group_ids = sorted(set(model.subnet_ids)), sorted(set(model.security_group_ids))
        subnets, groups = await asyncio.gather(
            self._facts.subnets(region, subnet_ids), self._facts.groups(region, group_ids)
        )
        return (
            *_count(subnet_ids),
            *_missing(SUBNETS, "SubnetNotFound", "subnet", subnet_ids, subnets, region),
            *_apart(subnets),
            *_missing(GROUPS, "SecurityGroupNotFound", "security group", group_ids, groups, region),
            *_outside(subnets, groups),
        )


def _count(ids: Sequence[str]) -> Iterator[Finding]:
    if len(ids) != 2:
        yield Finding(
            "TwoSubnetsNeeded",
            SUBNETS,
            f"Amazon MWAA needs exactly two different subnets, not {len(ids)}. Name two private ones.",
        )


def _missing(
    where: str, code: str, what: str, ids: Sequence[str], found: Mapping[str, Placement], region: str
) -> Iterator[Finding]:
    for id_ in ids:
        if id_ not in found:
            yield Finding(code, where, f"there is no {what} {id_} in {region}. Correct the id, or the region.")


def _apart(subnets: Mapping[str, Placement]) -> Iterator[Finding]:
    """Compare zones and VPCs of the subnets that there are."""
    if len(subnets) < 2:
        return
    zones = " and ".join(f"{id_} is in {subnet.availability_zone}" for id_, subnet in sorted(subnets.items()))
    if len({subnet.availability_zone for subnet in subnets.values()}) < len(subnets):
        yield Finding(
            "SameAvailabilityZone",
            SUBNETS,
            f"{zones}: the two must be in different availability zones, so that one zone may fail. "
            "Take a private subnet of another zone for one of them.",
        )
    if len({subnet.vpc_id for subnet in subnets.values()}) > 1:
        vpcs = " and ".join(f"{id_} is in {subnet.vpc_id}" for id_, subnet in sorted(subnets.items()))
        yield Finding("DifferentVpcs", SUBNETS, f"{vpcs}: both must be in one VPC.")


def _outside(subnets: Mapping[str, Placement], groups: Mapping[str, Placement]) -> Iterator[Finding]:
    vpcs = {subnet.vpc_id for subnet in subnets.values()}
    if len(vpcs) != 1:
        return
    (vpc,) = vpcs
    for id_, group in sorted(groups.items()):
        if group.vpc_id != vpc:
            yield Finding(
                "SecurityGroupOutsideVpc",
                GROUPS,
                f"{id_} is in {group.vpc_id}, and the subnets are in {vpc}: name groups of the subnets' VPC.",
            )
