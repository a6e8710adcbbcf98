"""What was read once and need not be read again as long as its key is the same, such as the hash of a content."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Known(Generic[V]):
    """Values by key, at most so many: the oldest goes first. Any thread may ask."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._values: dict[Hashable, V] = {}
        self._changing = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Give the value of a key; make it when it is asked for the first time.

        Two threads that ask at once may both make it: nobody waits while something is made.
        """
        with self._changing:
            if key in self._values:
                return self._values[key]
        value = make()
        with self._changing:
            if key not in self._values and len(self._values) >= self._limit:
                del self._values[next(iter(self._values))]
            return self._values.setdefault(key, value)
