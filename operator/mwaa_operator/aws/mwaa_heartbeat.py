"""Whether CloudWatch has a heartbeat of an environment's scheduler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.observed import Observed, State
from ..resources.probes import SchedulerBeats
from .metrics import beats
from .session import Aws

SINCE = "silentSince"


def _now() -> datetime:
    return datetime.now(UTC)


class SchedulerHeartbeat(ReadOnly[SchedulerBeats]):
    """Asks; changes nothing."""

    TYPE: ClassVar[str] = SchedulerBeats.TYPE

    def __init__(self, aws: Aws, now: Callable[[], datetime] = _now) -> None:
        self._aws = aws
        self._now = now

    async def read(self, targets: Sequence[Target[SchedulerBeats]]) -> Mapping[str, Observed]:
        """Ask about each environment."""
        return await one_by_one(in_graph(targets), self._look)

    async def _look(self, target: Target[SchedulerBeats]) -> Observed:
        want, now = target.want, self._now()
        name, minutes = str(want.environment), int(want.within.total_seconds() // 60)
        if await beats(self._aws, target.region, name, now - want.within, now):
            return Observed(id=name, message=f"CloudWatch has a heartbeat of the scheduler within {minutes} min")
        # a scheduler that was just started, as after an update, gets the whole time from the first look on
        since = target.remembered.get(SINCE) or now.isoformat(timespec="seconds")
        lasting = now - datetime.fromisoformat(since) >= want.within and want.status != "MAINTENANCE"
        text = (
            f"no SchedulerHeartbeat of {name} in CloudWatch since {since} at the latest. First look whether the security "
            f"group lets port 5432 through to itself, then at the requirements, then at the load: the log group is "
            f"airflow-{name}-Scheduler"
        )
        state = State.FAILED if lasting else State.READY
        return Observed(id=name, state=state, reason="SchedulerSilent", message=text, remember={SINCE: since})
