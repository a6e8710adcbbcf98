"""What a log line is about: the object, its generation and the run."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from .queue import Key


@dataclass(frozen=True)
class Trace:
    """One run of one object."""

    key: Key
    generation: int
    reconcile_id: str


current: ContextVar[Trace | None] = ContextVar("current", default=None)
