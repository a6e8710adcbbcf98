"""Plans: order, needs, adoption, drift, failures that are not repeated, and deletion in reverse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.core.change import fingerprint
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.need import EndsBy, Need
from mwaa_operator.core.observed import Failure, Observed, Sight, State, Unreadable
from mwaa_operator.core.owner import ADOPT_TAG, OWNER_TAG
from mwaa_operator.core.part import Effect, Graph, Late, Missing, Model, Part, Ref, Until, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import Adoption, DriftPolicy, Policy
from mwaa_operator.core.step import Action

MINE = "uid-1"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICY = Policy(uid=MINE, address="default/x")


@dataclass(frozen=True)
class Thing(Model):
    TYPE = "test/thing"
    size: int | None = attr(Effect.RESTART, default=1)
    parent: str | Late | None = attr(Effect.REFUSED, default=None)
    tags: Mapping[str, str] = attr(subset=True, default_factory=dict)


@dataclass(frozen=True)
class Question(Model):
    TYPE = "test/question"
    AFTER_NEEDS = True
    READ_ONLY = True
    about: str | Late = attr(compare=False)


def seen(size: int = 1, owner: str | None = MINE, **more: Any) -> Observed:
    fields = {"size": size, "tags": {OWNER_TAG: owner or ""}}
    return Observed(more.pop("id", "id"), fields, {"id": more.pop("out", "id")}, owner=owner, **more)


def plan(
    graph: Graph,
    sights: Mapping[str, Sight],
    policy: Policy = POLICY,
    memory: Mapping[str, PartMemory] | None = None,
    now: datetime = NOON,
) -> Any:
    return make_plan(graph, sights, memory or {}, policy, now)


CHAIN = Graph.of(
    Part("a", Thing()),
    Part("b", Thing(parent=Ref("a", "id"))),
    Part("c", Thing(parent=Ref("b", "id"))),
)


def test_only_the_first_of_a_chain_is_due_and_the_rest_says_what_it_waits_for() -> None:
    made = plan(CHAIN, {})
    assert [(step.part, step.due) for step in made.steps] == [("a", True), ("b", False), ("c", False)]
    assert "waits for a" in made.steps[1].needs[0].message


def test_a_value_flows_forward_once_its_part_is_there() -> None:
    made = plan(CHAIN, {"a": seen(out="vpc-1")})
    assert made.due[0].part == "b"
    assert made.due[0].model.parent == "vpc-1"


@pytest.mark.parametrize(
    ("state", "until", "due"),
    [
        (State.READY, Until.READY, True),
        (State.BUSY, Until.READY, False),
        (State.BUSY, Until.KNOWN, True),
        (State.FAILED, Until.READY, False),
    ],
)
def test_how_far_a_part_must_be_before_its_value_is_used(state: State, until: Until, due: bool) -> None:
    graph = Graph.of(Part("a", Thing()), Part("b", Thing(parent=Ref("a", "id", until))))
    assert (plan(graph, {"a": seen(state=state)}).step("b").due) is due


def test_a_part_with_open_differences_is_not_ready_for_others() -> None:
    assert [step.part for step in plan(CHAIN, {"a": seen(size=5)}).due] == ["a"]


def test_what_could_not_be_read_is_neither_created_nor_built_upon() -> None:
    unreadable = Unreadable(Problem(Trouble.DENIED, "AccessDenied", "no"))
    made = plan(CHAIN, {"a": unreadable})
    assert made.step("a") is None
    assert not made.due


def test_nothing_to_do_when_all_is_as_declared() -> None:
    graph = Graph.of(Part("a", Thing()))
    assert plan(graph, {"a": seen()}).steps == ()


@pytest.mark.parametrize(
    ("adoption", "adoptable", "owner", "taken"),
    [
        (Adoption.NEVER, False, MINE, True),
        (Adoption.NEVER, True, "", False),
        (Adoption.NEVER, True, "uid-2", False),
        (Adoption.IF_TAGGED, False, "", False),
        (Adoption.IF_TAGGED, True, "", True),
        (Adoption.ALWAYS, False, "", True),
        (Adoption.ALWAYS, False, "uid-2", False),
        (Adoption.ALWAYS, True, "uid-2", True),
        (Adoption.NEVER, False, None, True),  # carries no tags: it lives inside something that does
    ],
)
def test_what_belongs_to_others_is_left_alone(adoption: Adoption, adoptable: bool, owner: str | None, taken: bool) -> None:
    graph = Graph.of(Part("a", Thing(size=2, tags={OWNER_TAG: MINE})))
    made = plan(graph, {"a": seen(owner=owner, adoptable=adoptable)}, replace(POLICY, adoption=adoption))
    assert made.step("a").due is taken
    if not taken:
        assert made.step("a").needs[0].reason == "NotOurs"
        assert "adoption: Always" in made.step("a").needs[0].message


def test_a_field_that_aws_cannot_change_is_refused_with_both_values() -> None:
    graph = Graph.of(Part("a", Thing(parent="new")))
    step = plan(graph, {"a": replace(seen(), fields={"size": 1, "parent": "old", "tags": {}})}).step("a")
    assert not step.due
    assert step.needs[0].reason == "ImmutableField"
    assert "old" in step.needs[0].message
    assert "new" in step.needs[0].message


def test_drift_is_corrected_or_reported_and_a_change_of_spec_is_no_drift() -> None:
    graph, observed = Graph.of(Part("a", Thing())), {"a": seen(size=9)}
    settled = {"a": PartMemory("a", "test/thing", "id", applied=fingerprint(Thing()))}
    reporting = replace(POLICY, drift=DriftPolicy.REPORT)
    assert plan(graph, observed, memory=settled).step("a").is_drift
    assert plan(graph, observed, memory=settled).step("a").due
    assert [need.reason for need in plan(graph, observed, reporting, settled).step("a").needs] == ["DriftReported"]
    edited = {"a": replace(settled["a"], applied="something else")}
    assert plan(graph, observed, reporting, edited).step("a").due


def test_a_failed_update_is_not_sent_again_until_its_input_changes() -> None:
    failed = seen(failure=Failure("X", "requirements do not install"))
    memory = {"a": PartMemory("a", "test/thing", "id", attempted=fingerprint(Thing(size=2)))}
    step = plan(Graph.of(Part("a", Thing(size=2))), {"a": failed}, memory=memory).step("a")
    assert step.needs[0].reason == "UpdateRolledBack"
    assert "requirements do not install" in step.needs[0].message
    assert plan(Graph.of(Part("a", Thing(size=3))), {"a": failed}, memory=memory).step("a").due


def test_a_busy_part_is_changed_later_and_says_so() -> None:
    step = plan(Graph.of(Part("a", Thing(size=2))), {"a": seen(state=State.BUSY, reason="UPDATING")}).step("a")
    assert [(need.reason, need.condition) for need in step.needs] == [("Busy", "UpdatePending")]


def test_a_change_that_aws_works_on_is_on_the_way_and_not_sent_again() -> None:
    memory = {"a": PartMemory("a", "test/thing", "id", attempted=fingerprint(Thing(size=2)))}
    graph = Graph.of(Part("a", Thing(size=2)))
    step = plan(graph, {"a": seen(state=State.BUSY, reason="Updating")}, memory=memory).step("a")
    assert [(need.reason, need.condition) for need in step.needs] == [("Applying", "")]


def test_a_fact_of_another_object_is_waited_for_with_its_own_sentence() -> None:
    need = Need("DependencyNotReady", "waits for Network x", condition="ReferencesResolved")
    step = plan(Graph.of(Part("a", Thing(parent=Missing(need)))), {}).step("a")
    assert step.needs == (need,)


def test_a_question_is_never_a_step_and_says_what_it_waits_for() -> None:
    graph = Graph.of(Part("a", Thing()), Part("q", Question(Ref("a", "id"))))
    assert "waits for a" in plan(graph, {}).waits["q"][0].message
    assert plan(graph, {"a": seen()}).steps == ()


def test_what_left_the_graph_is_deleted() -> None:
    memory = {"old": PartMemory("old", "test/thing", "id-9")}
    made = plan(Graph.of(), {"old": seen(id="id-9")}, memory=memory)
    assert [(step.part, step.action) for step in made.due] == [("old", Action.DELETE)]


def test_deletion_goes_in_reverse_and_waits_for_what_is_going() -> None:
    deleting = replace(POLICY, deleting=True)
    all_there = {"a": seen(), "b": seen(), "c": seen()}
    assert [step.part for step in plan(CHAIN, all_there, deleting).due] == ["c"]
    assert [step.part for step in plan(CHAIN, {**all_there, "c": seen(state=State.GOING)}, deleting).due] == []
    assert [step.part for step in plan(CHAIN, {**all_there, "c": None}, deleting).due] == ["b"]
    assert plan(CHAIN, {"a": None, "b": None, "c": None}, deleting).steps == ()


def test_deletion_never_touches_what_belongs_to_others() -> None:
    assert plan(Graph.of(Part("a", Thing())), {"a": seen(owner="uid-2")}, replace(POLICY, deleting=True)).steps == ()


@pytest.mark.parametrize(
    "policy", [replace(POLICY, drift=DriftPolicy.REPORT), replace(POLICY, manual=True)], ids=["reported", "unapproved"]
)
def test_a_difference_that_waits_for_the_user_takes_nothing_away_from_others(policy: Policy) -> None:
    graph = Graph.of(Part("a", Thing()), Part("q", Question(Ref("a", "id"))))
    settled = {"a": PartMemory("a", "test/thing", "id", applied=fingerprint(Thing()))}
    made = plan(graph, {"a": seen(size=9)}, policy, settled)
    assert made.waits == {"q": ()}
    assert not made.step("a").due


def test_what_others_own_holds_nothing_of_ours() -> None:
    made = plan(CHAIN, {"a": seen(), "b": seen(owner="uid-2")}, replace(POLICY, deleting=True))
    assert [step.part for step in made.due] == ["a"]


def test_a_part_that_stands_says_when_what_it_was_built_upon_is_gone() -> None:
    lost = Need("DependencyNotFound", "Network x does not exist", condition="ReferencesResolved")
    late = Need("DependencyNotReady", "waits for Network x", condition="ReferencesResolved")
    sights = {"a": seen()}
    assert plan(Graph.of(Part("a", Thing(parent=Missing(lost)))), sights).waits == {"a": (lost,)}
    assert plan(Graph.of(Part("a", Thing(parent=Missing(late)))), sights).waits == {}


def test_what_is_kept_is_let_go_once() -> None:
    retaining = replace(POLICY, deleting=True, retain=True)
    (step,) = plan(Graph.of(Part("a", Thing())), {"a": seen()}, retaining).steps
    assert step.action is Action.UPDATE
    assert step.changes[0].desired == {OWNER_TAG: "", ADOPT_TAG: "default/x"}
    assert plan(Graph.of(Part("a", Thing())), {"a": seen(owner="")}, retaining).steps == ()


def test_manual_approval_holds_the_plan_until_its_hash_is_named() -> None:
    manual = replace(POLICY, manual=True)
    made = plan(CHAIN, {}, manual)
    assert not made.due
    assert made.hash in made.steps[0].needs[-1].message
    assert [step.part for step in plan(CHAIN, {}, replace(manual, approved=made.hash)).due] == ["a"]
    assert not plan(Graph.of(Part("a", Thing(size=7))), {}, replace(manual, approved=made.hash)).due


def test_an_approval_holds_for_all_waves_of_the_plan_that_it_was_given_for() -> None:
    manual = replace(POLICY, manual=True)
    first = plan(CHAIN, {}, manual)
    memory = {step.part: PartMemory(step.part, "test/thing", approved=" ".join(step.keys)) for step in first.steps}
    later = plan(CHAIN, {"a": seen(out="vpc-1")}, manual, memory)
    assert later.hash != first.hash
    assert [step.part for step in later.due] == ["b"], "the value of a was not known when the plan was approved"
    edited = Graph.of(Part("a", Thing()), Part("b", Thing(size=7, parent=Ref("a", "id"))))
    assert not plan(edited, {"a": seen()}, manual, memory).due, "this was never approved"


def test_what_an_approval_is_for_stands_in_the_message() -> None:
    asked = plan(Graph.of(Part("a", Thing(size=2))), {"a": seen()}, replace(POLICY, manual=True))
    message = asked.steps[0].needs[-1].message
    assert "update a (size 1 -> 2, restarts)" in message
    assert f"kubectl mwaa approve x -n default`, or with the annotation mwaa-operator.dev/approve={asked.hash}" in message


@pytest.mark.parametrize(("remake", "remade", "deleted"), [(0, 0, False), (2, 0, True), (2, 1, True), (2, 2, False)])
def test_what_aws_could_not_create_is_remade_by_policy_and_with_a_cap(remake: int, remade: int, deleted: bool) -> None:
    graph = Graph.of(Part("a", Thing(), remake=remake))
    failed = seen(state=State.FAILED, reason="CreateFailed", stillborn=True)
    made = plan(graph, {"a": failed}, memory={"a": PartMemory("a", "test/thing", remade=remade)})
    assert [(step.part, step.action) for step in made.due] == ([("a", Action.DELETE)] if deleted else [])
    theirs = plan(graph, {"a": replace(failed, owner="uid-2")}, replace(POLICY, adoption=Adoption.ALWAYS))
    assert not [step for step in theirs.steps if step.action is Action.DELETE], "what is not ours is never deleted"


def test_what_is_taken_over_is_shown_before_it_is_changed() -> None:
    adopting = replace(POLICY, adoption=Adoption.ALWAYS, shown="")
    graph, theirs = Graph.of(Part("a", Thing(size=2))), {"a": seen(owner="")}
    shown = plan(graph, theirs, adopting)
    assert [need.reason for need in shown.step("a").needs] == ["AdoptionShown"]
    assert plan(graph, theirs, replace(adopting, shown=shown.hash)).due
    assert plan(graph, {"a": seen()}, adopting).due, "what is ours needs no such care"
    both = plan(Graph.of(Part("a", Thing(size=2)), Part("b", Thing(size=3))), {**theirs, "b": seen(owner="")}, adopting)
    [told] = {need.message for step in both.steps for need in step.needs}
    assert told.startswith("what exists is taken over at the next look: update a (size 1 -> 2, restarts"), told
    assert "; update b (size 1 -> 3, restarts" in told


def test_what_outlives_another_goes_after_it_although_it_was_built_upon_it() -> None:
    graph = Graph.of(
        Part("env", Thing()),
        Part("endpoint", Thing(parent=Ref("env", "id", Until.KNOWN)), outlives=frozenset({"env"})),
    )
    deleting = replace(POLICY, deleting=True)
    assert [step.part for step in plan(graph, {"env": seen(), "endpoint": seen()}, deleting).due] == ["env"]
    assert [step.part for step in plan(graph, {"env": None, "endpoint": seen()}, deleting).due] == ["endpoint"]


def test_parts_that_no_graph_knows_go_one_by_one() -> None:
    memory = {name: PartMemory(name, "test/thing", "id") for name in ("c", "b", "a")}
    there: dict[str, Sight] = {name: seen() for name in memory}
    deleting = replace(POLICY, deleting=True)
    assert [step.part for step in plan(Graph.of(), there, deleting, memory).due] == ["c"]
    assert [step.part for step in plan(Graph.of(), {**there, "c": None}, deleting, memory).due] == ["b"]
    retaining = replace(deleting, retain=True)
    released = plan(Graph.of(), there, retaining, memory).due
    assert [(step.part, step.action) for step in released] == [(name, Action.UPDATE) for name in memory]


def test_static_needs_of_a_kind_stand_before_a_creation() -> None:
    need = Need("IamNotAcknowledged", "ask", EndsBy.USER)
    assert plan(Graph.of(Part("a", Thing(), needs=(need,))), {}).step("a").needs == (need,)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 7))
    parts = []
    for index in range(count):
        parent = draw(st.sampled_from([None, *range(index)]))
        parts.append(Part(f"p{index}", Thing(parent=None if parent is None else Ref(f"p{parent}", "id"))))
    return Graph.of(*draw(st.permutations(parts)))


@given(graphs(), st.data())
def test_every_graph_is_built_from_any_partial_state_and_taken_down_again(graph: Graph, data: st.DataObject) -> None:
    order = graph.order()
    there = data.draw(st.integers(0, len(order)))
    sights: dict[str, Sight] = {name: seen(out=name) for name in order[:there]}
    for _ in range(len(order) + 1):
        for step in plan(graph, sights).due:
            assert all(isinstance(sights.get(need), Observed) for need in graph.parts[step.part].depends_on())
            sights[step.part] = seen(out=step.part)
    assert set(sights) == set(order)
    deleting = replace(POLICY, deleting=True)
    for _ in range(len(order) + 1):
        for step in plan(graph, sights, deleting).due:
            assert all(sights[user] is None for user in graph.dependents(step.part))
            sights[step.part] = None
    assert not any(sights.values())


def test_a_graph_refuses_double_names_and_unknown_parts_and_names_circles() -> None:
    with pytest.raises(ValueError, match="not unique"):
        Graph.of(Part("a", Thing()), Part("a", Thing()))
    with pytest.raises(ValueError, match="lacks"):
        Graph.of(Part("a", Thing(parent=Ref("b", "id"))))
    with pytest.raises(ValueError, match="cycle"):
        Graph.of(Part("a", Thing(parent=Ref("b", "id"))), Part("b", Thing(parent=Ref("a", "id")))).order()


@pytest.mark.parametrize("sights", [{}, {"a": seen(size=2, owner="")}], ids=["create", "update"])
def test_a_plan_has_its_hash_before_the_object_has_a_uid(sights: Mapping[str, Sight]) -> None:
    def hash_for(uid: str, size: int = 1) -> str:
        model = Thing(size=size, tags={OWNER_TAG: uid, "team": "x"})
        policy = replace(POLICY, uid=uid, adoption=Adoption.ALWAYS)
        return str(plan(Graph.of(Part("a", model)), sights, policy).hash)

    assert hash_for("") == hash_for(MINE) != hash_for(MINE, size=3)


FOUND = replace(POLICY, adoption=Adoption.ALWAYS, retain=True)
TAGGED = Thing(tags={OWNER_TAG: MINE, "team": "x"})


def unmarked(size: int = 1, **tags: str) -> Observed:
    return replace(seen(size=size, owner=""), fields={"size": size, "tags": tags})


@pytest.mark.parametrize(
    ("sight", "policy", "steps"),
    [
        (unmarked(team="x"), FOUND, []),
        (unmarked(team="y"), FOUND, ["tags"]),
        (unmarked(size=2, team="x"), FOUND, ["size", "tags"]),
        (unmarked(team="x"), replace(FOUND, retain=False), ["tags"]),
        (replace(unmarked(team="x"), owner="another"), FOUND, ["tags"]),
    ],
    ids=["as it is", "another tag differs", "a field differs", "to be deleted one day", "marked by another"],
)
def test_what_was_found_and_will_be_kept_is_not_marked_for_its_own_sake(
    sight: Observed, policy: Policy, steps: list[str]
) -> None:
    made = plan(Graph.of(Part("a", TAGGED)), {"a": sight}, policy)
    assert [change.path for step in made.steps for change in step.changes] == steps


def test_nothing_is_made_for_what_stands_without_it() -> None:
    graph = Graph.of(Part("a", Thing()), Part("b", Thing(), after=frozenset({"a"})))
    assert plan(graph, {"b": unmarked()}, FOUND).steps == ()
    assert [step.part for step in plan(graph, {"b": seen()}, FOUND).steps] == ["a"]
    assert [step.part for step in plan(graph, {}, FOUND).steps] == ["a", "b"]


def test_what_was_found_is_left_when_the_object_goes() -> None:
    gone = replace(FOUND, deleting=True)
    assert plan(Graph.of(Part("a", TAGGED)), {"a": unmarked(team="x")}, gone).steps == ()
