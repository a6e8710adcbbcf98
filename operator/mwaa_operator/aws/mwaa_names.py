"""The names of all environments of a region: a list that comes in pages of 25, and that many creations at once want."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .session import Aws

TIMES = 5
"""How many times as long as it took a list is good for at least: else many thousands would be listed all the time."""


@dataclass
class _Region:
    names: Sequence[str] = ()
    at: float | None = None
    took: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Many at once ask once."""


class EnvironmentNames:
    """Lists environments; one list serves all who come soon after."""

    def __init__(self, aws: Aws, clock: Callable[[], float] = time.monotonic) -> None:
        self._aws = aws
        self._clock = clock
        self._regions: dict[str, _Region] = {}

    async def read(self, region: str, age: float) -> Sequence[str]:
        """Name the environments of the account in the region.

        Args:
            region: where.
            age: how old the list may be, in seconds; one that took long may be older.

        Raises:
            OutsideError: ListEnvironments was not answered.
        """
        known = self._regions.setdefault(region, _Region())
        async with known.lock:
            begun = self._clock()
            if known.at is None or begun - known.at >= max(age, TIMES * known.took):
                known.names = await self._aws.pages(region, "mwaa", "list_environments", "Environments")
                known.at = self._clock()
                known.took = known.at - begun
            return known.names
