"""An environment beside the one that it replaces: the old one goes after the new one is proven, and only with approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api import parse
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.kind import Context, Neighbour
from mwaa_operator.core.report import report

HEALTHY = {"airflowHealthy": True, "environmentStatus": "AVAILABLE"}


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def successor(spec: dict[str, Any], facts: dict[str, Any], **changes: Any) -> Neighbour:
    return Neighbour(
        "Environment", "second", parse("Environment", {**spec, "replaces": "first"}, "second"), facts, **changes
    )


@pytest.fixture
def old(new_stack: Callable[..., Any]) -> Any:
    return new_stack()


def seen_by(stack: Any, *neighbours: Neighbour, **sources: Neighbour) -> None:
    """Let the object see who refers to it, and the DAG sources that it refers to."""
    targets = {("DagSource", name): source for name, source in sources.items()}
    stack.context = replace(stack.context, referrers=neighbours, targets=targets)


async def test_the_old_one_goes_only_after_approval_and_stays_gone(old: Any) -> None:
    await old.settle()
    seen_by(old, successor(old.spec, HEALTHY))
    old.emulator.clear_calls()
    run = await old.once()
    for _ in range(2):
        run = await old.once()
    assert old.emulator.writes() == []
    shown = said(run)
    assert (shown["AwaitingApproval"].status, shown["Ready"].reason) == (Truth.TRUE, "AwaitingApproval")
    assert "Environment second replaces it" in shown["AwaitingApproval"].message
    assert "delete environment" in shown["AwaitingApproval"].message
    assert shown["AirflowHealthy"].status is Truth.TRUE, "it works on until then"
    assert {step.action.value for step in run.plan.steps} == {"Delete"}
    assert old.facts(run)["airflowHealthy"] is True

    old.approved = run.plan.hash
    for _ in range(12):
        run = await old.once()
        old.emulator.advance(600)
        # the approval holds for the steps that become possible later, and nothing else makes it come back
        seen_by(old, successor(old.spec, {**HEALTHY, "airflowHealthy": None}))
    assert run.plan.steps == ()
    assert old.emulator.environments() == []
    assert old.facts(run)["replacedBy"] == "second"
    shown = said(run)
    assert shown["Ready"].status is Truth.TRUE
    assert "AirflowHealthy" not in shown
    assert "second has taken its place" in old.kind.summary(old.facts(run))

    seen_by(old)
    assert (await old.once()).plan.steps == ()
    assert old.requests("CreateEnvironment") == []


@pytest.mark.parametrize(
    "reason",
    ["it is not healthy yet", "it is not healthy", "it is being deleted", "it replaces another", "its DAGs are not proven"],
)
async def test_nothing_is_asked_before_the_new_one_is_proven(old: Any, reason: str) -> None:
    old.change(dagSourceRefs=[{"name": "etl"}])
    proven = {"revision": "1", "provenIn": ["third"] if reason == "its DAGs are not proven" else ["second"]}
    etl = Neighbour("DagSource", "etl", None, proven)
    health = {"it is not healthy yet": None, "it is not healthy": False}.get(reason, True)
    new = successor(old.spec, {**HEALTHY, "airflowHealthy": health}, deleting=reason == "it is being deleted")
    if reason == "it replaces another":
        new = replace(new, spec=parse("Environment", {**old.spec, "replaces": "third"}, "second"))
    seen_by(old, new, etl=etl)
    run = await old.settle()
    assert "AwaitingApproval" not in said(run)
    assert old.facts(run)["replacedBy"] is None


async def test_it_is_asked_once_the_same_dags_are_proven(old: Any) -> None:
    old.change(dagSourceRefs=[{"name": "etl"}])
    etl = Neighbour("DagSource", "etl", None, {"revision": "1", "provenIn": ["second"]})
    seen_by(old, etl=etl)
    await old.settle()
    seen_by(old, successor(old.spec, HEALTHY), etl=etl)
    assert said(await old.once())["AwaitingApproval"].status is Truth.TRUE


async def test_changes_go_on_until_it_is_approved(old: Any) -> None:
    await old.settle()
    seen_by(old, successor(old.spec, HEALTHY))
    old.change(maxWorkers=7)
    await old.once()
    assert [request["MaxWorkers"] for request in old.requests("UpdateEnvironment")] == [7]
    old.emulator.advance(1800)
    assert said(await old.once())["AwaitingApproval"].status is Truth.TRUE


async def test_two_that_replace_each_other_both_stay(old: Any) -> None:
    old.change(replaces="second")
    await old.settle()
    seen_by(old, successor(old.spec, HEALTHY))
    assert "AwaitingApproval" not in said(await old.once())


async def test_what_is_to_be_kept_is_only_let_go(old: Any) -> None:
    old.retain = True
    await old.settle()
    seen_by(old, successor(old.spec, HEALTHY))
    old.approved = (await old.once()).plan.hash
    await old.once()
    [kept] = old.emulator.environments()
    assert kept["name"] == "first"
    assert old.requests("DeleteEnvironment") == []


def test_the_new_one_says_what_is_not_copied(old: Any) -> None:
    old.change(replaces="other")
    graph = old.kind.desired(old.obj, Context("123456789012", "us-east-1", "aws"))
    [finding] = [each for each in graph.findings if each.code == "RunHistoryNotCopied"]
    assert (finding.where, finding.severity.value) == ("spec.replaces", "Warning")
    assert "no run history" in finding.message and "other" in finding.message


@pytest.mark.parametrize(("back", "found"), [("first", ["ReplacesEachOther"]), ("third", []), (None, [])])
def test_two_that_name_each_other_are_told(old: Any, back: str | None, found: list[str]) -> None:
    old.change(replaces="second")
    other = replace(successor(old.spec, HEALTHY), spec=parse("Environment", {**old.spec, "replaces": back}, "second"))
    graph = old.kind.desired(old.obj, replace(old.context, targets={("Environment", "second"): other}))
    mutual = [each for each in graph.findings if each.code == "ReplacesEachOther"]
    assert [each.code for each in mutual] == found
    assert all(each.severity.value == "Warning" and "second replaces this" in each.message for each in mutual)


def third_in_the_circle(stack: Any, back: str | None) -> None:
    """Let the object replace `second`, that one replace `third`, and this one whatever is said."""
    stack.change(replaces="second")
    second = replace(
        successor(stack.spec, HEALTHY), spec=parse("Environment", {**stack.spec, "replaces": "third"}, "second")
    )
    third = Neighbour("Environment", "third", parse("Environment", {**stack.spec, "replaces": back}, "third"), HEALTHY)
    behind = (third,) if back == "first" else ()
    stack.context = replace(stack.context, targets={("Environment", "second"): second}, referrers=behind)


@pytest.mark.parametrize(("back", "found"), [("first", True), ("second", False), (None, False)])
def test_three_in_a_circle_are_told_and_none_of_them_goes(old: Any, back: str | None, found: bool) -> None:
    third_in_the_circle(old, back)
    graph = old.kind.desired(old.obj, old.context)
    told = [each.message for each in graph.findings if each.code == "ReplacesEachOther"]
    assert bool(told) is found
    assert all("second replaces third, third replaces this environment in turn" in each for each in told)
    assert graph.retired == ""


def test_one_in_a_circle_may_still_be_replaced_by_another(old: Any) -> None:
    third_in_the_circle(old, "first")
    fourth = Neighbour("Environment", "fourth", parse("Environment", {**old.spec, "replaces": "first"}, "fourth"), HEALTHY)
    old.context = replace(old.context, referrers=(*old.context.referrers, fourth))
    assert old.kind.desired(old.obj, old.context).retired == "Environment fourth replaces it"
