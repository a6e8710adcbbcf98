"""What a check of a steady object leaves unlooked at, and what has everything looked at again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mwaa_operator.core.annotation import APPROVE, FLUX_RECONCILE_AT, RECONCILE_AT
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.engine.recollection import Recalled

from .steady_thing import EVERY, KEY, Desk


async def test_a_steady_object_is_looked_at_by_its_main_part_alone_and_by_the_others_in_every_third_check(
    desk: Desk,
) -> None:
    writes = desk.writes
    seen = [await desk.check() for _ in range(4 * EVERY)]
    assert all(house == 1 for house, _, _ in seen)
    for first in range(len(seen) - EVERY + 1):
        # never longer apart than that, wherever one begins to count
        assert [sum(column) for column in zip(*seen[first : first + EVERY], strict=True)] == [EVERY, 1, 1]
    assert desk.writes == writes
    assert desk.said("Ready") == "True"


async def test_many_objects_do_not_ask_in_the_same_check(desk: Desk) -> None:
    asked = []
    for number in range(30):
        desk.body["metadata"]["uid"] = f"u-{number}"
        desk.start()
        await desk.settle()
        asked.append([question for _, _, question in [await desk.check() for _ in range(EVERY)]].index(1))
    assert set(asked) == {0, 1, 2}


def edited(desk: Desk) -> None:
    desk.body["metadata"]["generation"] = 2


def annotated(name: str) -> Callable[[Desk], None]:
    def ask(desk: Desk) -> None:
        desk.body["metadata"]["annotations"] = {name: "now"}

    return ask


def replaced(desk: Desk) -> None:
    desk.body["metadata"]["uid"] = "u-2"


def in_maintenance(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 1}, {"id": "h-1", "status": "MAINTENANCE"})


def touched(desk: Desk) -> None:
    seen = {"id": "h-1", "status": "AVAILABLE", "last_update": "by somebody else"}
    desk.house.sight = Observed("h-1", {"size": 1}, seen)


def failed(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 1}, {"id": "h-1", "status": "AVAILABLE"}, State.FAILED, "Broken", "broken")


def drifted(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 2}, {"id": "h-1", "status": "AVAILABLE"})


@pytest.mark.parametrize(
    "event",
    [
        edited,
        annotated(RECONCILE_AT),
        annotated(FLUX_RECONCILE_AT),
        annotated(APPROVE),
        replaced,
        in_maintenance,
        touched,
        drifted,
        Desk.start,
    ],
)
async def test_everything_is_looked_at_at_once_after(desk: Desk, event: Callable[[Desk], None]) -> None:
    while await desk.check() == (1, 0, 0):
        pass  # after it was their turn, the next check would leave both out
    event(desk)
    assert await desk.check() == (1, 1, 1)


async def test_a_failure_of_the_main_part_is_no_ground_to_believe_what_was_seen_before(desk: Desk) -> None:
    failed(desk)
    house, wall, _ = await desk.check()
    assert (house, wall) == (1, 1)
    assert desk.said("Ready") == "False"


async def test_a_part_that_is_asked_for_otherwise_is_looked_at_and_changed_without_a_new_generation(desk: Desk) -> None:
    desk.thing.colour = "blue"  # as when a Secret or another object says so
    await desk.check()
    assert desk.wall.sight
    assert desk.wall.sight.fields["colour"] == "blue"


async def test_a_check_that_could_not_look_leaves_nothing_that_the_next_one_believes(desk: Desk) -> None:
    desk.house.fails = True
    await desk.check()
    assert desk.said("Ready") == "True"  # trouble that passes
    desk.house.fails = False
    assert await desk.check() == (1, 1, 1)


async def test_what_was_seen_to_be_wrong_is_looked_at_in_each_check(desk: Desk) -> None:
    assert desk.question.sight
    desk.question.sight = Observed("h-1", state=State.FAILED, reason="Unwell", message="the scheduler is dead")
    for _ in range(EVERY):
        await desk.check()
    assert desk.said("Ready") == "False"
    looks = [await desk.check() for _ in range(EVERY)]
    assert looks == [(1, 1, 1)] * EVERY


async def test_the_end_of_an_object_leaves_nothing_behind(desk: Desk) -> None:
    body, graph = desk.body, desk.thing.desired(None, None)  # type: ignore[arg-type]
    desk.body = None  # type: ignore[assignment]
    await desk.reconciler.reconcile(KEY, "r")
    assert desk.reconciler.recollection.take(KEY, body, graph) == Recalled()
