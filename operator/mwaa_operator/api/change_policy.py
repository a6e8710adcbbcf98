"""When and how changes are made that interrupt those who use an environment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from .duration import Duration
from .rule import matching
from .shared import ApiModel, SharedSpec

_FIELD = r"[0-9A-Za-z*/,#L-]+"


def _schedule(text: str) -> str:
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise PydanticCustomError("schedule", "is no schedule of cron: {why}", {"why": str(error)}) from error
    return text


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("time_zone", "is not in the IANA time zone database")
    return name


class ChangeWindow(ApiModel):
    """A time that comes again and again."""

    schedule: Annotated[
        str,
        Field(min_length=9, max_length=100),
        matching(
            rf"{_FIELD}( {_FIELD}){{4}}",
            "must be five fields of cron: minute, hour, day of the month, month, day of the week, such as `0 22 * * SAT`",
        ),
        AfterValidator(_schedule),
    ]
    """When it opens, as five fields of cron: `0 22 * * SAT` is Saturday at 22:00."""
    duration: Duration
    """How long it is open. An update that AWS has begun goes on after that."""
    time_zone: Annotated[
        str,
        Field(min_length=1, max_length=64),
        matching(
            r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*",
            "must be a name of the IANA time zone database, such as `Europe/Berlin`",
        ),
        AfterValidator(_time_zone),
    ] = "UTC"
    """The time zone of the schedule, such as `Europe/Berlin`. Summer time is minded."""


class Upgrade(ApiModel):
    """What must be said before the version of Airflow is changed."""

    acknowledge_downtime: bool = False
    """A change of version ends all running tasks, and the environment may be away for two hours: that is known and agreed.
    With a `changeWindow` it need not be said."""
    allow_downgrade: bool = False
    """An older version may be asked for, where AWS has a way back."""
    accept_mismatches: bool = False
    """The version is changed although requirements, options or plugins do not fit it, as far as can be seen."""


class ChangePolicySpec(SharedSpec):
    """When and how changes are made that interrupt those who use it."""

    change_window: ChangeWindow | None = None
    """When updates that restart something may be sent. Left out: at any time."""
    settle_for: Duration = "0s"
    """How long such an update waits for further edits, so that they become one."""
    upgrade: Upgrade = Upgrade()
    """What must be said before the version of Airflow is changed."""
    recreate_limit: Annotated[int, Field(ge=0, le=10)] = 0
    """How many times in a row an environment that AWS could not create is deleted and created anew, once the preflight
    checks find nothing. 0: never; the failed one stays, so that its logs can be read."""
