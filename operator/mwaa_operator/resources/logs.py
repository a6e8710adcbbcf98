"""What is kept in CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Effect, Missing, Model, attr


@dataclass(frozen=True)
class LogGroup(Model):
    """A log group. MWAA uses one that exists under its name, so it is made before the environment.

    Outputs: `name`, `arn` (without the `:*` that some policies want behind it).
    """

    TYPE: ClassVar[str] = "logs/group"

    name: str = attr(Effect.REFUSED)
    tags: Mapping[str, str] = attr(subset=True)
    retention_in_days: int | None = attr(default=None)
    """None: whatever it is now; CloudWatch Logs keeps for ever what has no retention."""
    kms_key: str | Missing | None = attr(default=None)
    """The ARN of the key for events that come from now on. None: whatever it is now."""
