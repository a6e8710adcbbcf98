"""Looks at a running environment beside AWS's word: Airflow's own health, and the probes that are asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from mwaa_operator.airflow.webserver import WebserverProbe, get
from mwaa_operator.aws.mwaa_heartbeat import SchedulerHeartbeat
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

MINUTE = timedelta(minutes=1)


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def with_probes(stack: Any, ask: Callable[[str], Any] = get) -> Any:
    """Give the operator the adapters of the probes, with a clock of the test."""

    def now() -> datetime:
        return datetime.now(UTC) + stack.later

    for each in (WebserverProbe(ask, now), SchedulerHeartbeat(Aws("test", stack.calls.append), now)):
        stack.registry.adapters[each.TYPE] = each
    return stack


def beat(environment: str) -> None:
    dimensions = [{"Name": "Function", "Value": "Scheduler"}, {"Name": "Environment", "Value": environment}]
    metric = {"MetricName": "SchedulerHeartbeat", "Dimensions": dimensions, "Value": 12.0}
    # of a whole minute: the one that is going on is not counted yet
    metric |= {"Timestamp": datetime.now(UTC) - MINUTE}
    boto3.client("cloudwatch").put_metric_data(Namespace="AmazonMWAA", MetricData=[metric])


@pytest.mark.row("A158")
@pytest.mark.parametrize(("version", "path"), [("2.10.3", "/health"), ("3.3.1", "/monitor/health")])
async def test_airflow_names_what_of_it_is_ill(new_stack: Callable[..., Any], version: str, path: str) -> None:
    """The row has a session cookie: here MWAA's InvokeRestApi signs in by itself, and none is kept (docs/fidelity.md)."""
    stack = new_stack({"airflowVersion": version})
    await stack.settle()
    stack.emulator.airflow_health("*", {"scheduler": "unhealthy"})
    try:
        assert said(await stack.once())["AirflowHealthy"].status is Truth.UNKNOWN, "a hiccup is no failure"
        known = stack.memory["airflow"]
        stack.memory["airflow"] = replace(known, remember={"unwellSince": "2026-01-01T00:00:00+00:00"})
        healthy = said(await stack.once())["AirflowHealthy"]
    finally:
        stack.emulator.airflow_health("*", None)
    assert (healthy.status, healthy.reason) == (Truth.FALSE, "AirflowUnhealthy")
    assert "scheduler is unhealthy" in healthy.message
    assert "metadatabase" not in healthy.message
    assert {(each["Method"], each["Path"]) for each in stack.requests("InvokeRestApi")} == {("GET", path)}


@pytest.mark.row("D167")
async def test_a_scheduler_without_heartbeat_is_not_healthy(new_stack: Callable[..., Any]) -> None:
    stack = with_probes(new_stack({"probes": {"schedulerHeartbeat": "10m"}}))
    beat("first")
    beating = said(await stack.settle())["SchedulerHealthy"]
    assert (beating.status, "within 10 min" in beating.message) == (Truth.TRUE, True)
    # the last one gets old; what was just started gets the whole time
    for later, truth, ready in (
        (11, Truth.UNKNOWN, Truth.TRUE),
        (20, Truth.UNKNOWN, Truth.TRUE),
        (21, Truth.FALSE, Truth.FALSE),
    ):
        stack.later = later * MINUTE
        conditions = said(await stack.once())
        silent = conditions["SchedulerHealthy"]
        assert (silent.status, silent.reason, conditions["Ready"].status) == (truth, "SchedulerSilent", ready), later
    assert silent.message.index("port 5432") < silent.message.index("requirements") < silent.message.index("load")
    assert conditions["AirflowHealthy"].status is Truth.TRUE
    stack.later = timedelta()
    assert said(await stack.once())["SchedulerHealthy"].status is Truth.TRUE


async def test_the_heartbeat_of_another_environment_is_none(new_stack: Callable[..., Any]) -> None:
    stack = with_probes(new_stack({"probes": {"schedulerHeartbeat": "10m"}}))
    beat("second")
    assert said(await stack.settle())["SchedulerHealthy"].reason == "SchedulerSilent"


async def test_without_probes_nothing_more_is_asked(stack: Any) -> None:
    with_probes(stack)
    run = await stack.settle()
    assert not {"WebserverReachable", "SchedulerHealthy"} & said(run).keys()
    assert not [call for call in stack.calls if call.service == "cloudwatch"]


@pytest.fixture
def web_server() -> Iterator[Any]:
    """Something that answers with whatever status it is told; 0 closes the connection without a reply."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if server.code:
                self.send_response(server.code)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        code = 302
        asked: list[str] = []

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def through(server: Any) -> Callable[[str], Any]:
    """Ask the server in place of the environment's host, which only AWS's names lead to."""

    async def ask(url: str) -> int:
        server.asked.append(url)
        return await get(f"http://127.0.0.1:{server.server_address[1]}/")

    return ask


@pytest.mark.row("D146")
@pytest.mark.parametrize(("code", "words"), [(502, "answers 502"), (0, "does not answer (ServerDisconnectedError)")])
async def test_a_web_server_that_does_not_answer_although_aws_says_available(
    new_stack: Callable[..., Any], web_server: Any, code: int, words: str
) -> None:
    spec = {"webserverAccessMode": "PUBLIC_ONLY", "probes": {"webserver": True}}
    stack = with_probes(new_stack(spec), through(web_server))
    run = await stack.settle()
    assert said(run)["WebserverReachable"].status is Truth.TRUE, "being sent to sign in is an answer"
    assert set(web_server.asked) == {f"{stack.facts(run)['webserverUrl']}/"}
    web_server.code = code
    for later, truth in ((0, Truth.UNKNOWN), (4, Truth.UNKNOWN), (5, Truth.FALSE)):
        stack.later = later * MINUTE + timedelta(seconds=1)
        run = await stack.once()
        away = said(run)["WebserverReachable"]
        assert (away.status, away.reason) == (truth, "WebserverUnreachable"), later
    assert words in away.message
    assert "security group" in away.message
    assert stack.facts(run)["environmentStatus"] == "AVAILABLE"
    web_server.code = 200
    assert said(await stack.once())["WebserverReachable"].status is Truth.TRUE


async def test_of_a_private_web_server_nobody_outside_can_tell(new_stack: Callable[..., Any], web_server: Any) -> None:
    stack = with_probes(new_stack({"probes": {"webserver": True}}), through(web_server))
    web_server.code = 0
    await stack.settle()
    stack.later = timedelta(hours=1)
    conditions = said(await stack.once())
    assert conditions["WebserverReachable"].status is Truth.UNKNOWN
    assert conditions["WebserverReachable"].reason == "WebserverOutOfSight"
    assert conditions["Ready"].status is Truth.TRUE


async def test_during_maintenance_a_web_server_may_be_away(new_stack: Callable[..., Any], web_server: Any) -> None:
    spec = {"webserverAccessMode": "PUBLIC_ONLY", "probes": {"webserver": True}}
    stack = with_probes(new_stack(spec), through(web_server))
    await stack.settle()
    web_server.code = 502
    stack.emulator.set_state("first", "MAINTENANCE")
    await stack.once()
    stack.later = timedelta(hours=1)
    assert said(await stack.once())["WebserverReachable"].status is Truth.UNKNOWN
