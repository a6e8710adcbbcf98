"""When something disruptive may be done: a change window, and the wait for further edits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim


@dataclass(frozen=True)
class Window:
    """A time that comes again and again."""

    schedule: str
    """When it opens: five fields of cron, in the time zone."""
    duration: timedelta
    time_zone: str = "UTC"
    """A name of the IANA database."""

    def opens(self, now: datetime) -> datetime | None:
        """Say when it opens next; None while it is open.

        Raises:
            ValueError: the schedule or the time zone means nothing.
        """
        here = now.astimezone(ZoneInfo(self.time_zone))
        # the last opening that could still be open
        first = next(CronSim(self.schedule, here - self.duration))
        return None if first <= here else first
