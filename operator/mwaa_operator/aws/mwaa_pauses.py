"""Whether an environment's tasks come in bursts, as CloudWatch has counted them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from ..checks.load import pause
from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.observed import Observed
from ..resources.probes import PausesOfTasks
from .metrics import tasks
from .session import Aws

SPAN = timedelta(hours=3)
"""How far back is looked."""


def _now() -> datetime:
    return datetime.now(UTC)


class Pauses(ReadOnly[PausesOfTasks]):
    """Asks; changes nothing."""

    TYPE: ClassVar[str] = PausesOfTasks.TYPE

    def __init__(self, aws: Aws, now: Callable[[], datetime] = _now) -> None:
        self._aws = aws
        self._now = now

    async def read(self, targets: Sequence[Target[PausesOfTasks]]) -> Mapping[str, Observed]:
        """Ask about each environment that scales; of the others there is nothing to know."""
        return await one_by_one(in_graph(targets), self._look)

    async def _look(self, target: Target[PausesOfTasks]) -> Observed:
        want, now = target.want, self._now()
        name = str(want.environment)
        if want.min_workers == want.max_workers:
            return Observed(id=name, outputs={"pause": None})
        counted = await tasks(self._aws, target.region, name, now - SPAN, now)
        return Observed(id=name, outputs={"pause": pause(counted)})
