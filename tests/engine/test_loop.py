"""The loop: how a run ends decides when the next one comes, one object's trouble stays its own, and the end is orderly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.report import Next
from mwaa_operator.engine.loop import STUCK_SECONDS, Loop, Pace
from mwaa_operator.engine.metrics import Metrics
from mwaa_operator.engine.ports import ConflictError
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.reconcile import Result

pytestmark = pytest.mark.looptime
PACE = Pace(poll=30, slow=300, drift=600)
A, B = Key("Bucket", "default", "a"), Key("Bucket", "default", "b")


class Script:
    """A reconciler that ends each run of an object as it is told, and notes when it ran."""

    wake: Callable[..., None]

    def __init__(self, **ends: list[Any]) -> None:
        self.ends, self.at, self.running, self.most = ends, [], 0, 0
        self.asked: list[bool] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def reconcile(self, key: Key, reconcile_id: str, *, asked: bool = True) -> Result:
        self.at.append((key.name, asyncio.get_running_loop().time()))
        self.asked.append(asked)
        self.running += 1
        self.most = max(self.most, self.running)
        await self.hold.wait()
        await asyncio.sleep(0.01)
        self.running -= 1
        ends = self.ends.get(key.name, [])
        end = ends.pop(0) if ends else Result(None, "gone")
        if isinstance(end, BaseException):
            raise end
        return end


@asynccontextmanager
async def running(script: Script, workers: int = 4) -> AsyncIterator[Loop]:
    loop = Loop(script, Metrics(), PACE, workers)  # type: ignore[arg-type]
    task = asyncio.create_task(loop.run())
    yield loop
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def times(script: Script, count: int) -> list[float]:
    while len(script.at) < count:
        await asyncio.sleep(0.5)
    first = script.at[0][1]
    return [at - first for _, at in script.at]


@pytest.mark.parametrize(
    ("end", "least", "most"),
    [
        (Result(Next.POLL, "poll"), 24, 37),
        (Result(Next.SLOW, "slow"), 240, 361),
        (Result(Next.STEADY, "steady"), 480, 721),
        (Result(Next.RETRY, "retry"), 1.6, 2.5),
        (ConflictError("changed"), 0.1, 0.2),
        (OutsideError(Problem(Trouble.UNAVAILABLE, "KubernetesUnavailable", "down")), 1.6, 2.5),
        (RuntimeError("nobody foresaw this"), 1.6, 2.5),
    ],
)
async def test_how_a_run_ends_decides_when_the_next_one_comes(end: Any, least: float, most: float) -> None:
    script = Script(a=[end])
    async with running(script) as loop:
        loop.wake([A])
        _, again = await times(script, 2)
    assert least <= again <= most


async def test_one_objects_fault_is_nobody_elses() -> None:
    script = Script(a=[RuntimeError("bug")] * 3, b=[Result(Next.POLL, "poll")])
    async with running(script, workers=1) as loop:
        loop.wake([A, B])
        await times(script, 5)
    assert {name for name, _ in script.at} == {"a", "b"}


async def test_an_object_is_never_worked_on_twice_at_a_time() -> None:
    script = Script()
    script.hold.clear()
    async with running(script) as loop:
        loop.wake([A])
        await asyncio.sleep(1)
        loop.wake([A])
        await asyncio.sleep(1)
        assert script.running == 1
        script.hold.set()
        await times(script, 2)
    assert script.most == 1


async def test_draining_lets_running_work_end_and_takes_nothing_new() -> None:
    script = Script()
    script.hold.clear()
    async with running(script, workers=1) as loop:
        loop.wake([A])
        await asyncio.sleep(1)
        loop.wake([B])
        draining = asyncio.create_task(loop.drain(20))
        await asyncio.sleep(1)
        assert not draining.done()
        script.hold.set()
        await draining
        await asyncio.sleep(1)
    assert [name for name, _ in script.at] == ["a"]


async def test_draining_gives_up_on_work_that_does_not_end() -> None:
    script = Script()
    script.hold.clear()
    async with running(script) as loop:
        loop.wake([A])
        await asyncio.sleep(1)
        begun = asyncio.get_running_loop().time()
        await loop.drain(20)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(20, abs=1)


async def test_it_counts_as_stuck_when_no_run_ends_and_no_call_is_answered() -> None:
    script = Script()
    script.hold.clear()
    async with running(script) as loop:
        await asyncio.sleep(STUCK_SECONDS * 2)
        assert loop.alive, "nothing to do is no fault"
        loop.wake([A, B])
        await asyncio.sleep(STUCK_SECONDS - 1)
        assert loop.alive
        loop.beat()
        await asyncio.sleep(STUCK_SECONDS - 1)
        assert loop.alive
        await asyncio.sleep(2)
        assert not loop.alive
        script.hold.set()
        await asyncio.sleep(1)
        assert loop.alive


async def test_it_counts_as_stuck_when_nobody_takes_what_is_due() -> None:
    script = Script()
    async with running(script) as loop:
        await asyncio.sleep(1)
    loop.queue.add(A, after=STUCK_SECONDS)
    await asyncio.sleep(STUCK_SECONDS * 2 - 1)
    assert loop.alive
    await asyncio.sleep(2)
    assert not loop.alive


async def test_before_it_begins_and_when_it_is_to_end_it_is_not_stuck() -> None:
    script = Script()
    script.hold.clear()
    waiting = Loop(script, Metrics(), PACE)  # type: ignore[arg-type]
    waiting.wake([A])
    async with running(script) as loop:
        loop.wake([A])
        await asyncio.sleep(1)
        await loop.drain(STUCK_SECONDS * 2)
        assert script.running == 1
        assert loop.alive
    assert waiting.alive


async def test_a_run_whose_time_has_come_is_told_from_one_that_was_asked_for() -> None:
    script = Script(a=[Result(Next.STEADY, "steady")] * 4)
    async with running(script) as loop:
        loop.wake([A])
        await times(script, 2)
        assert script.asked == [True, False]
        loop.wake([A])
        await times(script, 3)
    assert script.asked == [True, False, True]


async def test_who_asks_while_a_run_is_under_way_has_asked_for_the_next() -> None:
    script = Script(a=[Result(Next.STEADY, "steady")] * 4)
    async with running(script) as loop:
        loop.wake([A])
        await times(script, 1)
        script.hold.clear()
        await times(script, 2)
        loop.wake([A])
        script.hold.set()
        await times(script, 3)
    assert script.asked == [True, False, True]
