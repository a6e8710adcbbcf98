"""What counts as drift: a difference that somebody made in AWS, and never one that an edit asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mwaa_operator.core.change import fingerprint
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.owner import Owner
from mwaa_operator.core.part import Effect, Graph, Model, Part, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import Adoption, DriftPolicy, Policy
from mwaa_operator.core.settled import settled

OWNER = Owner("Thing", "team", "x", "uid-1")
FOUND = Policy(OWNER.uid, "team/x", Adoption.ALWAYS, DriftPolicy.REPORT, retain=True)
OURS = replace(FOUND, retain=False)


@dataclass(frozen=True)
class Thing(Model):
    TYPE = "test/thing"
    size: int = attr(Effect.RESTART, default=1)
    tags: Mapping[str, str] = attr(subset=True, default_factory=lambda: {"team": "x", **OWNER.tags("a")})


def seen(size: int = 1, **tags: str) -> Observed:
    return Observed("id", {"size": size, "tags": {"team": "x", **tags}}, owner=tags.get("mwaa-operator.dev/owner", ""))


def step(sight: Observed, policy: Policy, applied: str) -> Any:
    memory = {"a": PartMemory("a", Thing.TYPE, "id", applied=applied)}
    return make_plan(Graph.of(Part("a", Thing())), {"a": sight}, memory, policy, datetime(2026, 11, 21, tzinfo=UTC)).step(
        "a"
    )


def test_a_change_of_the_deletion_policy_marks_the_thing_and_is_no_drift() -> None:
    before = settled(Thing(), seen(), FOUND)
    assert step(seen(), FOUND, before) is None
    marks = step(seen(), OURS, before)
    assert ([change.path for change in marks.changes], marks.is_drift) == (["tags"], False)
    assert marks.due, "with driftPolicy: Report it would wait for ever"


@pytest.mark.parametrize("applied", [settled(Thing(), seen(), FOUND), fingerprint(Thing())], ids=["now", "older release"])
def test_what_somebody_changes_on_a_thing_that_is_used_as_it_was_found_is_drift(applied: str) -> None:
    changed = step(seen(size=2), FOUND, applied)
    assert changed.is_drift
    assert [need.reason for need in changed.needs] == ["DriftReported"]


def test_a_mark_that_somebody_takes_away_is_drift() -> None:
    marked = seen(**OWNER.tags("a"))
    taken = step(seen(), OURS, settled(Thing(), marked, OURS))
    assert taken.is_drift
    assert [need.reason for need in taken.needs] == ["DriftReported"]
