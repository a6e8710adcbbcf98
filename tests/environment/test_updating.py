"""An update takes minutes, and shows all the while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

MINUTE = 60.0


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.TRUE, "fine").conditions}


@pytest.mark.row("B51")
async def test_an_update_of_workers_shows_until_it_is_available_again(stack: Any) -> None:
    before = said(await stack.settle())
    assert "Updating" not in before
    stack.change(maxWorkers=7)
    shown = said(await stack.once())
    minutes = 0
    while boto3.client("mwaa").get_environment(Name="first")["Environment"]["Status"] != "AVAILABLE":
        assert shown["Updating"].status is Truth.TRUE
        assert (shown["Ready"].status, shown["Ready"].reason) == (Truth.UNKNOWN, "Updating")
        assert (f", {minutes} m" in shown["Ready"].message) == (minutes > 0)
        stack.emulator.advance(4 * MINUTE)
        minutes += 4
        stack.later = timedelta(minutes=minutes)
        run = await stack.once()
        shown = said(run)
    assert minutes >= 8, "more than one look must have seen it"
    assert "Updating" not in shown
    assert run.sights["environment"].reason == "Available"
