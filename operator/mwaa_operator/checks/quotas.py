"""Do the account's own quotas leave room (guide part 4, section 9.1)? What is usual is looked at by `offered`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..core.errors import OutsideError
from ..core.finding import Finding, Severity
from ..resources.mwaa import Environment
from .asking import Asking, cause, not_checked
from .offered import webservers_above_quota, workers_above_quota

ENVIRONMENTS, WORKERS, WEBSERVERS = "Environments", "Workers", "Web servers"
USUAL_ENVIRONMENTS = 10
"""The guide's quota (May 2024); AWS raises it on request."""


class QuotaFacts(Protocol):
    """Knows quotas and what is used of them. Both methods may raise `OutsideError`."""

    async def names(self, region: str) -> Sequence[str]:
        """Name the environments of the account in the region."""
        ...

    async def quotas(self, region: str) -> Mapping[str, int]:
        """Give the account's quotas, by `ENVIRONMENTS`, `WORKERS` and `WEBSERVERS`; what is not known is left out."""
        ...


@dataclass(frozen=True)
class Room:
    """The quota of environments; `known` says whether it was read, or is what AWS gives by default."""

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

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name every quota that is too small.

        Raises:
            OutsideError: AWS could not be asked.
        """
        asking = Asking()
        names, (read, notices) = await asyncio.gather(
            asking.answer(self._facts.names(region), "spec", "the number of environments in the account"),
            self._read(region),
        )
        room = Room(read.get(ENVIRONMENTS, USUAL_ENVIRONMENTS), ENVIRONMENTS in read)
        found = [*_environments(model, names, room, region), *_sizes(model, read)]
        # where the usual quota is enough, nobody needs to know that it is not the account's own
        return (*found, *asking.notices, *(notices if found else ()))

    async def _read(self, region: str) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
        """Read the quotas. Service Quotas is not needed for anything else: whatever it answers holds up nothing."""
        try:
            return await self._facts.quotas(region), ()
        except OutsideError as error:
            return {}, (not_checked("spec", "the account's quotas", cause(error.problem)),)


def _environments(want: Environment, names: Sequence[str] | None, quota: Room, region: str) -> Iterator[Finding]:
    if names is not None and want.name not in names and len(names) >= quota.value:
        yield Finding(
            "EnvironmentQuotaReached",
            "spec",
            f"there are {len(names)} environments in {region}, and {quota.shown}. Delete one, or ask for more in Service "
            "Quotas.",
            quota.severity,
        )


def _sizes(want: Environment, read: Mapping[str, int]) -> Iterator[Finding]:
    workers, servers = read.get(WORKERS), read.get(WEBSERVERS)
    for field, count in (("minWorkers", want.min_workers), ("maxWorkers", want.max_workers)):
        if count is not None and workers is not None:
            yield from workers_above_quota(f"spec.{field}", count, workers, own=True)
    for field, count in (("minWebservers", want.min_webservers), ("maxWebservers", want.max_webservers)):
        if count is not None and servers is not None:
            yield from webservers_above_quota(f"spec.{field}", count, servers, own=True)
