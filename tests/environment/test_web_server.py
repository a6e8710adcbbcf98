"""A web server that cannot be reached: that is a condition of the object, and no crash of the operator."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.report import report

MINUTE = 60.0


def conditions(run: Any) -> dict[str, Any]:
    return {each.type: each for each in report(run.found(), True, Truth.TRUE, "fine").conditions}


@pytest.mark.row("A143")
@pytest.mark.parametrize("fault", [None, {"code": "RestApiServerException", "message": "no route to host", "status": 500}])
async def test_a_web_server_without_a_route_is_a_condition(stack: Any, fault: dict[str, Any] | None) -> None:
    await stack.settle()
    if fault:
        stack.emulator.fault("mwaa", "InvokeRestApi", **fault)
    else:
        stack.emulator.airflow_health("*", None, reachable=False)
    shown = conditions(await stack.once())["AirflowHealthy"]
    assert (shown.status, shown.reason) == (Truth.UNKNOWN, "AirflowStarting")
    assert "its web server does not answer" in shown.message

    # it stays so: what is remembered says since when
    known = stack.memory["airflow"].remember
    stack.memory["airflow"].remember.update({**known, "unwellSince": "2026-01-01T00:00:00+00:00"})
    run = await stack.once()
    shown, environment = conditions(run)["AirflowHealthy"], run.sights["environment"]
    assert (shown.status, shown.reason) == (Truth.FALSE, "AirflowUnhealthy")
    assert isinstance(environment, Observed) and environment.state is State.READY
    assert stack.writes() == ["CreateEnvironment"]

    stack.emulator.clear_faults()
    stack.emulator.airflow_health("*", None)
    assert conditions(await stack.once())["AirflowHealthy"].status is Truth.TRUE
