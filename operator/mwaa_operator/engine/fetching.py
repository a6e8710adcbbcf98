"""Fetching: off the event loop, one at a time from each place, and what was good stays until there is better."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets as entropy
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from ..core.errors import PASSING, OutsideError, Problem
from ..core.origin import Fetched, Origin, Publisher, Room
from .act import internal
from .ports import Fetcher
from .queue import Key

log = logging.getLogger(__name__)
WORKERS = 8
PER_HOST = 2
"""How many fetches go on at one host: one that hardly answers holds up its own sources, and no others."""
PATIENCE_SECONDS = 3.0
"""How long a run waits for a fetch; after that others are worked on, and the end of the fetch wakes the object."""
FIRST_RETRY_SECONDS = 10.0
DOUBLINGS = 10
"""How often the wait is doubled at most: a number that grows for ever is no number of seconds one day."""
FORGOTTEN_SECONDS = 3600.0
LASTING_SECONDS = 600.0
"""After how long a place that cannot be reached is something to tell."""


Published = Callable[[str, Publisher, str], Awaitable[Mapping[str, bytes]]]
"""Asks on behalf of a field of the spec and a namespace.

Raises:
    OutsideError: it says nothing that helps.
"""

Lent = Callable[[Origin], Awaitable[Mapping[str, bytes]]]
"""Gives what lets one in at a place without a Secret: what the operator itself has a right to.

Raises:
    OutsideError: it must not, or cannot.
