"""What the components of an environment write when they start: into their logs, in streams of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Late, Model, attr

STREAMS: Mapping[str, str] = {"requirements": "requirements_install", "startup_script": "startup_script_"}
"""How the streams begin (guide part 2, sections 8 and 12). Editions of the guide spell the rest in several ways."""
COMPONENTS: Mapping[str, str] = {"Scheduler": "scheduler", "Worker": "worker", "WebServer": "web server"}
"""The last part of the log groups of what installs, and its name for people."""


@dataclass(frozen=True)
class InstallLogs(Model):
    """What all components say of one file since they were started last.

    It is asked for while AWS updates the environment and for a while after it, and not again before the next update.

    Outputs: `done`, whether that is the last word.
    """

    TYPE: ClassVar[str] = "mwaa/install-logs"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    file: str = attr(compare=False)
    """A key of `STREAMS`."""
    environment: str | Late = attr(compare=False)
    status: str | Late = attr(compare=False)
    created_at: str | Late = attr(compare=False)
    last_update: Mapping[str, str | None] | Late = attr(compare=False)
    log_groups: Sequence[str] | Late = attr(compare=False)
    """Those of the logs that are enabled."""
    python: str = attr(compare=False, default="")
    """The Python that goes with the version of Airflow, such as `3.11`; empty where nobody knows."""
    emptied: bool = attr(compare=False, default=False)
    """The file left the spec, and an empty one stands in its place."""
