"""Do the account's quotas leave room (guide part 4, section 9.1), and has this Airflow what is sized here?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..core.errors import OutsideError
from ..core.finding import Finding, Severity
from ..core.part import Model
from ..resources.mwaa import Environment
from .asking import Asking, not_checked
from .version import before

ENVIRONMENTS, WORKERS, WEBSERVERS = "Environments", "Workers", "Web servers"
DEFAULTS: Mapping[str, int] = {ENVIRONMENTS: 10, WORKERS: 25, WEBSERVERS: 5}
"""The guide's quotas (May 2024); AWS raises each on request."""
SCALING_SINCE = "2.2.2"
"""From this version on web servers can be scaled (guide part 1, section 10)."""


class QuotaFacts(Protocol):
    """Knows quotas and what is used of them. Both methods may raise `OutsideError`."""

    async def names(self, region: str) -> Sequence[str]:
        """Name the environments of the account in the region."""
        ...

    async def quotas(self, region: str) -> Mapping[str, int]:
        """Give the account's quotas, by `ENVIRONMENTS`, `WORKERS` and `WEBSERVERS`; what is not known is left out."""
        ...


@dataclass(frozen=True)
class Quota:
    """One quota; `known` says whether it was read, or is what AWS gives by default."""

    value: int
    known: bool

    @property
    def severity(self) -> Severity:
        """Refuse by what was read only: the default may have been raised."""
        return Severity.ERROR if self.known else Severity.WARNING

    @property
    def shown(self) -> str:
        """Say where the number comes from."""
        return f"the quota is {self.value}" if self.known else f"the quota is {self.value} unless AWS has raised it"


class QuotasCheck:
    """Compares what is declared with the account's quotas."""

    NAME: ClassVar[str] = "quotas"

    def __init__(self, facts: QuotaFacts) -> None:
        self._facts = facts

    async def findings(self, model: Model, region: str) -> Sequence[Finding]:
        """Name every quota that is too small, and sizes that the version does not have.

        Raises:
            OutsideError: AWS could not be asked.
            TypeError: the model is no environment.
        """
        if not isinstance(model, Environment):
            raise TypeError(f"{type(model).__name__} is not an environment")
        asking = Asking()
        names, (read, notices) = await asyncio.gather(
            asking.answer(self._facts.names(region), "spec", "the number of environments in the account"),
            self._read(region),
        )
        quotas = {name: Quota(read.get(name, value), name in read) for name, value in DEFAULTS.items()}
        found = [*_environments(model, names, quotas[ENVIRONMENTS], region), *_sizes(model, quotas), *_scaling(model)]
        # where the defaults are enough, nobody needs to know that they are not the account's own
        return (*found, *asking.notices, *(notices if found else ()))

    async def _read(self, region: str) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
        """Read the quotas. Service Quotas is not needed for anything else: whatever it answers holds up nothing."""
        try:
            return await self._facts.quotas(region), ()
        except OutsideError as error:
            return {}, (not_checked("spec", "the account's quotas", error.problem.message),)


def _environments(want: Environment, names: Sequence[str] | None, quota: Quota, region: str) -> Iterator[Finding]:
    if names is not None and want.name not in names and len(names) >= quota.value:
        yield Finding(
            "EnvironmentQuotaReached",
            "spec",
            f"there are {len(names)} environments in {region}, and {quota.shown}. Delete one, or ask for more in Service "
            "Quotas.",
            quota.severity,
        )


def _sizes(want: Environment, quotas: Mapping[str, Quota]) -> Iterator[Finding]:
    workers, servers = quotas[WORKERS], quotas[WEBSERVERS]
    for field, count in (("minWorkers", want.min_workers), ("maxWorkers", want.max_workers)):
        if count is not None and count > workers.value:
            yield Finding(
                "WorkerQuotaExceeded",
                f"spec.{field}",
                f"{count} workers are asked for, and {workers.shown}. Lower it, or ask for more in Service Quotas.",
                workers.severity,
            )
    for field, count in (("minWebservers", want.min_webservers), ("maxWebservers", want.max_webservers)):
        if count is not None and count > servers.value:
            yield Finding(
                "WebServerQuotaExceeded",
                f"spec.{field}",
                f"{count} web servers are asked for, and {servers.shown}. Lower it, or ask for more in Service Quotas.",
                servers.severity,
            )


def _scaling(want: Environment) -> Iterator[Finding]:
    for field, count in (("minWebservers", want.min_webservers), ("maxWebservers", want.max_webservers)):
        if count is not None and before(want.airflow_version, SCALING_SINCE):
            yield Finding(
                "WebServersNotScalable",
                f"spec.{field}",
                f"Airflow {want.airflow_version} on MWAA has one web server: more than one come with {SCALING_SINCE}. "
                f"Leave {field} out, or take a newer version.",
            )
