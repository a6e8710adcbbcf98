"""When places outside are looked at, and what is served while that fails. The fetcher is a table; time is a number."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.origin import Fetched, Origin, Room
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.resolve import answered, fetched
from mwaa_operator.fetch.stored import Store, StoredFiles, store

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

    def close(self) -> None:
        self.door.set()

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


async def test_a_host_that_hardly_answers_holds_up_its_own_sources_alone(table: Table, tmp_path: Path) -> None:
    """Nor does anybody wait for those: their end wakes whom it concerns."""
    quick = Table()
    quick.door.set()
    table.door.clear()
    woken = set[Key]()
    fetching = Fetching({"table": table, "quick": quick}, lambda: tmp_path, woken.update, patience=30)
    slow = [replace(PLACE, url=f"table://slow/{number}") for number in range(20)]
    owners = [Key("Thing", "slow", str(number)) for number in range(20)]
    asking = [asyncio.create_task(fetching.get(*each, None, False)) for each in zip(owners[:2], slow[:2], strict=True)]
    while table.looks < 2:
        await asyncio.sleep(0)
    for each in zip(owners[2:], slow[2:], strict=True):
        # were this to wait, it would be for half a minute, and the door would be forced
        assert (await fetching.get(*each, None, False)).pending
    found = await fetching.get(ONE, replace(PLACE, type="quick", url="table://quick/1"), None, False)
    assert found.known and table.looks == 2
    table.door.set()
    assert all([(await each).known for each in asking])
    while len(woken) < 18:
        await asyncio.sleep(0)
    assert table.looks == 20


async def test_what_is_under_way_ends_with_the_process(table: Table, tmp_path: Path) -> None:
    """Its thread would be waited for otherwise."""
    fetching = Fetching({"table": table}, lambda: tmp_path, patience=0)
    table.door.clear()
    assert (await get(fetching)).pending
    fetching.close()
    assert table.door.is_set()


async def test_who_is_gone_is_forgotten(fetching: Fetching, table: Table) -> None:
    await get(fetching, ONE, b"right")
    fetching.forget(ONE)
    table.fault = Problem(Trouble.DENIED, "Wrong", "wrong")
    assert not (await get(fetching, ONE, b"mistyped")).known


async def test_a_fault_of_our_own_is_said_and_ends_nothing(fetching: Fetching, table: Table) -> None:
    table.fetch = lambda *words: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    found = await get(fetching)
    assert found.fault is not None and found.fault.reason == "InternalError"


@dataclass
class Tags:
    """A place where each tag is a tree of a thousand bytes on disk."""

    TYPE = "table"
    broken: str = ""

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        if origin.reference[1] == self.broken:
            raise OutsideError(Problem(Trouble.UNAVAILABLE, "Away", "away"))
        return origin.reference[1]

    def close(self) -> None: ...

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        return Fetched(revision, StoredFiles(room, {"a": store(room, origin.reference[1].encode().ljust(1000))}))


class Kept:
    """A kind that wants what its spec lists."""

    @staticmethod
    def origins(spec: Sequence[Origin]) -> Sequence[Origin]:
        return spec


async def ask(fetching: Fetching, owner: Key, *origins: Origin, deleting: bool = False) -> list[Fetched]:
    kind: Any = Kept()
    obj = Object(
        kind=owner.kind,
        namespace=owner.namespace,
        name=owner.name,
        uid="1",
        generation=1,
        spec=origins,
        annotations={},
        labels={},
        deleting=deleting,
        facts={},
    )
    found = await fetched(kind, obj, {}, fetching, False)
    context = await answered(obj, Context("", "", "", fetched=found), fetching, nothing)
    return list(context.fetched.values())


async def nothing(context: Context) -> Sequence[Origin]:
    return ()


async def test_a_question_may_follow_from_an_answer_and_is_asked_once(fetching: Fetching, table: Table) -> None:
    first, second = (replace(PLACE, text=text) for text in ("first", "second"))

    async def questions(context: Context) -> Sequence[Origin]:
        return (first, second) if first in context.fetched else (first,)

    obj = Object("Thing", "a", "one", "1", 1, None)
    for _ in range(2):
        context = await answered(obj, Context("", "", ""), fetching, questions)
        assert set(context.fetched) == {first, second}
    assert len(table.fetches) == 2
    gone = await answered(replace(obj, deleting=True), Context("", "", ""), fetching, questions)
    assert gone.fetched == {}
    await answered(obj, Context("", "", ""), fetching, questions)
    assert len(table.fetches) == 4, "it was forgotten"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path, 2500)
    yield made
    made.close()


def tag(name: str) -> Origin:
    return replace(PLACE, reference=("tag", name))


async def test_tags_one_after_another_leave_one_tree(disk: Store) -> None:
    """Room is for two trees: the one that is served, and the one that is to follow it."""
    fetching = Fetching({"table": Tags()}, disk.new, patience=30)
    for number in range(20):
        (found,) = await ask(fetching, ONE, tag(f"v{number}"))
        assert (found.revision, found.fault) == (f"v{number}", None)
        del found
        gc.collect()
        assert disk.taken == 1000
    await ask(fetching, ONE)
    gc.collect()
    assert disk.taken == 0


async def test_the_old_tree_stays_until_the_new_one_is_good(disk: Store) -> None:
    fetching = Fetching({"table": Tags(broken="v2")}, disk.new, patience=30)
    await ask(fetching, ONE, tag("v1"))
    assert not (await ask(fetching, ONE, tag("v2")))[0].known
    gc.collect()
    assert disk.taken == 1000 and (await ask(fetching, ONE, tag("v1")))[0].known


async def test_credentials_one_after_another_leave_one_tree(disk: Store) -> None:
    fetching = Fetching({"table": Tags(broken="gone")}, disk.new, patience=30)
    for number in range(5):
        found = await fetching.get(ONE, tag("v1"), {"password": b"%d" % number}, False)
        assert (found.revision, found.fault) == ("v1", None)
        del found
        # places that nobody wants go when anybody asks, or a fetch ends
        await fetching.get(OTHER, replace(tag("gone"), url="table://2"), None, False)
        gc.collect()
        assert disk.taken == 1000


async def test_what_one_wants_no_more_another_keeps(disk: Store) -> None:
    fetching = Fetching({"table": Tags()}, disk.new, patience=30)
    for owner in (ONE, OTHER):
        await ask(fetching, owner, tag("v1"))
    await ask(fetching, ONE, tag("v2"))
    gc.collect()
    assert disk.taken == 2000
    await ask(fetching, OTHER, deleting=True)
    gc.collect()
    assert disk.taken == 1000


async def test_a_place_that_has_failed_very_often_is_still_left_alone_for_a_while(fetching: Fetching, table: Table) -> None:
    table.fault = Problem(Trouble.UNAVAILABLE, "Away", "away")
    for _ in range(1030):
        await get(fetching, fresh=True)
    table.time = 10_000
    assert (await get(fetching)).again == timedelta(minutes=5)
    looks = table.looks
    await get(fetching)
    assert table.looks == looks
