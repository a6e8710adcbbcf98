"""What AWS or Airflow has, as an adapter saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from .errors import Problem


class State(StrEnum):
    """How far a thing in AWS is."""

    READY = "Ready"
    BUSY = "Busy"
    WAITING = "Waiting"
    """It makes no progress by itself: somebody else must do something first."""
    FAILED = "Failed"
    GOING = "Going"
    """Its deletion is under way."""


@dataclass(frozen=True)
class Failure:
    """An operation that AWS accepted and could not finish; the thing itself may still be usable."""

    code: str
    message: str


@dataclass(frozen=True)
class Observed:
    """One thing as it is."""

    id: str
    """What finds it again: an AWS id, or its name where AWS knows it by name."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """Values by the model's field names. A field that cannot be read is absent, and then never differs."""
    outputs: Mapping[str, object] = field(default_factory=dict)
    """What other parts may refer to and what status shows."""
    state: State = State.READY
    reason: str = ""
    message: str = ""
    usually: timedelta | None = None
    """How long this state usually lasts."""
    limit: timedelta | None = None
    """How long it may stay in this state before AWS gives up."""
    condition: str = ""
    """A condition that is true while it is in this state: `UnderMaintenance`, `Updating`."""
    passing: bool = False
    """It is on its way to something else although nothing waits for it: the next check looks at it again."""
    failure: Failure | None = None
    worked: str | None = None
    """When AWS was last asked to change it, where AWS tells: what failed before an attempt is not its end."""
    stillborn: bool = False
    """Its creation failed: it can only be deleted, and nothing is lost with it."""
    owner: str | None = None
    """The uid in its owner tag; "" when it could carry one and does not; None when its type carries no tags."""
    adoptable: bool = False
    """It carries the tag that invites adoption (`adoption: IfTagged`)."""
    remember: Mapping[str, str] = field(default_factory=dict)
    """What the adapter wants to be told at the next read: kept in status, holds no secret."""
    at_hand: object = field(default=None, compare=False, repr=False)
    """What the adapter has read beside, for the step that follows in the same run. Nobody else looks at it."""

    @property
    def answers(self) -> bool:
        """Whether it can be asked things: it is ready, or it is as it was before a change that AWS could not finish."""
        return self.state is State.READY or (self.state is State.FAILED and self.failure is not None)


@dataclass(frozen=True)
class Unreadable:
    """A part that could not be looked at: nothing is done to it, and nothing is assumed about it."""

    problem: Problem


Sight = Observed | Unreadable | None
"""What a look at a part gave: the thing, the reason it could not be seen, or that it is not there."""
