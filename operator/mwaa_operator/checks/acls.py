"""Network ACLs, which know no connections: both directions must be open for what flows (guide part 3, section 5)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from ..core.finding import Finding
from .vpc import ALL, ANYWHERE, SUBNETS, Acl, AclEntry, Seen

SERVICES = (443, 5432)
REPLIES = (1024, 32768, 65535)
"""Where answers come back to: some of the ports that Linux, NAT gateways and endpoints take."""
TCP = frozenset({ALL, "6", "tcp"})


def faults(seen: Seen) -> Iterator[Finding]:
    """Name what the ACLs of the subnets stop."""
    subnets = (seen.subnets or {}).values()
    ranges = [subnet.cidr for subnet in subnets]
    outside = [ANYWHERE] if not seen.without_way_out else []
    for acl in seen.acls or ():
        if not any(subnet.id in acl.subnet_ids for subnet in subnets):
            continue
        for egress, word, fix in ((False, "in", "inbound"), (True, "out", "outbound")):
            # inside both sides ask and answer; from outside only answers come, and to outside only requests go
            needs = [(port, end) for end in ranges for port in (*SERVICES, *REPLIES)]
            needs += [(port, end) for end in outside for port in ((443,) if egress else REPLIES)]
            if stopped := sorted({(end, port) for port, end in needs if not _open(acl, egress, port, end)}):
                yield Finding(
                    "NetworkAclBlocks",
                    SUBNETS,
                    f"{acl.id} lets no TCP {word} {'to' if egress else 'from'} {_shown(stopped)}. ACLs keep no state, so "
                    f"answers need rules too: add an {fix} rule that allows all traffic with {ANYWHERE}, as the guide has "
                    "it, or those ports.",
                )


def _open(acl: Acl, egress: bool, port: int, end: str) -> bool:
    """Take the first rule by number that covers the need; one that covers a part of it says nothing."""
    rules = sorted((each for each in acl.entries if each.egress is egress), key=lambda each: each.number)
    return next((rule.allow for rule in rules if _covers(rule, port, end)), False)


def _covers(rule: AclEntry, port: int, end: str) -> bool:
    if rule.protocol not in TCP or not (rule.protocol == ALL or rule.first <= port <= rule.last):
        return False
    try:
        return ipaddress.IPv4Network(end).subnet_of(ipaddress.IPv4Network(rule.cidr))
    except ValueError:  # a rule for IPv6
        return False


def _shown(stopped: Iterable[tuple[str, int]]) -> str:
    found: dict[str, list[str]] = {}
    for end, port in stopped:
        found.setdefault(end, []).append(str(port))
    return ", ".join(f"{end} (ports {', '.join(ports)})" for end, ports in found.items())
