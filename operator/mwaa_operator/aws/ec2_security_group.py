"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import OTHERS, Calls, where
from ..core.change import Change
from ..core.observed import Observed
from ..resources.ec2 import ANYWHERE, EVERYTHING, SELF, SecurityGroup, egress_order
from .ec2_adapter import Ec2Adapter
from .ec2_tags import (
    Item,
    Listing,
    made,
    ownership,
    path_of,
    specification,
    tags_of,
    wanted,
)

ALL = "-1"


def _changing_ways_out(change: Change) -> str:
    before, desired = _destinations(change.observed), _destinations(change.desired)
    opened = "ec2:AuthorizeSecurityGroupEgress" if desired - before else ""
    return f"{opened}, ec2:RevokeSecurityGroupEgress" if before - desired else opened


class SecurityGroupAdapter(Ec2Adapter[SecurityGroup]):
    """Reads and writes security groups."""

    TYPE: ClassVar[str] = SecurityGroup.TYPE
    LISTING = Listing("describe_security_groups", "SecurityGroups", "GroupId", "group-id")
    INTERFACE_FILTER = "group-id"
    CALLS: ClassVar[Calls] = {
        "create": {
            OTHERS: "ec2:CreateSecurityGroup",
            **dict.fromkeys(("self_rule", "admits"), where("ec2:AuthorizeSecurityGroupIngress")),
            "egress": lambda change: _changing_ways_out(replace(change, observed=(ANYWHERE,))),
        },
        "update": {OTHERS: "ec2:AuthorizeSecurityGroupIngress", "egress": _changing_ways_out, "tags": "ec2:CreateTags"},
        "delete": "ec2:DeleteSecurityGroup",
    }

    async def create(self, target: Target[SecurityGroup]) -> Observed:
        """Make it. EC2 gives a new group one rule: all traffic out."""
        want, vpc_id = target.want, wanted(target, "vpc_id")
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_security_group",
            GroupName=want.group_name,
            Description=want.description,
            VpcId=vpc_id,
            TagSpecifications=specification("security-group", want.tags),
        )
        out = {"IpProtocol": ALL, "IpRanges": [{"CidrIp": ANYWHERE}]}
        return self._observed(target, made({**answer, "VpcId": vpc_id, "IpPermissionsEgress": [out]}, want.tags))

    async def update(self, target: Target[SecurityGroup], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put rules and tags back. New ways out are opened before old ones are closed."""
        if path_of(changes, "self_rule"):
            await self._rule(target.region, "authorize_security_group_ingress", observed.id, SELF)
        if change := path_of(changes, "admitted"):
            for group in sorted(_others(change.desired) - _others(change.observed)):
                await self._rule(target.region, "authorize_security_group_ingress", observed.id, group)
        if change := path_of(changes, "egress"):
            before, desired = _destinations(change.observed), _destinations(change.desired)
            for destination in sorted(desired - before):
                await self._rule(target.region, "authorize_security_group_egress", observed.id, destination)
            for destination in sorted(before - desired):
                await self._rule(target.region, "revoke_security_group_egress", observed.id, destination)
        return await super().update(target, observed, changes)

    async def delete(self, target: Target[SecurityGroup], observed: Observed) -> None:
        """Delete it; a rule that names the group itself does not hold it."""
        async with self._holders.named(target.region, observed.id):
            await self._aws.call(target.region, "ec2", "delete_security_group", GroupId=observed.id)

    async def _rule(self, region: str, operation: str, id_: str, shown: str) -> None:
        await self._aws.call(region, "ec2", operation, GroupId=id_, IpPermissions=[_permission(shown, id_)])

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags, id_ = tags_of(item), item["GroupId"]
        egress = _shown(item.get("IpPermissionsEgress", ()), id_)
        ingress = set(_shown(item.get("IpPermissions", ()), id_))
        return Observed(
            id=id_,
            fields={
                "vpc_id": item["VpcId"],
                "self_rule": SELF in ingress,
                "admitted": {end: EVERYTHING for end in sorted(ingress) if end.startswith("sg-")},
                "egress": tuple(sorted(egress, key=egress_order)),
                "tags": tags,
            },
            outputs={"id": id_},
            **ownership(target, tags),
        )


def _others(value: object) -> set[str]:
    return {str(group) for group in value} if isinstance(value, Mapping) else set()


def _destinations(value: object) -> set[str]:
    return {str(item) for item in value} if isinstance(value, tuple) else set()


def _shown(permissions: Sequence[Item], group_id: str) -> Iterator[str]:
    """Read rules one by one: the other end, behind protocol and ports where those are not all."""
    for each in permissions:
        protocol = each["IpProtocol"]
        prefix = "" if protocol == ALL else f"{protocol} {each.get('FromPort', -1)}-{each.get('ToPort', -1)} "
        ends = [
            *(pair.get("GroupId", "") for pair in each.get("UserIdGroupPairs", ())),
            *(ranges["CidrIp"] for ranges in each.get("IpRanges", ())),
            *(ranges["CidrIpv6"] for ranges in each.get("Ipv6Ranges", ())),
            *(prefixes["PrefixListId"] for prefixes in each.get("PrefixListIds", ())),
        ]
        yield from (prefix + (SELF if end == group_id else end) for end in ends)


def _permission(shown: str, group_id: str) -> dict[str, Any]:
    """Turn a rule as `_shown` gives it into what EC2 takes."""
    *ports, end = shown.split(" ")
    permission: dict[str, Any] = {"IpProtocol": ports[0] if ports else ALL}
    if ports:
        first, last = ports[1].rsplit("-", 1) if not ports[1].endswith("--1") else (ports[1][:-3], "-1")
        permission |= {"FromPort": int(first), "ToPort": int(last)}
    if end == SELF or end.startswith("sg-"):
        return permission | {"UserIdGroupPairs": [{"GroupId": group_id if end == SELF else end}]}
    if end.startswith("pl-"):
        return permission | {"PrefixListIds": [{"PrefixListId": end}]}
    if ":" in end:
        return permission | {"Ipv6Ranges": [{"CidrIpv6": end}]}
    return permission | {"IpRanges": [{"CidrIp": end}]}
