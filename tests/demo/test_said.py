"""Which conditions the demo believes."""

from __future__ import annotations

from typing import Any

import pytest

from devcluster.stack.demo import said


def item(handled: str | None, generation: int) -> dict[str, Any]:
    ready = {"type": "Ready", "status": "True", "observedGeneration": generation}
    status = {"conditions": [ready]} | ({"lastHandledReconcileAt": handled} if handled else {})
    return {"metadata": {"generation": 2}, "status": status}


@pytest.mark.parametrize(
    ("handled", "generation", "believed"),
    [("this run", 2, True), ("this run", 1, False), ("an earlier run", 2, False), (None, 2, False)],
)
def test_a_condition_counts_only_from_this_runs_look_on(handled: str | None, generation: int, believed: bool) -> None:
    assert bool(said(item(handled, generation), "Ready", "this run")) is believed


def test_an_object_without_a_status_says_nothing() -> None:
    assert said({"metadata": {"generation": 1}}, "Ready", "this run") == {}
