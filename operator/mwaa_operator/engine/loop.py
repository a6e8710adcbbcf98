"""Workers that take keys from the queue, and the one place where the end of a run becomes the time of the next."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..core.errors import OutsideError
from ..core.report import Next
from .backoff import Backoff
from .metrics import Metrics
from .ports import ConflictError
from .queue import Key, Priority, Queue
from .reconcile import Reconciler, Result

log = logging.getLogger(__name__)
STUCK_SECONDS = 300.0
"""How long nothing may get on although there is work: longer than any one call takes, however often it is repeated."""


@dataclass(frozen=True)
class Pace:
    """How often to look, in seconds."""

    poll: float = 30.0
    """While AWS works."""
    slow: float = 300.0
    """When only a user, or somebody in AWS, can help."""
    drift: float = 600.0
    """When all is well."""


class Loop:
    """Runs `workers` reconciliations at a time, and never two of one object."""

    def __init__(self, reconciler: Reconciler, metrics: Metrics, pace: Pace, workers: int = 16) -> None:
        self.queue = Queue()
        self._reconciler = reconciler
        self._metrics = metrics
        self._pace = pace
        # who looks often while AWS works need not wait longer after a failure
        self._backoff = Backoff(first=min(2.0, pace.poll), longest=max(pace.slow, 2.0))
        self._workers = workers
        self._stopping = False
        self._clock: Callable[[], float] | None = None
        self._beaten = 0.0
        reconciler.wake, reconciler.beat = self.wake, self.beat
        metrics.watch_queue(self.queue)

    def wake(self, keys: Iterable[Key], priority: Priority = Priority.USER) -> None:
        """Ask for a run of each of the keys, now."""
        for key in keys:
            self.queue.add(key, priority)

    def beat(self) -> None:
        """Note that something got on: a run began or ended, or a call was answered. Any thread may say so."""
        if self._clock:
            self._beaten = self._clock()

    @property
    def alive(self) -> bool:
        """Whether it gets on, or has nothing to do: before it begins and once it is to end, too."""
        if self._clock is None or self._stopping:
            return True
        silence = self._clock() - self._beaten
        return (silence if self.queue.running else min(silence, self.queue.overdue)) < STUCK_SECONDS

    async def run(self) -> None:
        """Work until cancelled, or until `drain` has been called."""
        self._clock = asyncio.get_running_loop().time
        self.beat()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    async def drain(self, seconds: float) -> None:
        """Take no new keys, and give the running ones time to end; what is cut off is found again by the next process."""
        self._stopping = True
        deadline = asyncio.get_running_loop().time() + seconds
        while self.queue.running and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)

    async def _work(self) -> None:
        while True:
            key = await self.queue.take()
            if self._stopping:
                self.queue.done(key)
                return
            self.beat()
            try:
                await self._once(key)
            finally:
                self.queue.done(key)
                self.beat()

    async def _once(self, key: Key) -> None:
        begun = time.monotonic()
        try:
            result = await self._reconciler.reconcile(key, secrets.token_hex(4), asked=self.queue.asked(key))
        except ConflictError:
            self.queue.add(key, Priority.USER, after=0.1)
            result = Result(None, "conflict")
        except OutsideError as error:
            wait = self._backoff.next(key)
            log.warning("Kubernetes: %s. Again in %.0f s", error.problem.message, wait)
            self.queue.add(key, Priority.ROUTINE, wait)
            result = Result(None, "kubernetes-error")
        except Exception:
            # a fault of our own in one object must not end the others
            log.exception("%s: the run failed in a way nobody foresaw", key)
            self.queue.add(key, Priority.ROUTINE, self._backoff.next(key))
            result = Result(None, "error")
        else:
            self._again(key, result)
        self._metrics.reconciled(key, result.outcome, time.monotonic() - begun)

    def _again(self, key: Key, result: Result) -> None:
        """Say when to look at the object next."""
        if result.next is None:
            self._backoff.reset(key)
            return
        if result.next is Next.RETRY:
            self.queue.add(key, Priority.ROUTINE, self._backoff.next(key))
            return
        self._backoff.reset(key)
        seconds = {Next.POLL: self._pace.poll, Next.SLOW: self._pace.slow, Next.STEADY: self._pace.drift}[result.next]
        wait = self._backoff.spread(seconds)
        if result.until is not None:
            wait = min(wait, max(result.until.total_seconds(), 0.0))
        self.queue.add(key, Priority.ROUTINE, wait)
