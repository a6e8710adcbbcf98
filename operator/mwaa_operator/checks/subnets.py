"""Two subnets of one VPC in two zones, with addresses for the containers (guide part 3, sections 2 and 6)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .vpc import SUBNETS, Seen

WANTED = 2


def faults(seen: Seen) -> Iterator[Finding]:
    """Name what is wrong with the subnets and their VPC."""
    if len(seen.subnet_ids) != WANTED:
        yield Finding(
            "TwoSubnetsNeeded",
            SUBNETS,
            f"Amazon MWAA needs exactly two different subnets, not {len(seen.subnet_ids)}. Name two private ones.",
        )
    if seen.subnets is None:
        return
    for id_ in seen.subnet_ids:
        if id_ not in seen.subnets:
            message = f"there is no subnet {id_} in {seen.region}. Correct the id, or the region."
            yield Finding("SubnetNotFound", SUBNETS, message)
    yield from _apart(seen)
    yield from _room(seen)
    yield from _names(seen)


def _apart(seen: Seen) -> Iterator[Finding]:
    """Compare zones and VPCs of the subnets that there are."""
    there = sorted((seen.subnets or {}).items())
    if len({subnet.zone for _, subnet in there}) < len(there):
        zones = " and ".join(f"{id_} is in {subnet.zone}" for id_, subnet in there)
        yield Finding(
            "SameAvailabilityZone",
            SUBNETS,
            f"{zones}: the two must be in different availability zones, so that one zone may fail. Take a private subnet "
            "of another zone for one of them.",
        )
    if len({subnet.vpc_id for _, subnet in there}) > 1:
        vpcs = " and ".join(f"{id_} is in {subnet.vpc_id}" for id_, subnet in there)
        yield Finding("DifferentVpcs", SUBNETS, f"{vpcs}: both must be in one VPC.")


def _room(seen: Seen) -> Iterator[Finding]:
    least, most = seen.addresses
    for id_, subnet in sorted((seen.subnets or {}).items()):
        if subnet.free < least:
            yield Finding(
                "NoFreeAddresses",
                SUBNETS,
                f"{id_} ({subnet.cidr}) has {subnet.free} free addresses, and the environment begins with {least} in it. "
                "Free some, or take a larger subnet: it cannot be exchanged later.",
            )
        elif subnet.free < most:
            yield Finding(
                "FewFreeAddresses",
                SUBNETS,
                f"{id_} ({subnet.cidr}) has {subnet.free} free addresses, and the environment may grow to {most} in it. "
                "Take a larger subnet, since it cannot be exchanged later, or lower maxWorkers.",
                Severity.WARNING,
            )


def _names(seen: Seen) -> Iterator[Finding]:
    if seen.dns and not seen.dns.support:
        yield Finding(
            "DnsSupportOff",
            SUBNETS,
            f"{seen.vpc_id} resolves no names: its attribute enableDnsSupport is false. Set it to true.",
        )
    if seen.dns and not seen.dns.hostnames and seen.without_way_out:
        yield Finding(
            "DnsHostnamesOff",
            SUBNETS,
            f"{seen.vpc_id} has enableDnsHostnames=false, and the private names of VPC endpoints need it. Set it to true.",
        )
