"""The work queue: each key at most once in it and once at work, users before routine, delays without sleeping workers."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, order=True)
class Key:
    """One object of ours."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


class Priority(IntEnum):
    """What goes first."""

    USER = 0
    """Somebody changed something."""
    ROUTINE = 1
    """A look that was due."""


class Queue:
    """Keys to reconcile.

    A key that is added while it is at work runs once more afterwards. Adding a key again keeps the earlier time and the
    higher priority, so a change never waits for a poll.
    """

    def __init__(self) -> None:
        self._ready: list[tuple[Priority, int, Key]] = []
        self._delayed: list[tuple[float, int, Key]] = []
        self._wanted: dict[Key, tuple[float, Priority]] = {}
        self._entry: dict[Key, int] = {}
        """The number of each key's one valid entry; older ones stay in the heaps until they surface, and are dropped."""
        self._asked: set[Key] = set()
        """Those that somebody wants to be run now: it is not only that their time has come."""
        self._running: dict[Key, bool] = {}
        """Those at work, and whether they were asked for."""
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        """One worker waits for the next key, the others for their turn: else each change would wake them all."""
        self._count = itertools.count()

    def add(self, key: Key, priority: Priority = Priority.USER, after: float = 0.0) -> None:
        """Ask for a run of the key, `after` seconds from now at the latest."""
        due = self._now() + max(0.0, after)
        if after <= 0:
            self._asked.add(key)
        if key in self._wanted:
            known_due, known_priority = self._wanted[key]
            if known_due <= due and known_priority <= priority:
                return
            due, priority = min(due, known_due), min(priority, known_priority)
        self._wanted[key] = (due, priority)
        if key not in self._running:
            self._schedule(key)

    async def take(self) -> Key:
        """Wait for the next key and mark it as at work; `done` must follow."""
        async with self._turn:
            while (key := self._next()) is None:
                self._changed.clear()
                timeout = max(0.0, self._delayed[0][0] - self._now()) if self._delayed else None
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(timeout):
                        await self._changed.wait()
        self._running[key] = key in self._asked
        self._asked.discard(key)
        return key

    def done(self, key: Key) -> None:
        """Say that the run of a key ended; a request that came meanwhile is scheduled now."""
        del self._running[key]
        if key in self._wanted:
            self._schedule(key)

    def asked(self, key: Key) -> bool:
        """Tell whether somebody asked for the run that is under way. Else only its time had come."""
        return self._running[key]

    @property
    def depth(self) -> int:
        """How many keys are due and wait for a worker."""
        self._promote()
        return sum(self._entry.get(key) == number for _, number, key in self._ready)

    @property
    def overdue(self) -> float:
        """For how many seconds the key that is due the longest has waited for a worker; 0 when none waits."""
        self._promote()
        due = (self._wanted[key][0] for _, number, key in self._ready if self._entry.get(key) == number)
        return max(0.0, self._now() - min(due, default=self._now()))

    @property
    def running(self) -> int:
        """How many keys are at work."""
        return len(self._running)

    def _next(self) -> Key | None:
        """Give the key that is due and goes first."""
        self._promote()
        while self._ready:
            _, number, key = heapq.heappop(self._ready)
            if self._entry.get(key) == number:
                del self._wanted[key], self._entry[key]
                return key
        return None

    def _schedule(self, key: Key) -> None:
        due, priority = self._wanted[key]
        self._entry[key] = number = next(self._count)
        if due <= self._now():
            heapq.heappush(self._ready, (priority, number, key))
        else:
            heapq.heappush(self._delayed, (due, number, key))
        self._changed.set()

    def _promote(self) -> None:
        while self._delayed and self._delayed[0][0] <= self._now():
            _, number, key = heapq.heappop(self._delayed)
            if self._entry.get(key) == number:
                heapq.heappush(self._ready, (self._wanted[key][1], number, key))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
