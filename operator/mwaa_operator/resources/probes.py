"""Questions about a running environment that are asked on request only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from ..core.part import Late, Model, attr


@dataclass(frozen=True)
class WebserverAnswers(Model):
    """The web server answers, with whatever it has to say to somebody who has not signed in."""

    TYPE: ClassVar[str] = "mwaa/webserver-answers"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    host: str | Late = attr(compare=False)
    access_mode: str | Late = attr(compare=False)
    status: str | Late = attr(compare=False)
    """MWAA's status: during MAINTENANCE a web server that does not answer is nothing to worry about."""


@dataclass(frozen=True)
class SchedulerBeats(Model):
    """CloudWatch has a heartbeat of the scheduler."""

    TYPE: ClassVar[str] = "mwaa/scheduler-beats"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    status: str | Late = attr(compare=False)
    within: timedelta = attr(compare=False, default=timedelta(minutes=10))
    """How old the last one may be."""


@dataclass(frozen=True)
class PausesOfTasks(Model):
    """CloudWatch knows when there was no task.

    Outputs: `pause`, the minutes of the last pause between tasks in which workers go and are wanted back; see
    `checks.load.pause`. None where there was none, or where the number of workers is fixed.
    """

    TYPE: ClassVar[str] = "mwaa/pauses-of-tasks"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    min_workers: int | Late = attr(compare=False)
    max_workers: int | Late = attr(compare=False)