"""


@dataclass
class _Place:
    """One place as one set of credentials shows it."""

    origin: Origin
    door: asyncio.Semaphore
    """How one gets to its host."""
    fetched: Fetched = field(default_factory=Fetched)
    """The last good state, and the fault of the last look."""
    task: asyncio.Task[None] | None = None
    queued: bool = False
    """Others are before it: waiting for it is of no use."""
    next: float = 0.0
    failures: int = 0
    failing: float | None = None
    used: float = 0.0
    waiting: set[Key] = field(default_factory=set)
    owners: set[Key] = field(default_factory=set)
    """The objects that want it."""


class Fetching:
    """What was fetched, for all objects of this process."""

    def __init__(
        self,
        fetchers: Mapping[str, Fetcher],
        room: Callable[[], Room],
        wake: Callable[[Iterable[Key]], None] = lambda keys: None,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """Use fetchers by type; `room` gives a place for each tree that is fetched."""
        self.wake = wake
        self.published: Published | None = None
        """How an object of somebody else is asked where files are."""
        self.lent: Lent | None = None
        """How a look is let in that has nothing of its own."""
        self._fetchers = fetchers
        self._room = room
        self._clock = clock
        self._patience = patience
        self._pool = ThreadPoolExecutor(WORKERS, "fetch")
        self._slots = asyncio.Semaphore(WORKERS)
        self._doors: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._salt = entropy.token_bytes(16)
        self._places: dict[tuple[Origin, str], _Place] = {}
        self._good: dict[tuple[Key, Origin], Fetched] = {}
        """What each object was served last: it may have it also while its credentials are wrong."""

    async def get(self, owner: Key, origin: Origin, secret: Mapping[str, bytes] | None, fresh: bool) -> Fetched:
        """Give what is at a place, looking there when that is due.

        Args:
            owner: who asks.
            origin: the place.
            secret: the data of its Secret; None when it names none.
            fresh: somebody asks for a look now.
        """
        door = self._doors.setdefault(urlsplit(origin.url).hostname or "", asyncio.Semaphore(PER_HOST))
        place = self._places.setdefault((origin, self._mark(secret)), _Place(origin, door))
        place.origin, place.used = origin, self._clock()
        place.owners.add(owner)
        self._tidy()
        if place.task is None and (fresh or self._clock() >= place.next):
            place.queued = door.locked() or self._slots.locked()
            place.task = asyncio.create_task(self._look(place, dict(secret or {})))
        if (task := place.task) is not None:
            await asyncio.wait({task}, timeout=0 if place.queued else self._patience)
            if not task.done():
                place.waiting.add(owner)
        return self._served(owner, place, origin)

    def _served(self, owner: Key, place: _Place, origin: Origin) -> Fetched:
        pending = place.task is not None and not place.task.done()
        left = max(place.next - self._clock(), 1.0) if not pending else origin.interval.total_seconds()
        again = timedelta(seconds=min(left, origin.interval.total_seconds()))
        if place.fetched.known:
            self._good[owner, origin] = place.fetched
            for other in self._places.values():
                if other is not place and other.origin == origin:
                    # what other credentials showed it: a tree for each would stay otherwise
                    other.owners.discard(owner)
            return replace(place.fetched, pending=pending, again=again)
        before, now = self._good.get((owner, origin), Fetched()), place.fetched
        return replace(before, fault=now.fault, lasting=now.lasting, pending=pending, again=again)

    def without(self, owner: Key, origin: Origin, problem: Problem) -> Fetched:
        """Give what an object was served last, at a time when nothing can be asked for it."""
        before = self._good.get((owner, origin), Fetched())
        return replace(before, fault=problem, lasting=True, again=origin.interval)

    def keep(self, owner: Key, origins: Collection[Origin]) -> None:
        """Forget what an object wanted earlier and wants no more, once all that it wants now has been fetched.

        Without this each change of a tag or a path would leave a tree on the disk. An answer is no tree: none is waited for.
        """
        if any(not origin.text and (owner, origin) not in self._good for origin in origins):
            return
        self._good = {key: value for key, value in self._good.items() if key[0] != owner or key[1] in origins}
        for (origin, _), place in self._places.items():
            if origin not in origins:
                place.owners.discard(owner)
        self._tidy()

    def forget(self, owner: Key) -> None:
        """Forget an object that is gone."""
        self.keep(owner, ())

    def _tidy(self) -> None:
        """Forget places that nobody wants, or has asked about for long: their files go with them."""
        now = self._clock()
        self._places = {
            key: place
            for key, place in self._places.items()
            if place.task or (place.owners and now - place.used < FORGOTTEN_SECONDS + place.origin.interval.total_seconds())
        }

    def close(self) -> None:
        """Begin nothing more, and end what is under way: the interpreter waits for it otherwise."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for fetcher in self._fetchers.values():
            fetcher.close()

    async def _look(self, place: _Place, secret: Mapping[str, bytes]) -> None:
        # first of all: whatever happens below, the next look is not now
        place.next = self._clock() + place.origin.interval.total_seconds()
        try:
            async with place.door, self._slots:
                place.queued = False
                if not secret and self.lent:
                    secret = await self.lent(place.origin)
                found = await asyncio.get_running_loop().run_in_executor(self._pool, self._fetch, place, secret)
        except OutsideError as error:
            self._missed(place, error.problem)
        except Exception as error:
            log.exception("a fetch failed in a way nobody foresaw")
            self._missed(place, internal(error))
        else:
            place.fetched, place.failures, place.failing = found, 0, None
            place.next = self._clock() + place.origin.interval.total_seconds()
        finally:
            place.task = None
            self.wake(place.waiting)
            place.waiting = set()
            self._tidy()

    def _fetch(self, place: _Place, secret: Mapping[str, bytes]) -> Fetched:
        """Look, and fetch what is new. Runs in a thread."""
        fetcher, origin = self._fetchers[place.origin.type], place.origin
        revision = fetcher.look(origin, secret)
        if revision == place.fetched.revision:
            return replace(place.fetched, fault=None, lasting=False)
        log.info("fetching %s of %s", revision, origin.url)
        return fetcher.fetch(origin, secret, revision, self._room())

    def _missed(self, place: _Place, problem: Problem) -> None:
        now = self._clock()
        place.failing = now if place.failing is None else place.failing
        lasting = now - place.failing >= LASTING_SECONDS
        place.fetched = replace(place.fetched, fault=problem, lasting=lasting)
        wait = place.origin.interval.total_seconds()
        if problem.trouble in PASSING:
            wait = min(wait, FIRST_RETRY_SECONDS * 2 ** min(place.failures, DOUBLINGS))
        place.failures += 1
        place.next = now + wait
        log.warning("%s", problem.message)

    def _mark(self, secret: Mapping[str, bytes] | None) -> str:
        """Tell credentials apart without keeping them."""
        if secret is None:
            return ""
        told = hashlib.blake2b(key=self._salt)
        for name in sorted(secret):
            for part in (name.encode(), secret[name]):
                told.update(len(part).to_bytes(8, "big") + part)
        return told.hexdigest()
