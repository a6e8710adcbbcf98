"""What leaves the graph: who must let go of it first, whose it is, and whether it stays in AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from mwaa_operator.core.deletion import ties
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.memory import PartMemory, recall
from mwaa_operator.core.need import Need
from mwaa_operator.core.observed import Sight, State, Unreadable
from mwaa_operator.core.owner import ADOPT_TAG, OWNER_TAG
from mwaa_operator.core.part import Graph, Missing, Part, Ref, Until
from mwaa_operator.core.step import Action

from .test_plan import POLICY, Question, Thing, plan, seen

OLD = Graph.of(
    Part("role", Thing()),
    Part("policy", Thing(), after=frozenset({"role"})),
    Part("env", Thing(), after=frozenset({"role", "policy"})),
    Part("endpoint", Thing(parent=Ref("env", "id", Until.KNOWN)), outlives=frozenset({"env"})),
    Part("health", Question(about=Ref("env", "id"))),
)
ENV = Graph.of(Part("env", Thing()))
BROKEN = Unreadable(Problem(Trouble.UNAVAILABLE, "Throttled", "later"))
LATE = Missing(Need("DependencyNotReady", "waits for ExecutionRole x"))


def remembered(*names: str, graph: Graph = OLD) -> dict[str, PartMemory]:
    known = {name: replace(PartMemory(name, "test/thing", "id"), **ties(graph, name, None)) for name in names}  # type: ignore[arg-type]
    return recall([{"name": name, "type": "test/thing", **each.written()} for name, each in known.items()])


def test_who_uses_a_part_is_written_down_and_read_again() -> None:
    known = remembered("role", "policy", "env", "endpoint", "health")
    users = {name: each.used_by for name, each in known.items()}
    assert users == {"role": ("env", "policy"), "policy": ("env",), "env": (), "endpoint": ("env",), "health": None}
    less = Graph.of(Part("role", Thing(), keep=True), Part("env", Thing()))
    assert ties(less, "role", known["role"]) == {"used_by": ("env", "policy"), "keep": True}, "it may still be used by both"
    kept = remembered("a", graph=Graph.of(Part("a", Thing(), keep=True)))
    assert kept["a"].keep


@pytest.mark.parametrize(
    ("graph", "env", "gone"),
    [
        (ENV, seen(), ["policy"]),
        (ENV, None, ["policy"]),
        (ENV, seen(size=2), []),
        (ENV, seen(state=State.BUSY), []),
        (ENV, seen(state=State.FAILED), []),
        (ENV, BROKEN, []),
        (Graph.of(Part("env", Thing(parent=LATE))), seen(), []),
        (Graph.of(), seen(), ["env"]),
        (Graph.of(), BROKEN, []),
        (Graph.of(), None, ["policy"]),
    ],
    ids=[
        "as asked",
        "absent",
        "to be changed",
        "busy",
        "failed",
        "unseen",
        "not known yet",
        "left too",
        "left unseen",
        "gone",
    ],
)
def test_a_part_goes_when_no_user_of_it_may_need_it(graph: Graph, env: Sight, gone: list[str]) -> None:
    sights: dict[str, Sight] = {"role": seen(), "policy": seen(), "env": env}
    made = plan(graph, sights, memory=remembered("role", "policy", "env"))
    assert [step.part for step in made.due if step.action is Action.DELETE] == gone
    role = made.step("role")
    assert role and not role.due and "role" in role.needs[0].message


def test_the_last_of_them_goes_when_the_others_are_gone() -> None:
    made = plan(ENV, {"role": seen(), "policy": None, "env": seen()}, memory=remembered("role", "policy", "env"))
    assert [(step.part, step.action) for step in made.due] == [("role", Action.DELETE)]


def test_what_outlives_another_stays_while_that_is_changed() -> None:
    known = remembered("env", "endpoint")
    busy = plan(ENV, {"env": seen(size=3), "endpoint": seen()}, memory=known)
    assert [need.reason for need in busy.step("endpoint").needs] == ["PartNotReady"]
    assert plan(ENV, {"env": seen(), "endpoint": seen()}, memory=known).step("endpoint").due


def test_of_what_nothing_was_written_down_every_part_may_be_a_user() -> None:
    known = {"old": PartMemory("old", "test/thing", "id")}
    assert not plan(ENV, {"env": seen(size=2), "old": seen()}, memory=known).step("old").due
    assert plan(ENV, {"env": seen(), "old": seen()}, memory=known).step("old").due


RELEASED = {OWNER_TAG: "", ADOPT_TAG: "default/x"}


@pytest.mark.parametrize(
    ("owner", "retain", "keep", "let_go", "action"),
    [
        ("uid-1", False, False, False, Action.DELETE),
        (None, False, False, False, Action.DELETE),
        ("uid-2", False, False, False, None),
        ("", False, False, False, None),
        ("uid-1", True, False, False, Action.UPDATE),
        (None, True, False, False, None),
        ("", True, False, False, None),
        ("uid-1", False, True, False, Action.UPDATE),
        ("uid-1", False, False, True, Action.UPDATE),
    ],
)
def test_only_what_is_ours_goes_and_what_stays_is_let_go(
    owner: str | None, retain: bool, keep: bool, let_go: bool, action: Action | None
) -> None:
    known = {"old": PartMemory("old", "test/thing", "id", used_by=("env",), keep=keep)}
    graph = replace(ENV, let_go=frozenset({"old"} if let_go else ()))
    policy = replace(POLICY, retain=retain)
    sights: Mapping[str, Sight] = {"env": seen(), "old": seen(owner=owner)}
    step = plan(graph, sights, policy, known).step("old")
    assert (step and step.action) is action
    if action is Action.UPDATE:
        assert step.due and [change.desired for change in step.changes] == [RELEASED]
        assert not plan(graph, {**sights, "env": seen(size=2)}, policy, known).step("old").due


@pytest.mark.parametrize("graph", [Graph.of(), ENV], ids=["a spec that cannot be read", "a spec that speaks of less"])
def test_deletion_knows_the_order_of_what_no_graph_has(graph: Graph) -> None:
    deleting = replace(POLICY, deleting=True)
    there: dict[str, Sight] = {name: seen() for name in ("endpoint", "env", "policy", "role")}
    known = remembered(*there)
    for due in (["env"], ["endpoint", "policy"], ["role"]):
        made = [step.part for step in plan(graph, there, deleting, known).due]
        assert sorted(made) == due
        there |= dict.fromkeys(made)
    assert plan(graph, there, deleting, known).steps == ()


def test_deletion_keeps_what_was_kept_and_waits_for_it_no_more() -> None:
    deleting = replace(POLICY, deleting=True)
    known = {
        "a": PartMemory("a", "test/thing", "id", used_by=("b",)),
        "b": PartMemory("b", "test/thing", "id", used_by=(), keep=True),
    }
    made = plan(Graph.of(), {"a": seen(), "b": seen()}, deleting, known)
    assert {step.part: step.action for step in made.due} == {"a": Action.DELETE, "b": Action.UPDATE}


def test_a_part_of_the_graph_waits_for_those_that_used_it_and_left() -> None:
    deleting = replace(POLICY, deleting=True)
    known = {
        "env": PartMemory("env", "test/thing", "id", used_by=("x",)),
        "x": PartMemory("x", "test/thing", "id", used_by=()),
    }
    assert [step.part for step in plan(ENV, {"env": seen(), "x": seen()}, deleting, known).due] == ["x"]
