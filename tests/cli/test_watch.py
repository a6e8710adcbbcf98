"""When a watch ends: by what is said of the newest spec, after all that was asked for, when nothing goes on any more."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from mwaa_operator.cli.commands.list_objects import lines as listed
from mwaa_operator.cli.commands.list_objects import row
from mwaa_operator.cli.commands.status import command, outcome, summary, watched
from mwaa_operator.engine.queue import Key

from .test_rendering import NOW

GROUP = "mwaa-operator.dev"
STUCK = {"Ready": "False", "Stalled": "True"}


def body(
    said: dict[str, str], reasons: dict[str, str] | None = None, annotations: dict[str, str] | None = None, **status: Any
) -> dict[str, Any]:
    conditions = [
        {
            "type": type_,
            "status": truth,
            "reason": (reasons or {}).get(type_, type_),
            "message": "m",
            "observedGeneration": 2,
        }
        for type_, truth in said.items()
    ]
    meta = {"name": "x", "namespace": "team", "generation": 2, "annotations": annotations or {}}
    meta["creationTimestamp"] = NOW.isoformat()
    return {"kind": "Environment", "metadata": meta, "status": {"conditions": conditions, **status}}


@pytest.mark.parametrize(("reason", "ended"), [("Progressing", None), ("ProgressingWithRetry", 1)])
def test_what_is_still_moving_is_not_stuck(reason: str, ended: int | None) -> None:
    assert outcome(body({**STUCK, "Reconciling": "True"}, {"Reconciling": reason})) == ended
    assert outcome(body(STUCK)) == 1


def test_what_was_said_before_an_approval_or_a_wish_is_no_verdict() -> None:
    waits = {**STUCK, "AwaitingApproval": "True"}
    assert outcome(body(waits, plan={"hash": "abc"})) == 1
    assert outcome(body(waits, annotations={f"{GROUP}/approve": "abc"}, plan={"hash": "abc"})) is None
    assert outcome(body(waits, annotations={f"{GROUP}/approve": "old"}, plan={"hash": "abc"})) == 1
    look = {f"{GROUP}/reconcile-at": "2"}
    for said, verdict in ((STUCK, 1), ({"Ready": "True"}, 0)):
        assert outcome(body(said, annotations=look, lastHandledReconcileAt="1")) is None
        assert outcome(body(said, annotations=look, lastHandledReconcileAt="2")) == verdict


def test_ready_before_a_restart_has_begun_is_not_ready_after_it() -> None:
    asked = {f"{GROUP}/restart-at": "now"}

    def after(**remember: str) -> int | None:
        parts = [{"name": "environment", "type": "mwaa/environment", "id": "x", "remember": remember}]
        return outcome(body({"Ready": "True"}, annotations=asked, parts=parts))

    assert after() is None
    assert after(restartedFor="before") is None
    assert after(restartedFor="now") == 0
    assert outcome(body({"Ready": "True"}, parts=[])) == 0


def test_a_suspended_object_ends_the_watch_and_is_shown_as_such() -> None:
    there = body({"Ready": "True", "Suspended": "True"})
    assert outcome(there) == 1
    assert summary(there).startswith("Suspended: ")
    assert row(there)["suspended"] is True
    assert listed([there], NOW, False)[1].split() == ["Environment", "x", "True", "Suspended", "0s"]
    assert listed([body({"Ready": "True"})], NOW, False)[1].split() == ["Environment", "x", "True", "Ready", "0s"]


async def test_a_watch_of_what_waits_for_ever_ends_after_the_time_that_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that nobody bears is no fault of AWS: the object waits, and is not stuck."""
    waits = body({"Ready": "False", "Reconciling": "True"}, {"Ready": "DependencyNotFound", "Reconciling": "Progressing"})
    assert outcome(waits) is None
    at: Any = SimpleNamespace(key=lambda name, kind: Key(kind, "team", name), options=SimpleNamespace(output="table"))
    with pytest.raises(click.ClickException) as raised:
        await watched(at, waits, timedelta(0))
    assert raised.value.message == "Environment x is not Ready after 0 s: Ready=False DependencyNotFound: m"
    assert raised.value.exit_code == 1
    assert "Ready=False DependencyNotFound: m" in capsys.readouterr().out
    assert await watched(at, body({"Ready": "True"}), timedelta(0)) == 0


def test_a_timeout_is_of_a_watch() -> None:
    done = CliRunner().invoke(command, ["x", "--timeout", "1m"])
    assert done.exit_code != 0 and "--timeout is for a --watch" in done.output
