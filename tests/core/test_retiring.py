"""What holds back the end of an object that has had its time: what is on the way, and nothing that stands for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mwaa_operator.core.change import fingerprint
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.need import EndsBy, Need
from mwaa_operator.core.observed import Failure, Observed, Sight, Unreadable
from mwaa_operator.core.part import Graph, Part, Ref
from mwaa_operator.core.policy import Adoption, DriftPolicy
from mwaa_operator.core.step import Action, Plan

from .test_plan import POLICY, Thing, plan, seen


def retired(*parts: Part) -> Graph:
    return replace(Graph.of(*parts), retired="b replaces it", leaves={"replacedBy": "b"})


def asked(found: Plan) -> bool:
    steps = {step.action for step in found.steps} == {Action.DELETE}
    return steps and any(need.condition == "AwaitingApproval" for step in found.steps for need in step.needs)


REFUSED = Thing(parent="other"), Observed("id", {"size": 1, "parent": "first", "tags": {}}, owner="uid-1")
CHANGED = Thing(size=2)


def test_a_change_that_aws_refuses_for_ever_does_not_hold_it_back() -> None:
    model, sight = REFUSED
    found = plan(retired(Part("a", model)), {"a": sight})
    assert asked(found)
    assert "a" not in found.models, "it is not as asked, and must not be noted as if it were"
    assert [need.reason for need in plan(Graph.of(Part("a", model)), {"a": sight}).steps[0].needs] == ["ImmutableField"]


def test_neither_does_what_was_rolled_back_or_is_only_reported() -> None:
    memory = PartMemory("a", "test/thing", attempted=fingerprint(CHANGED))
    rolled_back = seen(failure=Failure("X", "no"))
    assert asked(plan(retired(Part("a", CHANGED)), {"a": rolled_back}, memory={"a": memory}))
    memory, policy = PartMemory("a", "test/thing", applied=fingerprint(CHANGED)), replace(POLICY, drift=DriftPolicy.REPORT)
    assert asked(plan(retired(Part("a", CHANGED)), {"a": seen()}, policy, {"a": memory}))


def test_neither_does_what_waits_for_something_that_only_the_user_can_let_go_on() -> None:
    stuck = Part("a", Thing(), needs=(Need("Bad", "mend it", EndsBy.USER),))
    graph = retired(stuck, Part("b", Thing(parent=Ref("a", "id"))), Part("c", Thing()))
    assert asked(plan(graph, {"a": None, "b": None, "c": seen()}))


@pytest.mark.parametrize("needs", [(), (Need("Busy", "AWS works on it"),)])
def test_what_can_go_on_by_itself_goes_first(needs: tuple[Need, ...]) -> None:
    found = plan(retired(Part("a", CHANGED, needs=needs)), {"a": seen()})
    assert ([step.action for step in found.steps], found.retires) == ([Action.UPDATE], False)


def test_what_stands_beside_a_stuck_part_and_can_go_on_goes_first() -> None:
    model, sight = REFUSED
    found = plan(retired(Part("a", model), Part("b", CHANGED)), {"a": sight, "b": seen()})
    assert not asked(found)
    assert {step.action for step in found.steps} == {Action.UPDATE}


def test_what_is_over_is_only_ever_taken_down() -> None:
    graph = replace(retired(Part("a", CHANGED), Part("b", Thing())), over=True)
    found = plan(graph, {"a": seen(), "b": None})
    assert [(step.part, step.action) for step in found.steps] == [("a", Action.DELETE)]
    assert asked(found), "nobody has approved that, as far as anybody knows"


@pytest.mark.parametrize("sight", [seen(owner=""), Unreadable(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "503"))])
def test_nothing_ends_unasked_where_nothing_to_approve_is_seen(sight: Sight) -> None:
    taken_over = replace(POLICY, adoption=Adoption.ALWAYS, retain=True)
    assert not plan(retired(Part("a", Thing())), {"a": sight}, taken_over).retires
    assert plan(retired(Part("a", Thing())), {"a": None}, taken_over).retires
