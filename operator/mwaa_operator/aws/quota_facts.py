"""Quotas of MWAA and what is used of them, for the check that stands before an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..checks.quotas import ENVIRONMENTS, WEBSERVERS, WORKERS
from .mwaa_names import EnvironmentNames
from .session import Aws

CODE = "airflow"
"""MWAA in Service Quotas."""
COUNTED_SECONDS = 5.0
"""How old a count of environments may be: of many that are created at once, AWS refuses what is one too many."""


@dataclass(frozen=True)
class Quota:
    """A quota as it is."""

    code: str
    value: int


class QuotaFacts:
    """Reads Service Quotas and lists environments."""

    def __init__(self, aws: Aws, names: EnvironmentNames) -> None:
        self._aws = aws
        self._names = names

    async def names(self, region: str) -> Sequence[str]:
        """Name the environments of the account in the region."""
        return await self._names.read(region, COUNTED_SECONDS)

    async def quotas(self, region: str) -> Mapping[str, int]:
        """Give the account's quotas."""
        return {name: quota.value for name, quota in (await quotas(self._aws, region)).items()}


async def quotas(aws: Aws, region: str) -> Mapping[str, Quota]:
    """Give the quotas of MWAA by what they are. Their codes are nowhere published, so they are known by their names."""
    found = await aws.pages(region, "service-quotas", "list_service_quotas", "Quotas", ServiceCode=CODE)
    named = ((_which(each["QuotaName"]), Quota(each["QuotaCode"], int(each["Value"]))) for each in found)
    return {name: quota for name, quota in named if name}


def _which(name: str) -> str | None:
    """Tell which quota a name of Service Quotas means; None for others."""
    words = name.lower().replace(" ", "")
    if "webserver" in words:
        return WEBSERVERS
    if "worker" in words:
        return WORKERS
    return ENVIRONMENTS if "environment" in words else None
