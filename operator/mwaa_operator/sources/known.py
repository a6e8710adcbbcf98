"""What was read once and need not be read again as long as its key is the same, such as the hash of a content."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Known(Generic[V]):
    """Values by key, at most so many: the oldest goes first."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._values: dict[Hashable, V] = {}

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Give the value of a key; make it when it is asked for the first time."""
        if key not in self._values:
            value = make()
            if len(self._values) >= self._limit:
                del self._values[next(iter(self._values))]
            self._values[key] = value
        return self._values[key]
