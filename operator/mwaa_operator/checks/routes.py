"""Where the two private subnets lead: not to an internet gateway, not into the void (guide part 3, sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .vpc import SUBNETS, RouteTable, Seen


def faults(seen: Seen) -> Iterator[Finding]:
    """Name what is wrong with the routes of the subnets."""
    if seen.tables is None:
        return
    used: dict[str, tuple[RouteTable, list[str]]] = {}
    for id_ in sorted(seen.subnets or ()):
        if table := seen.table(id_):
            used.setdefault(table.id, (table, []))[1].append(id_)
    for table, subnets in used.values():
        yield from _leading(" and ".join(subnets), table)
    if seen.access_mode == "PUBLIC_ONLY" and len(seen.without_way_out) == len(seen.subnets or ()) > 0:
        yield Finding(
            "PublicAccessWithoutInternet",
            "spec.webserverAccessMode",
            "the subnets have no way to the internet, and the guide has such networks only with PRIVATE_ONLY: the web "
            "server would be open to the internet all the same. Set PRIVATE_ONLY, or add NAT gateways.",
            Severity.WARNING,
        )


def _leading(subnets: str, table: RouteTable) -> Iterator[Finding]:
    for route in table.routes:
        leads = f"{table.id}, the route table of {subnets}, sends {route.destination} to {route.target}"
        if route.blackhole:
            yield Finding(
                "BlackholeRoute",
                SUBNETS,
                f"{leads}, which is gone (state blackhole). Point the route to a NAT gateway that exists, or delete it.",
            )
        elif route.target.startswith("igw-"):
            yield Finding(
                "RouteToInternetGateway",
                SUBNETS,
                f"{leads}, an internet gateway: such a subnet is public, and MWAA works in private ones only. Give a "
                "subnet whose route leads to a NAT gateway.",
            )
