"""A field whose change makes a thing useless: it is deleted, and made anew when it is gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.owner import OWNER_TAG
from mwaa_operator.core.part import Effect, Graph, Model, Part, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import Policy
from mwaa_operator.core.step import Action, Plan

POLICY = Policy(uid="mine", address="default/x")
THERE = Observed("id", {"leads_to": "old", "size": 1}, owner="mine")


@dataclass(frozen=True)
class Way(Model):
    TYPE = "test/way"
    leads_to: str = attr(Effect.REPLACE)
    size: int = attr(default=1)


def plan(sight: Observed | None, leads_to: str = "new") -> Plan:
    graph = Graph.of(Part("way", Way(leads_to)))
    return make_plan(graph, {"way": sight}, {}, POLICY, datetime(2026, 11, 21, tzinfo=UTC))


def test_it_is_deleted_first_and_made_when_it_is_gone() -> None:
    (step,) = plan(THERE).steps
    assert (step.action, step.due) == (Action.DELETE, True)
    (step,) = plan(None).steps
    assert (step.action, step.due) == (Action.CREATE, True)


def test_a_deletion_that_is_under_way_is_waited_for() -> None:
    (step,) = plan(replace(THERE, state=State.GOING)).steps
    assert (step.action, [need.reason for need in step.needs]) == (Action.DELETE, ["Deleting"])


def test_other_fields_are_changed_in_place() -> None:
    (step,) = plan(replace(THERE, fields={"leads_to": "new", "size": 2})).steps
    assert step.action is Action.UPDATE


@pytest.mark.parametrize("owner", ["", "yours"])
def test_what_is_not_ours_is_never_deleted_for_it(owner: str) -> None:
    (step,) = plan(replace(THERE, owner=owner, fields={**THERE.fields, "tags": {OWNER_TAG: owner}})).steps
    assert (step.action, step.due, step.needs[0].reason) == (Action.UPDATE, False, "NotOurs")
