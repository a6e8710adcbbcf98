"""What people are told, and how loudly: times, one sentence once, and a Warning only when somebody is needed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mwaa_operator.core.condition import PASSING, Condition, Truth
from mwaa_operator.core.duration import whole


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (119, "1 min"), (7200, "120 min")])
def test_a_time_below_a_minute_is_told_in_seconds(seconds: float, said: str) -> None:
    assert whole(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("type_", "status", "reason", "loud"),
    [
        ("Ready", Truth.TRUE, "Ready", False),
        ("Ready", Truth.UNKNOWN, "Creating", False),
        ("Ready", Truth.FALSE, "DependencyNotReady", False),
        ("Ready", Truth.FALSE, "Deleting", False),
        ("Ready", Truth.FALSE, "DependencyNotFound", True),
        ("Ready", Truth.FALSE, "AwaitingEndpoints", False),
        ("Ready", Truth.FALSE, "AwaitingOthersEndpoints", True),
        ("Ready", Truth.FALSE, "AccessDenied", True),
        ("Ready", Truth.FALSE, "CreateFailed", True),
        ("Stalled", Truth.TRUE, "InUse", True),
    ],
)
def test_only_what_needs_somebody_is_a_warning(type_: str, status: Truth, reason: str, loud: bool) -> None:
    assert Condition(type_, status, reason, "").needs_somebody is loud


def test_what_passes_by_itself_is_in_the_list_of_reasons() -> None:
    page = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text()
    assert [reason for reason in PASSING if f"| `{reason}` |" not in page] == []
