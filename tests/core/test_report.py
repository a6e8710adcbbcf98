"""Conditions: the table of situations in the status contract, and kstatus's rules over all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.core.condition import ONLY_WHILE_TRUE, Condition, Truth, find, merged
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.finding import Finding, Severity, worst_first
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.need import EndsBy, Need
from mwaa_operator.core.observed import Observed, State, Unreadable
from mwaa_operator.core.part import Graph, Late, Missing, Model, Part, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import Policy
from mwaa_operator.core.report import Findings, Next, report
from mwaa_operator.core.step import Action, Plan, Step
from mwaa_operator.engine.status import findings_view

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
LATER = "2026-11-21T12:30:00+00:00"


@dataclass(frozen=True)
class Thing(Model):
    TYPE = "test/thing"
    size: str | Late = attr(default="1")


def situation(sight: Any = None, *, need: Need | None = None, problem: Problem | None = None, **more: Any) -> Findings:
    model = Thing(size=Missing(need)) if need and need.condition else Thing()
    part = more.pop("part", None) or Part("a", model, condition=more.pop("condition", None))
    graph = Graph.of(part, findings=more.pop("findings", ()))
    sights = {"a": sight}
    plan = make_plan(graph, sights, {}, Policy(uid="u"), NOW)
    memory = more.pop("memory", {})
    return Findings(graph, plan, sights, {"a": problem} if problem else {}, memory, NOW)


def say(found: Findings, was: Truth = Truth.UNKNOWN) -> tuple[dict[str, Condition], Next]:
    said = report(found, True, was, "all is well")
    return {condition.type: condition for condition in said.conditions}, said.next


READY = Observed("id", {"size": "1"})
WAITS = Need("DependencyNotReady", "waits for Network x", condition="ReferencesResolved")


@pytest.mark.parametrize(
    ("found", "ready", "reconciling", "stalled", "next_"),
    [
        (situation(READY), Truth.TRUE, False, False, Next.STEADY),
        (situation(replace(READY, state=State.BUSY, reason="CREATING")), Truth.UNKNOWN, True, False, Next.POLL),
        (
            situation(replace(READY, state=State.WAITING, reason="Pending", message="make the endpoints")),
            Truth.FALSE,
            True,
            False,
            Next.POLL,
        ),
        (
            situation(replace(READY, reason="UnderMaintenance", condition="UnderMaintenance")),
            Truth.TRUE,
            False,
            False,
            Next.STEADY,
        ),
        (situation(need=WAITS), Truth.FALSE, True, False, Next.SLOW),
        (situation(problem=Problem(Trouble.THROTTLED, "Throttled", "slow down")), Truth.TRUE, True, False, Next.RETRY),
        (situation(problem=Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "down")), Truth.TRUE, True, False, Next.RETRY),
        (situation(problem=Problem(Trouble.DENIED, "AccessDenied", "no")), Truth.FALSE, True, False, Next.SLOW),
        (situation(problem=Problem(Trouble.REFUSED, "AwsRefused", "bad name")), Truth.FALSE, False, True, Next.SLOW),
        (situation(problem=Problem(Trouble.NOT_YET, "InUse", "still used")), Truth.UNKNOWN, True, False, Next.POLL),
        (
            situation(replace(READY, state=State.FAILED, reason="CREATE_FAILED", message="why")),
            Truth.FALSE,
            False,
            True,
            Next.SLOW,
        ),
        (situation(Unreadable(Problem(Trouble.DENIED, "AccessDenied", "no"))), Truth.FALSE, True, False, Next.SLOW),
        (situation(READY, findings=(Finding("DagSyntaxError", "a.py:3", "bad"),)), Truth.FALSE, False, True, Next.SLOW),
        (situation(READY, findings=(Finding("X", "y", "z", Severity.WARNING),)), Truth.TRUE, False, False, Next.STEADY),
    ],
)
def test_each_situation_has_its_conditions(
    found: Findings, ready: Truth, reconciling: bool, stalled: bool, next_: Next
) -> None:
    said, when = say(found, was=Truth.TRUE)
    assert said["Ready"].status is ready
    assert ("Reconciling" in said) is reconciling
    assert ("Stalled" in said) is stalled
    assert when is next_


def test_the_message_names_the_part_and_what_to_do() -> None:
    said, _ = say(situation(need=WAITS))
    assert said["Ready"].reason == "DependencyNotReady"
    assert "waits for Network x" in said["Ready"].message
    assert said["ReferencesResolved"].status is Truth.FALSE


def test_what_aws_says_comes_before_what_the_spec_says() -> None:
    way_in = Finding("PrivateWebServer", "spec.webserverAccessMode", "build a way in", Severity.WARNING)
    lacks = Finding("RoleLacksPermission", "spec.executionRoleArn", "allow that", Severity.WARNING)
    unseen = Finding("NotChecked", "spec.kmsKey", "not seen", Severity.NOTICE)
    bad = Finding("DagSyntaxError", "a.py:3", "bad")
    assert worst_first((way_in, bad), (unseen, way_in, lacks)) == [bad, lacks, way_in, unseen]
    said, _ = say(replace(situation(READY, findings=(way_in,)), checks=(unseen, way_in, lacks)))
    assert said["Preflight"].reason == "RoleLacksPermission"
    assert said["Preflight"].message == "spec.executionRoleArn: allow that; spec.webserverAccessMode: build a way in"
    view = findings_view((way_in,), (unseen, way_in, lacks))
    assert view and [each["code"] for each in view["items"]] == ["RoleLacksPermission", "PrivateWebServer", "NotChecked"]


def test_a_warning_is_said_and_stops_nothing() -> None:
    said, _ = say(situation(READY, findings=(Finding("AccountNumberInName", "spec.name", "shows it", Severity.WARNING),)))
    assert said["Preflight"].status is Truth.TRUE
    assert said["Preflight"].message == "spec.name: shows it"


def test_what_is_found_at_every_look_and_by_a_check_too_is_said_once() -> None:
    warning = Finding("PrivateWebServer", "spec.x", "build a way in", Severity.WARNING)
    said, _ = say(replace(situation(READY, findings=(warning,)), checks=(warning,)))
    assert said["Preflight"].message == "spec.x: build a way in"


def test_a_wait_says_since_when_and_how_long_it_usually_takes() -> None:
    busy = replace(READY, state=State.BUSY, reason="CREATING", message="AWS creates it")
    memory = {"a": PartMemory("a", "test/thing", since="2026-11-21T12:18:00+00:00")}
    said, _ = say(situation(busy, memory=memory))
    assert said["Ready"].message == "a: AWS creates it, 12 min so far"
    just = {"a": PartMemory("a", "test/thing", since="2026-11-21T12:29:31+00:00", doing="Create", took={"Create": "31"})}
    said, _ = say(situation(busy, memory=just))
    assert said["Ready"].message == "a: AWS creates it; the last time it took 31 s"


def test_a_parts_own_condition_mirrors_it() -> None:
    failed = replace(READY, state=State.FAILED, reason="ImportError", message="dags/x.py: no module")
    assert say(situation(failed, condition="DagsImported"))[0]["DagsImported"].status is Truth.FALSE
    assert say(situation(replace(READY, message="3 DAGs"), condition="DagsImported"))[0]["DagsImported"].message == "3 DAGs"


def test_a_user_need_stalls_and_a_time_need_does_not() -> None:
    stuck = Graph.of(Part("a", Thing(), needs=(Need("IamNotAcknowledged", "ask", EndsBy.USER, "Synced"),)))
    plan = make_plan(stuck, {}, {}, Policy(uid="u"), NOW)
    said, when = say(Findings(stuck, plan, {}, {}, {}, NOW))
    assert said["Stalled"].reason == "IamNotAcknowledged"
    assert when is Next.SLOW


conditions = st.lists(
    st.builds(
        Condition,
        st.sampled_from(["Ready", "Reconciling", "Stalled", "Synced", "Drifted"]),
        st.sampled_from(Truth),
        st.sampled_from(["A", "B"]),
        st.text(max_size=5),
    ),
    unique_by=lambda c: c.type,
    max_size=5,
)


@given(conditions, conditions)
def test_the_transition_time_moves_only_with_the_status(first: list[Condition], second: list[Condition]) -> None:
    before = merged((), first, 1, "2026-01-01T00:00:00+00:00")
    after = merged(before, second, 2, LATER)
    for entry in after:
        old = find(before, str(entry["type"]))
        same = old is not None and old["status"] == entry["status"]
        assert (entry["lastTransitionTime"] == LATER) is not same
        assert entry["observedGeneration"] == 2
        assert not (entry["type"] in ONLY_WHILE_TRUE and entry["status"] != "True")
    assert merged(after, second, 2, "2027-01-01T00:00:00+00:00") == after


def test_who_is_waited_for_is_told_until_when() -> None:
    pending = replace(READY, state=State.WAITING, reason="Pending", message="make the endpoints", limit=timedelta(hours=72))
    begun, waiting = "2026-11-20T09:00:00+00:00", "2026-11-20T10:00:00+00:00"
    memory = {"a": PartMemory("a", "test/thing", since=begun, waiting=waiting)}
    now = datetime.fromisoformat(waiting)
    for later, left, near in ((0, 72, False), (47, 25, False), (48, 24, True), (71.5, 0, True), (80, 0, True)):
        said, _ = say(replace(situation(pending, memory=memory), now=now + timedelta(hours=later)))
        assert said["Ready"].message == f"a: make the endpoints, until 2026-11-23T10:00+00:00 at the latest ({left} h left)"
        assert ("DeadlineNear" in said) is near
    expected = "a: AWS gives up at 2026-11-23T10:00+00:00, in 0 h: make the endpoints"
    assert said["DeadlineNear"] == Condition("DeadlineNear", Truth.TRUE, "DeadlineNear", expected)


def test_a_state_that_is_a_condition_of_its_own_leaves_the_object_ready() -> None:
    seen = replace(READY, reason="UnderMaintenance", message="AWS is at work", condition="UnderMaintenance")
    said, _ = say(situation(seen, condition="AirflowHealthy"))
    assert said["UnderMaintenance"] == Condition("UnderMaintenance", Truth.TRUE, "UnderMaintenance", "AWS is at work")
    assert said["AirflowHealthy"].status is Truth.UNKNOWN, "nobody vouches for it meanwhile"
    assert "UnderMaintenance" not in say(situation(READY))[0]


@pytest.mark.row("C22", "D135")
@pytest.mark.parametrize(("minutes", "slow"), [(30, False), (31, True), (120, True)])
def test_what_takes_longer_than_usual_is_said_and_never_a_failure(minutes: int, slow: bool) -> None:
    begun = (NOW - timedelta(minutes=minutes)).isoformat()
    busy = replace(READY, state=State.BUSY, reason="Creating", usually=timedelta(minutes=30))
    memory = {"a": PartMemory("a", "test/thing", since=begun, doing="Update", took={"Create": "60", "Update": "1500"})}
    said, when = say(situation(busy, memory=memory))
    assert ("SlowerThanUsual" in said) is slow
    assert ("Stalled" in said, said["Ready"].status, when) == (False, Truth.UNKNOWN, Next.POLL)
    assert "the last time it took 25 min" in said["Ready"].message
    if slow:
        assert f"{minutes} min so far, usually 30 min" in said["SlowerThanUsual"].message


def test_all_that_the_checks_find_is_one_verdict_with_every_fault() -> None:
    checks = (Finding("NoRoute", "spec.subnetIds", "add one"), Finding("KeyDisabled", "spec.kmsKey", "enable it"))
    part = Part("a", Thing(), checks=("route", "key"))
    found = situation(None, part=part)
    said, when = say(replace(found, checks=(*checks, Finding("Old", "x", "y", Severity.WARNING))))
    assert (said["Ready"].status, said["Ready"].reason) == (Truth.FALSE, "PreflightFailed")
    assert "NoRoute: spec.subnetIds: add one; KeyDisabled: spec.kmsKey: enable it" in said["Preflight"].message
    assert (when, "Reconciling" in said) == (Next.POLL, False), "what was just made may not be visible yet"
    later = replace(found, checks=checks, unready_since=NOW - timedelta(minutes=10))
    assert say(later)[1] is Next.SLOW, "nothing goes on before somebody mends it"


def test_a_wait_for_a_moment_says_when_and_is_not_polled() -> None:
    moment = NOW + timedelta(hours=3)
    later = Need("OutsideChangeWindow", "waits for the window", condition="UpdatePending", until=moment)
    found = situation(READY)
    step = Step("a", Action.UPDATE, Thing(), needs=(later,))
    done = report(replace(found, plan=Plan((step,))), False, Truth.TRUE, "")
    assert (done.next, done.until) == (Next.STEADY, moment)
