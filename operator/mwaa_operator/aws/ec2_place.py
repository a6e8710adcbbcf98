"""Subnets and VPCs that are not declared by their own ids: looked up once, and remembered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from ..checks.vpc import Seen
from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.observed import Observed, State
from ..core.part import Model
from ..resources.ec2_place import PrivateSubnets, VpcOfSubnets
from .ec2_network_facts import Ec2NetworkFacts
from .ec2_subnet import SubnetAdapter
from .session import Aws

M = TypeVar("M", bound=Model)
WANTED = 2


class _LookUp(ReadOnly[M]):
    """What is only ever read."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[M]]) -> Mapping[str, Observed]:
        """Look at each that is still in its graph."""
        return await one_by_one(in_graph(targets), self._look)

    async def _look(self, target: Target[M]) -> Observed:
        raise NotImplementedError


class PrivateSubnetsAdapter(_LookUp[PrivateSubnets]):
    """Finds the two private subnets of a VPC, and says why where there are not exactly two."""

    TYPE: ClassVar[str] = PrivateSubnets.TYPE

    async def _look(self, target: Target[PrivateSubnets]) -> Observed:
        vpc = target.want.vpc_id
        if kept := target.remembered.get(vpc):
            return _found(vpc, kept.split(","))
        listing = SubnetAdapter.LISTING
        items, tables = await asyncio.gather(
            listing.items(self._aws, target.region, "vpc-id", [vpc]),
            Ec2NetworkFacts(self._aws).tables(target.region, vpc),
        )
        seen = Seen(target.region, (), (), tables=tables)
        zones: dict[str, list[str]] = defaultdict(list)
        for item in items:
            table = seen.table(item["SubnetId"])
            if table and not any(route.target.startswith("igw-") for route in table.routes):
                zones[item["AvailabilityZone"]].append(item["SubnetId"])
        return _chosen(vpc, target.region, zones)


def _chosen(vpc: str, region: str, zones: Mapping[str, list[str]]) -> Observed:
    ids = sorted(id_ for each in zones.values() for id_ in each)
    if len(ids) == len(zones) == WANTED:
        return _found(vpc, ids)
    there = _listed(zones)
    if len(zones) < WANTED:
        return _failed(
            vpc,
            "TooFewPrivateSubnets",
            f"spec.vpcId: {vpc} has {there or 'no private subnet'} in {region}, and an environment needs two in two "
            "availability zones. Correct the id, or make subnets whose routes do not lead to an internet gateway.",
        )
    return _failed(
        vpc,
        "AmbiguousSubnets",
        f"spec.vpcId: {vpc} has more private subnets than the two that an environment takes: {there}. Say which: give two "
        "of them, of different zones, in spec.subnetIds instead of spec.vpcId.",
    )


def _listed(zones: Mapping[str, Iterable[str]]) -> str:
    return ", ".join(f"{id_} ({zone})" for zone in sorted(zones) for id_ in sorted(zones[zone]))


def _found(vpc: str, ids: Sequence[str]) -> Observed:
    return Observed(id=vpc, outputs={"ids": tuple(sorted(ids))}, remember={vpc: ",".join(sorted(ids))})


class VpcOfSubnetsAdapter(_LookUp[VpcOfSubnets]):
    """Finds the VPC of some subnets."""

    TYPE: ClassVar[str] = VpcOfSubnets.TYPE

    async def _look(self, target: Target[VpcOfSubnets]) -> Observed:
        ids = target.want.subnet_ids
        key = ",".join(ids)
        if kept := target.remembered.get(key):
            return Observed(id=kept, outputs={"id": kept}, remember={key: kept})
        items: list[Mapping[str, Any]] = list(await SubnetAdapter.LISTING.items(self._aws, target.region, "subnet-id", ids))
        vpcs = sorted({item["VpcId"] for item in items})
        if missing := sorted(set(ids) - {item["SubnetId"] for item in items}):
            names = " and no subnet ".join(missing)
            text = f"spec.subnetIds: there is no subnet {names} in {target.region}. Correct the id, or the region."
            return _failed(key, "SubnetNotFound", text)
        if len(vpcs) > 1:
            text = f"spec.subnetIds: the subnets lie in {' and '.join(vpcs)}. Both must be in one VPC."
            return _failed(key, "DifferentVpcs", text)
        return Observed(id=vpcs[0], outputs={"id": vpcs[0]}, remember={key: vpcs[0]})


def _failed(id_: str, reason: str, message: str) -> Observed:
    return Observed(id=id_, state=State.FAILED, reason=reason, message=message)
