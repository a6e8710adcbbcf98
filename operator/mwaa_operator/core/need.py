"""Why a step cannot be taken yet: each unmet need is a sentence in the plan and in a condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EndsBy(StrEnum):
    """Who ends the wait."""

    TIME = "Time"
    """It ends by itself: AWS works, or another object gets ready."""
    USER = "User"
    """It ends when the user changes something."""


@dataclass(frozen=True)
class Need:
    """One unmet need of a step.

    `reason` is CamelCase, from the list in `core.condition`; `message` says what is missing, where, and what to do.
    `condition` names the condition that shows it beside Ready, such as `ReferencesResolved`.
    """

    reason: str
    message: str
    ends_by: EndsBy = EndsBy.TIME
    condition: str = ""
    until: datetime | None = None
    """When it ends by itself, where that is known: nobody has to look before."""
