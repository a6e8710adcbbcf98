"""The queue, in a loop whose clock is simulated: no test waits for real seconds."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.engine.backoff import Backoff
from mwaa_operator.engine.queue import Key, Priority, Queue

A, B, C = (Key("Environment", "default", name) for name in "abc")
pytestmark = pytest.mark.looptime


async def test_users_go_before_routine() -> None:
    queue = Queue()
    queue.add(A, Priority.ROUTINE)
    queue.add(B, Priority.USER)
    assert [await queue.take(), await queue.take()] == [B, A]


async def test_a_key_is_never_at_work_twice_and_runs_once_more_when_asked_meanwhile() -> None:
    queue = Queue()
    queue.add(A)
    assert await queue.take() == A
    for _ in range(5):
        queue.add(A)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.take(), 100)
    queue.done(A)
    assert await queue.take() == A
    queue.done(A)
    assert queue.depth == 0


async def test_a_delay_is_kept_and_a_change_overtakes_it() -> None:
    queue, clock = Queue(), asyncio.get_running_loop().time
    begun = clock()
    queue.add(A, Priority.ROUTINE, after=60)
    queue.add(B, Priority.ROUTINE, after=30)
    queue.add(A, Priority.USER, after=0)
    assert await queue.take() == A
    assert clock() - begun == pytest.approx(0)
    assert await queue.take() == B
    assert clock() - begun == pytest.approx(30)


async def test_a_later_wish_does_not_push_back_an_earlier_one() -> None:
    queue, clock = Queue(), asyncio.get_running_loop().time
    begun = clock()
    queue.add(A, Priority.ROUTINE, after=10)
    queue.add(A, Priority.ROUTINE, after=500)
    assert await queue.take() == A
    assert clock() - begun == pytest.approx(10)


async def test_an_entry_that_was_overtaken_jumps_no_later_delay() -> None:
    queue, clock = Queue(), asyncio.get_running_loop().time
    queue.add(A, Priority.ROUTINE)
    queue.add(A, Priority.USER)
    assert await queue.take() == A
    queue.done(A)
    begun = clock()
    queue.add(A, Priority.ROUTINE, after=300)
    assert await queue.take() == A
    assert clock() - begun == pytest.approx(300)


@given(
    st.lists(st.tuples(st.sampled_from([A, B, C]), st.sampled_from(Priority), st.sampled_from([0.0, 1.0, 7.0])), max_size=30)
)
def test_every_key_that_is_asked_for_is_given_exactly_once(wishes: list[tuple[Key, Priority, float]]) -> None:
    async def drive() -> list[Key]:
        queue = Queue()
        for key, priority, _ in wishes:
            queue.add(key, priority)
        return [await queue.take() for _ in {key for key, _, _ in wishes}]

    given_keys = asyncio.run(drive())
    assert sorted(given_keys) == sorted({key for key, _, _ in wishes})


def test_backoff_doubles_up_to_its_end_and_starts_anew() -> None:
    backoff = Backoff(first=2, longest=60, jitter=0)
    assert [backoff.next(A) for _ in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    assert backoff.next(B) == 2
    backoff.reset(A)
    assert backoff.next(A) == 2


@given(st.floats(0.1, 1000))
def test_jitter_stays_within_its_share(seconds: float) -> None:
    assert 0.8 * seconds <= Backoff(jitter=0.2).spread(seconds) <= 1.2 * seconds
