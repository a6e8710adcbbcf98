"""When places outside are looked at, and what is served while that fails. The fetcher is a table; time is a number."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.origin import Fetched, Origin
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.engine.queue import Key

ONE, OTHER = Key("Thing", "a", "one"), Key("Thing", "a", "other")
PLACE = Origin("table", "spec.table", "table://1", interval=timedelta(minutes=5))


@dataclass
class Table:
    """What is at the place, and what was asked of it."""

    TYPE = "table"
    revision: str = "r1"
    fault: Problem | None = None
    looks: int = 0
    fetches: list[str] = field(default_factory=list)
    door: threading.Event = field(default_factory=threading.Event)
    time: float = 0.0

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        self.looks += 1
        self.door.wait(10)
        if self.fault:
            raise OutsideError(self.fault)
        return self.revision

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, directory: Path) -> Fetched:
        self.fetches.append(revision)
        return Fetched(revision, {"a": revision.encode()})


@pytest.fixture
def table() -> Table:
    made = Table()
    made.door.set()
    return made


@pytest.fixture
def fetching(table: Table, tmp_path: Path) -> Fetching:
    return Fetching({"table": table}, lambda: tmp_path, clock=lambda: table.time, patience=30)


async def get(fetching: Fetching, owner: Key = ONE, secret: bytes = b"", fresh: bool = False) -> Fetched:
    return await fetching.get(owner, PLACE, {"password": secret} if secret else None, fresh)


async def test_between_two_intervals_nobody_looks(fetching: Fetching, table: Table) -> None:
    assert (await get(fetching)).again == timedelta(minutes=5)
    table.time = 299
    assert (await get(fetching)).again == timedelta(seconds=1)
    assert (table.looks, table.fetches) == (1, ["r1"])
    table.time = 300
    await get(fetching)
    assert (table.looks, table.fetches) == (2, ["r1"])
    table.time, table.revision = 600, "r2"
    assert (await get(fetching)).revision == "r2" and table.fetches == ["r1", "r2"]


async def test_who_asks_for_a_look_gets_one_at_once(fetching: Fetching, table: Table) -> None:
    await get(fetching)
    table.revision = "r2"
    assert (await get(fetching)).revision == "r1"
    assert (await get(fetching, fresh=True)).revision == "r2"


async def test_several_who_ask_at_the_same_time_share_one_fetch(fetching: Fetching, table: Table) -> None:
    found = await asyncio.gather(*(get(fetching, owner) for owner in (ONE, OTHER, ONE)))
    assert {each.revision for each in found} == {"r1"} and (table.looks, table.fetches) == (1, ["r1"])


@pytest.mark.parametrize("trouble", [Trouble.DENIED, Trouble.REFUSED, Trouble.UNAVAILABLE])
async def test_a_fault_leaves_what_was_good(fetching: Fetching, table: Table, trouble: Trouble) -> None:
    await get(fetching)
    table.fault = Problem(trouble, "Broken", "it is broken")
    table.time = 300
    found = await get(fetching)
    assert (found.revision, dict(found.files), found.fault) == ("r1", {"a": b"r1"}, table.fault)
    table.fault, table.time = None, 900
    assert (await get(fetching)).fault is None and table.fetches == ["r1"]


async def test_what_passes_is_tried_again_soon_and_what_does_not_at_the_interval(fetching: Fetching, table: Table) -> None:
    table.fault = Problem(Trouble.UNAVAILABLE, "Away", "away")
    waits = []
    for _ in range(7):
        waits.append((await get(fetching)).again.total_seconds())
        table.time += waits[-1]
    assert waits == [10, 20, 40, 80, 160, 300, 300]
    table.fault = Problem(Trouble.DENIED, "Wrong", "wrong")
    assert (await get(fetching)).again == timedelta(minutes=5)


async def test_what_does_not_pass_for_ten_minutes_is_told(fetching: Fetching, table: Table) -> None:
    await get(fetching)
    table.fault = Problem(Trouble.UNAVAILABLE, "Away", "away")
    told = []
    for table.time in (300, 600, 899, 1200):
        told.append((await get(fetching)).lasting)
    assert told == [False, False, False, True]


async def test_credentials_are_no_secret_of_others(fetching: Fetching, table: Table) -> None:
    """Who has other credentials, or none, gets nothing that was fetched with better ones."""
    await get(fetching, ONE, b"right")
    table.fault = Problem(Trouble.DENIED, "Wrong", "wrong")
    for secret in (b"guessed", b""):
        assert not (await get(fetching, OTHER, secret)).known
    # the object that was served before goes on with that
    assert (await get(fetching, ONE, b"mistyped")).revision == "r1"


async def test_changed_credentials_are_tried_at_once(fetching: Fetching, table: Table) -> None:
    table.fault = Problem(Trouble.DENIED, "Wrong", "wrong")
    assert not (await get(fetching, secret=b"old")).known
    table.fault = None
    assert (await get(fetching, secret=b"new")).known


async def test_a_slow_fetch_holds_nobody_up_and_its_end_wakes_who_asked(table: Table, tmp_path: Path) -> None:
    woken: asyncio.Queue[list[Key]] = asyncio.Queue()

    def wake(keys: Iterable[Key]) -> None:
        woken.put_nowait(sorted(keys))

    fetching = Fetching({"table": table}, lambda: tmp_path, wake, lambda: table.time, patience=0)
    table.door.clear()
    assert [(each.pending, each.known) for each in (await get(fetching, ONE), await get(fetching, OTHER))] == [
        (True, False)
    ] * 2
    table.door.set()
    assert await asyncio.wait_for(woken.get(), 10) == [ONE, OTHER]
    found = await get(fetching)
    assert found.known and not found.pending and table.looks == 1


async def test_who_is_gone_is_forgotten(fetching: Fetching, table: Table) -> None:
    await get(fetching, ONE, b"right")
    fetching.forget(ONE)
    table.fault = Problem(Trouble.DENIED, "Wrong", "wrong")
    assert not (await get(fetching, ONE, b"mistyped")).known


async def test_a_fault_of_our_own_is_said_and_ends_nothing(fetching: Fetching, table: Table) -> None:
    table.fetch = lambda *words: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    found = await get(fetching)
    assert found.fault is not None and found.fault.reason == "InternalError"
