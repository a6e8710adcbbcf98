"""A plan that is approved already needs no second approval: `approve` says so instead of writing again."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.cli.commands.approve import already

APPROVE = "mwaa-operator.dev/approve"
ASKS = "plan ff48 waits for approval: update environment. Approve it"


def body(*conditions: str, waits: str, approved: str = "") -> dict[str, Any]:
    step = {"part": "environment", "action": "Update", "waitsFor": [waits]}
    return {
        "kind": "Environment",
        "metadata": {"namespace": "team", "name": "x", "annotations": {APPROVE: approved} if approved else {}},
        "spec": {"approval": "Manual"},
        "status": {"conditions": [{"type": each} for each in conditions], "plan": {"hash": "ff48", "steps": [step]}},
    }


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (body("AwaitingApproval", "Stalled", waits=ASKS), ""),
        (body("AwaitingApproval", "Stalled", waits=ASKS, approved="another"), ""),
        # the operator has not noticed yet
        (body("AwaitingApproval", "Stalled", waits=ASKS, approved="ff48"), "on its way"),
        (body("Reconciling", waits="environment: maxWorkers is on the way", approved="ff48"), "on its way"),
        # of what was approved under another hash, a part is left
        (body("Reconciling", waits="environment: maxWorkers is on the way", approved="another"), "on its way"),
        (
            body("Stalled", waits="environment: AWS could not apply it", approved="ff48"),
            "`kubectl mwaa status` says what stops it",
        ),
        # a condition that was cut off, or is not said of one step among many
        (body(waits=ASKS), ""),
    ],
)
def test_what_is_approved_is_not_approved_again(found: dict[str, Any], said: str) -> None:
    assert already(found) == (said and f"Environment x: plan ff48 is approved already, {said}")
