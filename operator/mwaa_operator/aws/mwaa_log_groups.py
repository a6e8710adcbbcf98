"""The log groups that an environment writes to, as GetEnvironment shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def log_outputs(environment: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give the groups of the logs that are enabled, by name and by ARN."""
    logging = (environment.get("LoggingConfiguration") or {}).values()
    found = [each["CloudWatchLogGroupArn"] for each in logging if each.get("Enabled") and "CloudWatchLogGroupArn" in each]
    arns = sorted(arn.removesuffix(":*") for arn in found)
    return {"log_groups": sorted(arn.partition(":log-group:")[2] for arn in arns), "log_group_arns": arns}
