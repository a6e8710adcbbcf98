"""The VPC endpoints of a network without internet: those that every one has, and further ones."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .rule import ATOMIC, SET, Rule, matching
from .shared import ApiModel, Label

GATEWAY = "s3"
"""The one service whose endpoint is a gateway: it stands in route tables, and costs nothing."""
INTERFACES = ("monitoring", "logs", "ecr.dkr", "ecr.api", "sqs", "kms", "airflow.api", "airflow.env", "airflow.ops")
"""With S3 the ten services of the guide's list, each by the end of its name (part 3, section 9.2). The guide's template
(part 1, section 9) lacks `airflow.ops`, which the list calls needed."""
MOST = 30
"""AWS allows 50 interface endpoints in a VPC, of which environments have some too (VPC quotas)."""

_TEN = (GATEWAY, *INTERFACES)
Endpoints = Annotated[
    tuple[
        Annotated[
            str,
            Field(min_length=2, max_length=128),
            matching(
                r"[a-z0-9]+([.-][a-z0-9]+)*",
                "must be the end of an AWS service's endpoint name, such as `secretsmanager`, or the whole name",
            ),
        ],
        ...,
    ],
    Field(max_length=MOST),
    SET,
    Rule(
        f"!self.exists(s, s in {list(_TEN)!r})",
        f"these endpoints are made in every network without internet, leave them out: {', '.join(_TEN)}",
        lambda names: not set(names) & set(_TEN),
    ),
]


class NetworkEndpointStatus(ApiModel):
    """A VPC endpoint of a network without internet."""

    service_name: Label | None = None
    """The service that it leads to."""
    vpc_endpoint_id: Label | None = None
    """Its id."""
    state: Label | None = None
    """EC2's state of it, such as `pending` or `available`; `missing` where there is none."""


NetworkEndpoints = Annotated[tuple[NetworkEndpointStatus, ...], Field(max_length=len(_TEN) + MOST), ATOMIC]
