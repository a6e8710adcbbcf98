"""Quotas of MWAA that somebody asks AWS to raise, and what came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .rule import map_of
from .shared import ApiModel, Label


class Quota(StrEnum):
    """A quota of the account in a region."""

    ENVIRONMENTS = "Environments"
    WORKERS = "Workers"
    WEBSERVERS = "Webservers"


class QuotaIncrease(ApiModel):
    """A quota that should be higher."""

    quota: Quota
    """`Environments`: in the account and region. `Workers`, `Webservers`: of one environment."""
    desired_value: Annotated[int, Field(ge=1, le=100000)]
    """What it should be at least."""


QuotaIncreases = Annotated[tuple[QuotaIncrease, ...], Field(max_length=3), map_of("quota")]


class QuotaIncreaseStatus(ApiModel):
    """What became of it."""

    quota: Label
    """The quota."""
    applied_value: int | None = None
    """What it is."""
    request_id: Label | None = None
    """The id of the request in Service Quotas."""
    state: Label | None = None
    """`Applied` where the quota is high enough; else the state of the request as AWS has it, such as `PENDING`,
    `CASE_OPENED` or `DENIED`; `Refused` where AWS took no request."""


QuotaIncreasesStatus = Annotated[tuple[QuotaIncreaseStatus, ...], Field(max_length=16), map_of("quota")]
