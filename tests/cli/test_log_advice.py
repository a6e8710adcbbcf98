"""What `kubectl mwaa logs` says at the end: known lines explained, and an enabled log without any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.aws.session import Aws
from mwaa_operator.checks.catalogue import ENTRIES
from mwaa_operator.cli.commands.logs import findings, nothing

SINCE = datetime(2026, 11, 21, 12, tzinfo=UTC)
GROUP = "airflow-first-Scheduler"
ROLE = "arn:aws:iam::123456789012:role/r"
KILLED = (
    "Executor reports task instance <TaskInstance: etl.load 2026-11-20 [queued]> finished (failed) although the task says "
    "its queued. (Info: None) Was the task killed externally?"
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.started(speed=0.0) as emulator:
        yield emulator


@pytest.fixture
def logs(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    emulator.reset()
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    logs = boto3.client("logs")
    for group in (GROUP, "airflow-first-Task"):
        logs.create_log_group(logGroupName=group)
    return logs


def put(logs: Any, message: str) -> None:
    logs.create_log_stream(logGroupName=GROUP, logStreamName="scheduler")
    event = {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": message}
    logs.put_log_events(logGroupName=GROUP, logStreamName="scheduler", logEvents=[event])


def body(ready: str = "True", groups: tuple[str, ...] = (GROUP, "airflow-first-Task")) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready, "lastTransitionTime": SINCE.isoformat()}]
    return {"status": {"conditions": conditions, "logGroups": list(groups), "executionRoleArn": ROLE}}


async def said(about: dict[str, Any], minutes: int = 10, group: str = GROUP, events: Any = ()) -> list[Any]:
    return await findings(Aws("test"), "us-east-1", about, group, events, SINCE + timedelta(minutes=minutes))


@pytest.mark.row("D185")
async def test_a_log_that_is_enabled_and_stays_empty_names_what_the_role_lacks(logs: Any) -> None:
    assert await said(body(), minutes=9) == [], "it may not have begun"
    (finding,) = await said(body())
    assert (finding.code, finding.where, str(finding.severity)) == ("LogsEmpty", GROUP, "Warning")
    for action in ("logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject*", "s3:GetBucket*", "s3:List*"):
        assert action in finding.message
        assert f"`{action}`" in ENTRIES["LogsEmpty"].fix
    assert ROLE in finding.message
    assert await said(body(ready="False")) == [], "it does not run"
    assert await said(body(groups=())) == [], "it is switched off"
    assert await said(body(), group="airflow-first-Task") == [], "no task may have run"
    put(logs, "an old line")
    assert await said(body()) == [], "it is only quiet just now"


@pytest.mark.row("D161")
async def test_a_task_that_ran_into_the_limit_is_explained(logs: Any) -> None:
    put(logs, KILLED)
    events = logs.filter_log_events(logGroupName=GROUP)["events"]
    (finding,) = await said(body(), events=events)
    assert finding.code == "TaskTimeLimit"
    assert "12 hours" in finding.message
    assert "sensor" in finding.message
    assert "sensor" in ENTRIES["TaskTimeLimit"].fix


async def test_lines_that_say_nothing_special_are_not_explained(logs: Any) -> None:
    assert await said(body(), events=[{"message": "Executor reports execution of etl.load"}]) == []


@pytest.mark.parametrize("span", [timedelta(minutes=10), timedelta(days=1), timedelta(days=3)])
def test_of_no_lines_no_more_is_said_than_is_known(span: timedelta) -> None:
    there = {**body(), "spec": {}}
    there["status"]["environmentArn"] = "arn"
    said = nothing(there, "task", "airflow-first-Task", SINCE, span)
    assert said.startswith("there are no lines in airflow-first-Task since 2026-11-21T12:00:00Z, which may mean that ")
    assert "no task has run" not in said
    assert ("--since 1d" in said) == (span < timedelta(days=1)), "that is no advice to who has just done it"


def test_what_is_known_to_keep_a_log_empty_is_said() -> None:
    there: dict[str, Any] = {**body(), "spec": {"loggingConfiguration": {"taskLogs": {"logLevel": "ERROR"}}}}
    assert "the environment does not exist yet." in nothing(there, "task", GROUP, SINCE, timedelta(minutes=10))
    there["status"]["environmentArn"] = "arn"
    assert "below the log level ERROR" in nothing(there, "task", GROUP, SINCE, timedelta(minutes=10))
    off = nothing({**body(groups=()), "spec": {}}, "task", GROUP, SINCE, timedelta(minutes=10))
    assert off.endswith("the log is switched off: enable it in spec.loggingConfiguration.taskLogs.")
