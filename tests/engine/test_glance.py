"""A check that nobody asked for, of an object of which nothing is new: one look at AWS, and no more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.observed import Failure, Observed
from mwaa_operator.engine.glance import WHOLE_EVERY, seen
from mwaa_operator.engine.ports import Body, ConflictError
from mwaa_operator.engine.queue import Key

from .steady_thing import EVERY, KEY, Desk


async def in_time(desk: Desk) -> tuple[int, int, int, int]:
    """Do a check whose time has come, and tell how often the object, the house, the wall and the question were looked at."""
    before = desk.reads
    looks = await desk.check(asked=False)
    return (desk.reads - before, *looks)


@pytest.fixture
async def steady(desk: Desk) -> Desk:
    """Give an object that has just been looked at as a whole, so that a glance is next."""
    desk.watch()
    while (await in_time(desk))[0]:
        pass
    while not (await in_time(desk))[0]:
        pass
    return desk


async def test_a_check_of_a_steady_object_looks_at_each_part_in_its_turn_and_at_nothing_else(steady: Desk) -> None:
    writes = steady.writes
    seen = [await in_time(steady) for _ in range(3 * WHOLE_EVERY)]
    assert [reads for reads, *_ in seen] == [*[0] * (WHOLE_EVERY - 1), 1] * 3
    assert [tuple(looks) for _, *looks in seen] == [*[(1, 0, 0)] * (EVERY - 1), (1, 1, 1)] * (3 * WHOLE_EVERY // EVERY)
    assert steady.writes == writes


async def test_whoever_asks_gets_a_whole_run(steady: Desk) -> None:
    assert await steady.check() == (1, 0, 0)
    assert steady.reads
    before = steady.reads
    await steady.check(asked=True)
    assert steady.reads == before + 1


async def no_object(key: Key) -> Body:
    raise OutsideError(Problem(Trouble.UNAVAILABLE, "KubernetesUnavailable", "503"))


async def another_version(key: Key) -> Body:
    raise ConflictError


@pytest.mark.parametrize("fault", [no_object, another_version])
async def test_what_somebody_asked_for_is_not_lost_by_a_run_that_fails(
    steady: Desk, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., Any]
) -> None:
    with monkeypatch.context() as failing:
        failing.setattr(steady, "get", fault)
        with contextlib.suppress(OutsideError, ConflictError):
            await steady.check(asked=True)
    assert (await in_time(steady))[0] == 1
    # and then it is steady again
    steady.watch()
    while (await in_time(steady))[0]:
        steady.watch()


def of_another_size(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 2}, {"id": "h-1", "status": "AVAILABLE"})


def with_another_output(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 1}, {"id": "h-1", "status": "AVAILABLE", "url": "new"})


def of_somebody_else(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 1}, {"id": "h-1", "status": "AVAILABLE"}, owner="u-9")


def with_a_failure(desk: Desk) -> None:
    seen = {"id": "h-1", "status": "AVAILABLE"}
    desk.house.sight = Observed("h-1", {"size": 1}, seen, failure=Failure("INCORRECT_CONFIGURATION", "no"))


def gone(desk: Desk) -> None:
    desk.house.sight = None


def unseen(desk: Desk) -> None:
    desk.house.fails = True


@pytest.mark.parametrize("change", [of_another_size, with_another_output, of_somebody_else, with_a_failure, gone, unseen])
async def test_any_difference_that_a_glance_sees_is_followed_by_a_whole_run(
    steady: Desk, change: Callable[[Desk], None]
) -> None:
    change(steady)
    reads, house, _, _ = await in_time(steady)
    assert reads == 1
    assert house >= 2


async def test_what_somebody_changed_in_aws_is_put_back_by_the_check_that_sees_it(steady: Desk) -> None:
    of_another_size(steady)
    await in_time(steady)
    assert steady.house.sight
    assert steady.house.sight.fields["size"] == 1


async def test_a_part_that_is_looked_at_seldom_and_has_changed_is_put_back_too(steady: Desk) -> None:
    assert steady.wall.sight
    steady.wall.sight = Observed(steady.wall.sight.id, {"colour": "red"}, steady.wall.sight.outputs)
    for _ in range(EVERY):
        await in_time(steady)
    assert steady.wall.sight.fields["colour"] == "white"


async def test_an_object_of_a_new_version_is_read(steady: Desk) -> None:
    steady.edit(labels={"team": "data"})  # no new generation: nobody is woken by it
    assert steady.watch() == set()
    assert (await in_time(steady))[0] == 1


async def test_an_object_that_the_watch_has_not_shown_is_read(steady: Desk) -> None:
    steady.reconciler.world.remove(KEY)
    assert (await in_time(steady))[0] == 1


async def test_after_a_run_that_wrote_something_the_next_one_is_a_whole_one(steady: Desk) -> None:
    steady.edit(generation=2)
    steady.watch()
    assert await steady.check() == (1, 1, 1)
    assert steady.said("Ready") == "True"
    steady.watch()
    assert (await in_time(steady))[0] == 1


async def test_of_an_object_whose_parts_are_all_looked_at_in_each_check_nothing_is_kept(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.thing.every, desk.thing.colour = 1, Unpackable("white")
    desk.start()
    desk.watch()
    for _ in range(3):
        assert await in_time(desk) == (1, 1, 1, 1)
    assert "nobody foresaw" not in caplog.text, "it was not even tried to pack them"


class Unpackable(str):
    """A colour that cannot be packed."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("not this one")


def test_what_an_adapter_keeps_at_hand_is_no_news() -> None:
    assert seen(Observed("h-1", at_hand={"page": 1})) == seen(Observed("h-1", at_hand={"page": 2})) != seen(Observed("h-2"))
