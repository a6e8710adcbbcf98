"""A deletion is called one wherever it is shown: in the condition, in the plan, and before it is approved."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.app.registry import registry
from mwaa_operator.aws.session import Aws
from mwaa_operator.cli.commands.approve import view
from mwaa_operator.cli.commands.restart import told
from mwaa_operator.cli.plan_view import lines, text
from mwaa_operator.core.change import Change, brief
from mwaa_operator.core.deletion import ending
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.owner import ADOPT_TAG, OWNER_TAG
from mwaa_operator.core.part import Effect, Graph, Part

from ..core.test_plan import MINE, POLICY, Thing, plan, seen

ENDING = replace(POLICY, deleting=True, manual=True)
STAYS = "the object is being deleted (deletionPolicy: Retain): the environment stays in AWS and is released"
TAGS = {OWNER_TAG: MINE, "team": "data"}
LONG = "a-value-that-is-much-longer-than-what-a-message-has-room-for, and more"


def test_an_approval_is_asked_for_the_end_of_an_object_in_so_many_words() -> None:
    there = {"environment": Observed("id", {"tags": TAGS}, owner=MINE)}
    (step,) = plan(Graph.of(Part("environment", Thing())), there, replace(ENDING, retain=True)).steps
    (need,) = step.needs
    assert need.message.startswith(f"{STAYS}: plan ")
    put = {ADOPT_TAG: POLICY.address}
    assert f"release environment (tags {json.dumps({OWNER_TAG: MINE})} -> {json.dumps(put)})" in need.message
    graph = Graph.of(Part("role", Thing()), Part("bucket", Thing(), keep=True), Part("key", Thing(), keep=True))
    deleted = plan(graph, {name: seen() for name in graph.parts}, ENDING).steps
    assert (
        deleted[0]
        .needs[-1]
        .message.startswith(
            "the object is being deleted (deletionPolicy: Delete): the key, bucket stay in AWS and are released; "
            "the role is deleted in AWS: plan "
        )
    )


def test_many_parts_are_counted() -> None:
    said = ending([], [str(number) for number in range(7)], retain=False)
    assert said.endswith("(deletionPolicy: Delete): the 0, 1, 2, 3, 4 and 2 more are deleted in AWS")


def test_what_has_no_tags_is_let_go_without_a_step() -> None:
    retaining = replace(POLICY, deleting=True, retain=True)
    alias = Observed("alias/x", {"name": "alias/x"}, owner=MINE)
    made = plan(Graph.of(Part("key", Thing()), Part("alias", Thing())), {"key": seen(), "alias": alias}, retaining)
    assert [step.part for step in made.steps] == ["key"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": "1"}, '{"a": "1"}'),
        ({"a": LONG[:50], "b": LONG[:50]}, f'{{"a": "{LONG[:50]}", ...}}'),
        ({"a": LONG}, f'{{"a": "{LONG[:60]}..."}}'),
        ([LONG[:40], LONG[:40], "x"], f'["{LONG[:40]}", ...]'),
        (LONG, f'"{LONG[:60]}..."'),
        ({"a": {"b": LONG}}, f'{{"a": {{"b": "{LONG[:60]}..."}}}}'),
    ],
)
def test_what_is_short_has_no_quote_and_no_bracket_open(value: Any, shown: str) -> None:
    assert brief(value, 60) == shown
    assert Change("tags", value, value, Effect.IN_PLACE).undone() == f"tags {shown} -> {shown}" or isinstance(value, dict)
    if not isinstance(value, str):
        assert text(value) == text(json.dumps(value)) == shown


def test_the_plan_that_is_approved_says_that_it_is_the_end() -> None:
    change = {"path": "tags", "observed": '{"owner": "x"}', "desired": "{}", "effect": "InPlace"}
    step = {"part": "environment", "action": "Update", "call": "airflow:TagResource", "changes": [change]}
    body: dict[str, Any] = {
        "kind": "Environment",
        "metadata": {"namespace": "team", "name": "guarded", "deletionTimestamp": "2026-11-21T20:00:00Z"},
        "spec": {"deletionPolicy": "Retain"},
        "status": {"plan": {"hash": "86", "steps": [step]}},
    }
    kinds = registry(Aws("test"))
    said = list(lines(view(kinds, body)))
    assert " ".join(" ".join(said).split()).startswith(f"Environment team/guarded: 1 step, plan 86 {STAYS}")
    assert "1. Release environment   airflow:TagResource" in said
    del body["metadata"]["deletionTimestamp"]
    assert "1. Update environment   airflow:TagResource" in lines(view(kinds, body))


def test_a_restart_of_what_is_suspended_says_when_it_comes() -> None:
    assert told("first", "now", is_suspended=False) == "Environment first: a restart is asked for (now)"
    assert told("first", "now", is_suspended=True).endswith("it is suspended: the restart comes when that is taken back")
