"""Fetchers whose libraries come into memory with the first object that asks for them: most operators never need them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from ..core.origin import Fetched, Origin, Room
from .ports import Fetcher


class OnDemand:
    """Stands for a fetcher until it is needed, and then passes everything on to it."""

    def __init__(self, load: Callable[[], Fetcher]) -> None:
        """Take a function that imports the fetcher and makes one."""
        self._load = load
        self._loaded: Fetcher | None = None
        self._lock = threading.Lock()

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Look, as the fetcher does."""
        return self._fetcher().look(origin, secret)

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Fetch, as the fetcher does."""
        return self._fetcher().fetch(origin, secret, revision, room)

    def close(self) -> None:
        """End what is under way, where anything ever was."""
        if self._loaded:
            self._loaded.close()

    def _fetcher(self) -> Fetcher:
        with self._lock:  # several threads may be the first
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded
