"""What somebody else has to make before AWS goes on with an environment that is PENDING."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SERVICES: Mapping[str, str] = {
    "database": "DatabaseVpcEndpointService",
    "web server": "WebserverVpcEndpointService",
}
"""What an endpoint leads to, and the member of GetEnvironment that names its service."""


def for_others(environment: Mapping[str, Any]) -> str:
    """Tell those who make the VPC endpoints themselves what AWS waits for (guide, 03 section 10).

    Args:
        environment: the answer of GetEnvironment.
    """
    given = {what: environment[member] for what, member in SERVICES.items() if environment.get(member)}
    network = environment.get("NetworkConfiguration") or {}
    services = " and ".join(f"{service} ({what})" for what, service in given.items())
    return (
        "AWS waits for VPC endpoints that you make (spec.customerEndpoints.madeBy is Other): an interface endpoint in "
        f"{_listed('subnet', network.get('SubnetIds'))}, open on 443 and 5432 for "
        f"{_listed('security group', network.get('SecurityGroupIds'))}, to "
        f"{services or 'each service that status will name'}"
    )


def _listed(what: str, ids: Sequence[str] | None) -> str:
    found = sorted(ids or ())
    return f"{what}{'s' * (len(found) > 1)} {' and '.join(found)}" if found else f"the environment's {what}s"
