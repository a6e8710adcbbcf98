"""Everything that can go wrong outside, in the few classes that the engine treats differently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What to do about a problem."""

    NOT_YET = "NotYet"
    """Busy, or something fresh is not visible yet: ask again soon, this is no error."""
    THROTTLED = "Throttled"
    UNAVAILABLE = "Unavailable"
    """AWS or Airflow is down, slow, or did not answer: back off and try again."""
    DENIED = "Denied"
    """No permission or no credentials: try again slowly, and name the action."""
    REFUSED = "Refused"
    """The input is bad in AWS's eyes: changes when the input changes, and is tried again slowly."""
    NOT_FOUND = "NotFound"
    HELD = "Held"
    """It cannot be deleted while something is in it or uses it."""


PASSING = frozenset({Trouble.NOT_YET, Trouble.THROTTLED, Trouble.UNAVAILABLE})
"""Those that end without anybody's doing."""


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong, ready to be shown: `message` says what, where and what to do."""

    trouble: Trouble
    reason: str
    message: str
    action: str = ""
    """Of a denial: what is missing, as IAM names it."""
    plain: str = ""
    """What was tried and what was answered, without what to do about it. Empty: `message` has no more than that."""


class OutsideError(Exception):
    """Raised by adapters and by the Kubernetes port; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@contextmanager
def unless_gone() -> Iterator[None]:
    """Leave the block where what it asks for, or deletes, is not there."""
    try:
        yield
    except OutsideError as error:
        if error.problem.trouble is not Trouble.NOT_FOUND:
            raise
