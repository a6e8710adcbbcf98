"""Exponential backoff with jitter, for each key its own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .queue import Key


@dataclass
class Backoff:
    """How long to wait after the n-th failure in a row. Seconds."""

    first: float = 2.0
    longest: float = 600.0
    jitter: float = 0.2
    _failures: dict[Key, int] = field(default_factory=dict)

    def next(self, key: Key) -> float:
        """Count a failure and give the wait that follows it."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        return self.spread(min(self.longest, self.first * 2.0 ** min(failures, 30)))

    def reset(self, key: Key) -> None:
        """Forget the failures of a key: it went well, or it is gone."""
        self._failures.pop(key, None)

    def spread(self, seconds: float) -> float:
        """Spread a wait, so that what began together does not stay together."""
        return seconds * random.uniform(1 - self.jitter, 1 + self.jitter)
