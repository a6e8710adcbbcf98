"""What the tests about VPC endpoints do with an environment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from mwaa_operator.core.condition import Condition, Truth, merged
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.report import report

MINUTE = 60.0
CUSTOMER = {"endpointManagement": "CUSTOMER"}


def status(run: Any) -> str:
    sight = run.sights["environment"]
    return str(sight.outputs["status"]) if isinstance(sight, Observed) else "absent"


async def until(stack: Any, wanted: str, minutes: int = 1) -> Any:
    """Look once a minute until the environment has a status."""
    for _ in range(120):
        run = await stack.once()
        if status(run) == wanted:
            return run
        stack.emulator.advance(minutes * MINUTE)
    raise AssertionError(f"never {wanted}: {status(run)} {run.problems}")


def endpoints(stack: Any) -> list[dict[str, Any]]:
    """Give the endpoints that there are, those being deleted too."""
    found = boto3.client("ec2").describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [stack.account.vpc]}])
    return sorted(found["VpcEndpoints"], key=lambda each: str(each["ServiceName"]))


def groups(stack: Any) -> dict[str, dict[str, Any]]:
    """Give the security groups of the VPC by name, but EC2's own."""
    found = boto3.client("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [stack.account.vpc]}])
    return {each["GroupName"]: each for each in found["SecurityGroups"] if each["GroupName"] != "default"}


def conditions(run: Any, now: datetime | None = None) -> dict[str, Condition]:
    """Give what is said after a run."""
    if now:
        run.now = now
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def in_status(run: Any, before: list[dict[str, object]], now: str) -> list[dict[str, object]]:
    """Write the conditions of a run as a status has them."""
    return merged(before, conditions(run).values(), 1, now)


def age(shown: Mapping[str, Any]) -> float:
    """Give the seconds since an endpoint of a status was made."""
    return (datetime.now(UTC) - datetime.fromisoformat(shown["createdAt"])).total_seconds()
