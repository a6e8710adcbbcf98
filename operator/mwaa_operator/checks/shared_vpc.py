"""Subnets of another account, and the gateways of a network that shall be without internet.

Sources: the guide, part 3, sections 11 and 12, and part 4, sections 9.2 and 10.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .vpc import SUBNETS, Seen


def faults(seen: Seen) -> Iterator[Finding]:
    """Name what AWS would wait for in vain."""
    yield from _owner(seen)
    yield from _nat(seen)


def _owner(seen: Seen) -> Iterator[Finding]:
    """Only who owns a VPC can make endpoints in it: MWAA, which acts for this account, cannot."""
    owners = {id_: subnet.owner for id_, subnet in sorted((seen.subnets or {}).items())}
    others = {id_: owner for id_, owner in owners.items() if owner not in ("", seen.account)}
    if others and not seen.customer_endpoints:
        whose = " and ".join(f"{id_} is of account {owner}" for id_, owner in others.items())
        yield Finding(
            "SharedVpcWithoutCustomerEndpoints",
            SUBNETS,
            f"{whose}, and the environment is of account {seen.account}: MWAA can make no VPC endpoints there. Set "
            "spec.endpointManagement: CUSTOMER, which can never be changed later, or take subnets of your own.",
        )


def _nat(seen: Seen) -> Iterator[Finding]:
    if seen.access_mode != "PRIVATE_ONLY":
        return
    for id_ in sorted(seen.subnets or ()):
        table = seen.table(id_)
        for route in table.routes if table else ():
            if route.target.startswith("nat-"):
                yield Finding(
                    "NatGatewayInPrivateMode",
                    SUBNETS,
                    f"{id_} leads to {route.target}, a NAT gateway, though the web server is private. If the network shall "
                    "be without internet, take the route out and make the VPC endpoints; else leave it.",
                    Severity.WARNING,
                )
