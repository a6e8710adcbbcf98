"""When a disruptive change may be made: in its window, and when the edits have settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.core.change import fingerprint
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.part import Effect, Graph, Model, Part, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import Policy
from mwaa_operator.core.window import Window

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Thing(Model):
    TYPE = "test/thing"
    size: int = attr(Effect.RESTART, default=1)
    tags: Mapping[str, str] = attr(subset=True, default_factory=dict)


def seen() -> Observed:
    return Observed("id", {"size": 1, "tags": {}}, owner="uid-1")


def plan(
    graph: Graph,
    sights: Mapping[str, Any],
    memory: Mapping[str, PartMemory] | None = None,
    now: datetime = NOON,
) -> Any:
    return make_plan(graph, sights, memory or {}, Policy("uid-1"), now)


SATURDAY = Window("0 22 * * SAT", timedelta(hours=4), "Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 11, 21, 20, 59, tzinfo=UTC), datetime(2026, 11, 21, 21, tzinfo=UTC)),
        (datetime(2026, 11, 21, 21, 0, tzinfo=UTC), None),
        (datetime(2026, 11, 22, 0, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 22, 1, 1, tzinfo=UTC), datetime(2026, 11, 28, 21, tzinfo=UTC)),
        (datetime(2026, 7, 4, 20, 0, tzinfo=UTC), None),  # summer time: an hour earlier
    ],
)
def test_a_disruptive_change_waits_for_its_window_and_all_else_does_not(now: datetime, opens: datetime | None) -> None:
    graph = Graph.of(Part("a", Thing(size=2), window=SATURDAY))
    step = plan(graph, {"a": seen()}, now=now).step("a")
    assert [(need.reason, need.until) for need in step.needs] == ([("OutsideChangeWindow", opens)] if opens else [])
    assert plan(graph, {}, now=now).step("a").due, "creating it interrupts nobody"
    tags = Graph.of(Part("a", Thing(tags={"x": "y"}), window=SATURDAY))
    assert plan(tags, {"a": seen()}, now=now).step("a").due


def test_edits_within_the_settling_time_become_one_change() -> None:
    graph = Graph.of(Part("a", Thing(size=2), settling=timedelta(minutes=2)))
    asked = {"a": PartMemory("a", "test/thing", asked=fingerprint(Thing(size=2)), asked_at="2026-11-21T12:00:00+00:00")}
    first, soon, later = (NOON + timedelta(seconds=seconds) for seconds in (0, 119, 120))
    (need,) = plan(graph, {"a": seen()}, now=first).step("a").needs
    assert (need.reason, need.until) == ("Settling", NOON + timedelta(minutes=2))
    assert not plan(graph, {"a": seen()}, memory=asked, now=soon).due
    assert plan(graph, {"a": seen()}, memory=asked, now=later).due
    edited = Graph.of(Part("a", Thing(size=3), settling=timedelta(minutes=2)))
    assert not plan(edited, {"a": seen()}, memory=asked, now=later).due, "another edit: the time begins anew"
