"""Approvals: for which changes of which object they hold, and what they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.owner import OWNER_TAG
from mwaa_operator.core.part import Effect, Graph, Model, Part, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import Policy
from mwaa_operator.core.step import Plan

MINE = "uid-1"
MANUAL = Policy(uid=MINE, address="default/x", manual=True)


@dataclass(frozen=True)
class Sized(Model):
    TYPE = "test/sized"
    size: int = attr(Effect.RESTART, default=1)
    tags: Mapping[str, str] = attr(subset=True, default_factory=dict)


def seen(**tags: str) -> Observed:
    return Observed("id", {"size": 1, "tags": {OWNER_TAG: MINE, **tags}}, owner=MINE)


def plan(parts: Mapping[str, Sized], tags: Mapping[str, str], policy: Policy = MANUAL, approved: str | None = None) -> Plan:
    """Plan parts that are all there with the given tags."""
    memory = {name: PartMemory(name, Sized.TYPE, approved=approved) for name in parts}
    graph = Graph.of(*(Part(name, model) for name, model in parts.items()))
    return make_plan(graph, {name: seen(**tags) for name in parts}, memory, policy, datetime(2026, 11, 21, tzinfo=UTC))


def test_it_holds_for_what_is_left_of_an_update() -> None:
    both = {"a": Sized(size=2, tags={"team": "data"})}
    approved = " ".join(plan(both, {}).steps[0].keys)
    left = plan(both, {"team": "data"}, approved=approved)
    assert [change.path for change in left.steps[0].changes] == ["size"]
    assert left.due == left.steps
    assert not plan({"a": Sized(size=3)}, {"team": "data"}, approved=approved).due, "another size was never approved"


def test_it_holds_for_one_object() -> None:
    made = {"a": Sized(size=2)}
    assert plan(made, {}).hash != plan(made, {}, replace(MANUAL, address="default/y")).hash


def test_what_interrupts_is_named_first_however_much_there_is() -> None:
    many = {f"a{number}": Sized(tags={"team": "data"}) for number in range(6)} | {"b": Sized(size=2)}
    message = plan(many, {}).steps[0].needs[-1].message
    assert "approval: update b (size 1 -> 2, restarts); update a0 (" in message
