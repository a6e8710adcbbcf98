"""Quotas of MWAA and what is used of them, for the check that stands before an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..checks.quotas import ENVIRONMENTS, WEBSERVERS, WORKERS
from .mwaa_names import EnvironmentNames
from .session import Aws

CODE = "airflow"
"""MWAA in Service Quotas."""
COUNTED_SECONDS = 5.0
"""How old a count of environments may be: of many that are created at once, AWS refuses what is one too many."""


class QuotaFacts:
    """Reads Service Quotas and lists environments."""

    def __init__(self, aws: Aws, names: EnvironmentNames) -> None:
        self._aws = aws
        self._names = names

    async def names(self, region: str) -> Sequence[str]:
        """Name the environments of the account in the region."""
        return await self._names.read(region, COUNTED_SECONDS)

    async def quotas(self, region: str) -> Mapping[str, int]:
        """Give the account's quotas. They are known by their names: the codes are nowhere published."""
        found = await self._aws.pages(region, "service-quotas", "list_service_quotas", "Quotas", ServiceCode=CODE)
        named = ((which(each["QuotaName"]), int(each["Value"])) for each in found)
        return {name: value for name, value in named if name}


def which(name: str) -> str | None:
    """Tell which quota a name of Service Quotas means; None for others."""
    words = name.lower().replace(" ", "")
    if "webserver" in words:
        return WEBSERVERS
    if "worker" in words:
        return WORKERS
    return ENVIRONMENTS if "environment" in words else None
