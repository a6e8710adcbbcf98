"""Without a way to the internet an environment needs an endpoint for each service (guide part 3, sections 3 and 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.finding import Finding, Severity
from ..resources.ec2_services import service_name
from .document import opens
from .groups import admitted
from .vpc import SUBNETS, Endpoint, Seen

NEEDED = ("s3", "monitoring", "logs", "ecr.dkr", "ecr.api", "sqs", "kms", "airflow.api", "airflow.env")
LISTED = "airflow.ops"
"""In the guide's list, and not in its template: environments run without it."""
WORKING = frozenset({"available", "pending"})


def faults(seen: Seen) -> Iterator[Finding]:
    """Name the endpoints that are missing, and what is wrong with those that are there."""
    if seen.endpoints is None or not seen.without_way_out:
        return
    there = {suffix: _of(seen, suffix) for suffix in (*NEEDED, LISTED)}
    leads = f"{' and '.join(seen.without_way_out)} have no default route"
    if missing := [_name(seen, suffix) for suffix in NEEDED if not there[suffix]]:
        yield Finding(
            "MissingEndpoints",
            SUBNETS,
            f"{leads}, and {seen.vpc_id} has no VPC endpoint for {', '.join(missing)}. Make these endpoints, or add a "
            "default route to a NAT gateway.",
        )
    if not there[LISTED]:
        yield Finding(
            "MissingOpsEndpoint",
            SUBNETS,
            f"{leads}, and {seen.vpc_id} has no VPC endpoint for {_name(seen, LISTED)}, which the guide lists as needed.",
            Severity.WARNING,
        )
    for suffix, points in there.items():
        if points:
            yield from _one_works(seen, suffix, points)


def _of(seen: Seen, suffix: str) -> list[Endpoint]:
    # in China the names begin otherwise
    return [each for each in seen.endpoints or () if each.service.endswith(f".{seen.region}.{suffix}")]


def _name(seen: Seen, suffix: str) -> str:
    return service_name(suffix, seen.region)


def _one_works(seen: Seen, suffix: str, points: Sequence[Endpoint]) -> Iterator[Finding]:
    """Of several endpoints for one service, one that is right is enough; else the faults of the first are named."""
    faults = [list(_wrong(seen, suffix, point)) for point in points]
    if all(faults):
        yield from faults[0]


def _wrong(seen: Seen, suffix: str, point: Endpoint) -> Iterator[Finding]:
    name, wanted = f"{point.id} ({point.service})", set(seen.subnets or ())
    if point.state.lower() not in WORKING:
        message = f"the VPC endpoint {name} is {point.state}. Delete it, and make a new one."
        yield Finding("EndpointNotAvailable", SUBNETS, message)
    if suffix == "s3" and point.policy:
        yield from _narrow(seen, name, point)
    if point.type.lower() == "gateway":
        tables = {id_: table.id for id_ in sorted(wanted) if (table := seen.table(id_))}
        if unled := {id_: table for id_, table in tables.items() if table not in point.route_table_ids}:
            shown = " and ".join(f"{table} of {id_}" for id_, table in unled.items())
            yield Finding(
                "GatewayEndpointNotRouted",
                SUBNETS,
                f"the gateway endpoint {name} is not in the route table {shown}. Add it there.",
            )
        return
    if away := sorted(wanted - point.subnet_ids):
        yield Finding(
            "EndpointOutsideSubnets",
            SUBNETS,
            f"the VPC endpoint {name} has no interface in {' and '.join(away)}. Add the subnets to the endpoint.",
        )
    # S3's interface endpoint answers by names of its own (guide part 3, section 10)
    if not point.private_dns and suffix != "s3":
        yield Finding(
            "EndpointWithoutPrivateDns",
            SUBNETS,
            f"the VPC endpoint {name} has no private DNS, so the service's name leads out of the VPC. Switch it on.",
        )
    groups = [seen.groups[id_] for id_ in sorted(point.group_ids) if seen.groups and id_ in seen.groups]
    if groups and not admitted(seen, [rule for group in groups for rule in group.ingress], 443):
        yield Finding(
            "EndpointClosed",
            SUBNETS,
            f"the security groups of the VPC endpoint {name}, {' and '.join(sorted(point.group_ids))}, let no TCP 443 in "
            f"from {' and '.join(seen.group_ids)}. Add such an inbound rule, or give the endpoint the environment's group.",
        )


def _narrow(seen: Seen, name: str, point: Endpoint) -> Iterator[Finding]:
    """Look for the two buckets that an environment reads from: its own, and the one with the layers of ECR's images."""
    partition = seen.bucket_arn.split(":")[1] if ":" in seen.bucket_arn else "aws"
    layers = f"arn:{partition}:s3:::prod-{seen.region}-starport-layer-bucket"
    needed = [f"{bucket}/any" for bucket in (layers, seen.bucket_arn) if bucket]
    if shut := [each.removesuffix("/any") for each in needed if not opens(point.policy, "s3:GetObject", each)]:
        yield Finding(
            "EndpointPolicyTooNarrow",
            SUBNETS,
            f"the policy of the VPC endpoint {name} does not let s3:GetObject pass on {' and '.join(shut)}. Allow it on "
            "both the environment's bucket and ECR's layers, or give the endpoint full access.",
        )
