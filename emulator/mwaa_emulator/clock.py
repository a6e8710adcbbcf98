"""Emulated time: the wall clock, run faster or slower, and never set back.

Durations (an environment's 25 minutes in CREATING, a NAT gateway's two in pending) are counted in emulated
seconds. Time stamps that clients see (CreatedAt) are wall-clock times, because clients compare them with their own.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class ScaledClock:
    """Emulated seconds since the start, at a speed that can be changed while it runs."""

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._speed = _checked(speed)
        self._wall = time.monotonic()
        self._emulated = 0.0
        self._began = wall_now()

    @property
    def speed(self) -> float:
        """Emulated seconds per second."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        with self._lock:
            self._emulated, self._wall = self._read(), time.monotonic()
            self._speed = _checked(value)

    def now(self) -> float:
        """Emulated seconds since the start."""
        with self._lock:
            return self._read()

    def calendar(self, emulated: float | None = None) -> datetime:
        """The date at an emulated moment, now without one: the wall clock of the start and all emulated time since."""
        return self._began + timedelta(seconds=self.now() if emulated is None else emulated)

    def emulated(self, date: datetime) -> float:
        """The emulated moment of such a date."""
        return (date - self._began).total_seconds()

    def advance(self, seconds: float) -> None:
        """Let that many emulated seconds pass at once."""
        if seconds < 0:
            raise ValueError("time does not run backwards: seconds must be 0 or more")
        with self._lock:
            self._emulated += seconds

    def _read(self) -> float:
        return self._emulated + (time.monotonic() - self._wall) * self._speed


def _checked(speed: float) -> float:
    if not 0 <= speed <= 1_000_000:
        raise ValueError("speed must lie between 0 and 1000000 emulated seconds per second")
    return float(speed)


def wall_now() -> datetime:
    """The present moment as clients know it."""
    return datetime.now(UTC)
