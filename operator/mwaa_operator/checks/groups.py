"""One to five security groups that let the environment talk to itself (guide part 3, section 6)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from ..core.finding import Finding
from .vpc import ANYWHERE, GROUPS, Rule, Seen

MOST = 5
PORTS = {443: "the web server", 5432: "the metadata database"}


def faults(seen: Seen) -> Iterator[Finding]:
    """Name what is wrong with the security groups."""
    if not 1 <= len(seen.group_ids) <= MOST:
        yield Finding(
            "SecurityGroupCount",
            GROUPS,
            f"an environment has one to {MOST} security groups, not {len(seen.group_ids)}. Name the ones that it needs.",
        )
    if seen.groups is None:
        return
    missing = [id_ for id_ in seen.group_ids if id_ not in seen.groups]
    for id_ in missing:
        message = f"there is no security group {id_} in {seen.region}. Correct the id, or the region."
        yield Finding("SecurityGroupNotFound", GROUPS, message)
    outside = [id_ for id_ in seen.group_ids if id_ in seen.groups and seen.groups[id_].vpc_id != seen.vpc_id]
    for id_ in outside if seen.vpc_id else ():
        yield Finding(
            "SecurityGroupOutsideVpc",
            GROUPS,
            f"{id_} is in {seen.groups[id_].vpc_id}, and the subnets are in {seen.vpc_id}: name groups of the subnets' VPC.",
        )
    if seen.vpc_id and not missing and not outside:
        yield from _closed(seen)


def admitted(seen: Seen, rules: Iterable[Rule], port: int) -> bool:
    """Tell whether rules let the environment's own traffic through: by one of its groups, or by a range around it."""
    return any(rule.admits(port) and (rule.end in seen.group_ids or _surrounds(seen, rule.end)) for rule in rules)


def _surrounds(seen: Seen, end: str) -> bool:
    if end == ANYWHERE:
        return True
    try:
        range_ = ipaddress.IPv4Network(end)
    except ValueError:  # a group, a prefix list or a range of IPv6
        return False
    subnets = (seen.subnets or {}).values()
    return bool(subnets) and all(ipaddress.IPv4Network(subnet.cidr).subnet_of(range_) for subnet in subnets)


def _closed(seen: Seen) -> Iterator[Finding]:
    """A network interface has all groups at once: what one of them allows is allowed."""
    groups = [seen.groups[id_] for id_ in seen.group_ids] if seen.groups else []
    names = " and ".join(seen.group_ids)
    ingress = [rule for group in groups for rule in group.ingress]
    if shut := [port for port in PORTS if not admitted(seen, ingress, port)]:
        yield Finding(
            "SecurityGroupClosedInside",
            GROUPS,
            f"{names} let nothing in from themselves to {_ports(shut)}: the environment would hang in CREATING. Add an "
            "inbound rule for all traffic from the group itself, or for TCP 443 and TCP 5432.",
        )
    egress = [rule for group in groups for rule in group.egress]
    if shut := [port for port in PORTS if not admitted(seen, egress, port)]:
        yield Finding(
            "SecurityGroupClosedOutside",
            GROUPS,
            f"{names} let nothing out to {_ports(shut)}. Add an outbound rule for all traffic to {ANYWHERE}, or at least "
            "to the group itself and the range of the VPC.",
        )


def _ports(ports: Iterable[int]) -> str:
    return " and ".join(f"TCP {port} ({PORTS[port]})" for port in ports)
