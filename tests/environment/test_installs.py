"""What components write about requirements and startup script when they start, in real log streams, becomes conditions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from mwaa_operator.aws import install_logs
from mwaa_operator.aws.install_logs import InstallLogReader
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

from .test_checks_of_a_steady_one import Checks

MINUTE = timedelta(minutes=1)
REQUIREMENTS, SCRIPT = {"requirementsS3Path": "requirements.txt"}, {"startupScriptS3Path": "startup.sh"}
LOGS = ("dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs")
LOUD = {log: {"enabled": True, "logLevel": "INFO"} for log in LOGS}
MISSING = "ERROR: No matching distribution found for nosuchthing==9.9"
INSTALLED = "Successfully installed pandas-2.1.4"
FINISHED = "Finished running startup script. Execution time: 0.004s."
INSTALL, STARTUP = "requirements_install_ip-10-0-0-1", "startup_script_execution_ip-10-0-0-1"


@dataclass
class Started:
    """An environment with its files, and a clock for the one who reads its logs."""

    stack: Any
    later: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        reader = InstallLogReader(Aws("test", self.stack.calls.append), lambda: self.begun + self.later)
        self.stack.registry.adapters[reader.TYPE] = reader

    @property
    def begun(self) -> datetime:
        environment = boto3.client("mwaa").get_environment(Name="first")["Environment"]
        return (environment.get("LastUpdate") or environment)["CreatedAt"].astimezone(UTC)

    def write(self, component: str, stream: str, *lines: str, after: timedelta = MINUTE) -> None:
        """Write lines into the log of a component, as its container does."""
        logs, group = boto3.client("logs"), f"airflow-first-{component}"
        if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)["logStreams"]:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        at = int((self.begun + after).timestamp() * 1000)
        events = [{"timestamp": at + number, "message": line} for number, line in enumerate(lines)]
        rejected = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        assert "rejectedLogEventsInfo" not in rejected, rejected

    def everywhere(self, stream: str, *lines: str) -> None:
        for component in ("Scheduler", "Worker", "WebServer"):
            self.write(component, stream, *lines)

    def forget(self) -> None:
        """Take away what was written, and let the second pass: AWS tells updates apart by it, and takes minutes for each."""
        while datetime.now(UTC) < self.begun.replace(microsecond=0) + timedelta(seconds=1):
            time.sleep(0.05)
        for component in ("Scheduler", "Worker", "WebServer"):
            logs, group = boto3.client("logs"), f"airflow-first-{component}"
            for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
                logs.delete_log_stream(logGroupName=group, logStreamName=stream["logStreamName"])

    async def said(self, later: timedelta) -> dict[str, Condition]:
        self.later = later
        return conditions(await self.stack.once())

    def reads(self) -> int:
        found = sum(call.operation == "filter_log_events" for call in self.stack.calls)
        self.stack.calls.clear()
        return found


def conditions(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


@pytest.fixture
def upload(account: Any) -> None:
    s3 = boto3.client("s3")
    for key in ("requirements.txt", "startup.sh"):
        s3.put_object(Bucket=account.bucket, Key=key, Body=b"x")


@pytest.fixture
async def started(new_stack: Callable[..., Any], upload: None) -> Callable[..., Any]:
    """Make an environment with one file, and let AWS finish it."""

    async def make(spec: dict[str, Any]) -> Started:
        stack = new_stack({**spec, "loggingConfiguration": LOUD})
        await stack.settle()
        stack.memory = {name: known for name, known in stack.memory.items() if not name.startswith("started/")}
        stack.calls.clear()
        return Started(stack)

    return make


@pytest.mark.row("B151", "D36")
async def test_a_package_that_cannot_be_found_is_quoted(started: Callable[..., Any]) -> None:
    stack = await started(REQUIREMENTS)
    stack.write("Scheduler", INSTALL, "Collecting nosuchthing==9.9", MISSING, "WARNING: You are using pip version 20")
    said = await stack.said(2 * MINUTE)
    installed = said["RequirementsInstalled"]
    assert (installed.status, installed.reason) == (Truth.FALSE, "RequirementsNotInstalled")
    assert "scheduler: No matching distribution found for nosuchthing==9.9" in installed.message
    assert (said["Ready"].status, said["Stalled"].reason) == (Truth.FALSE, "RequirementsNotInstalled")
    assert "No matching distribution found" in said["Ready"].message


@pytest.mark.row("B169")
@pytest.mark.parametrize(("component", "called"), [("Worker", "worker"), ("WebServer", "web server")])
async def test_every_component_is_listened_to(started: Callable[..., Any], component: str, called: str) -> None:
    stack = await started(REQUIREMENTS)
    stack.write("Scheduler", INSTALL, INSTALLED)
    stack.write(component, INSTALL, MISSING)
    installed = (await stack.said(2 * MINUTE))["RequirementsInstalled"]
    assert (installed.status, installed.reason) == (Truth.FALSE, "RequirementsNotInstalled")
    assert f": {called}: No matching distribution found for nosuchthing==9.9" in installed.message
    assert "scheduler:" not in installed.message


async def test_what_was_installed_everywhere_is_said_and_asked_no_more(started: Callable[..., Any]) -> None:
    stack = await started(REQUIREMENTS)
    remark = "ERROR: pip's dependency resolver does not currently take into account all the packages that are installed."
    stack.everywhere(INSTALL, remark, INSTALLED)
    said = await stack.said(2 * MINUTE)
    assert (said["RequirementsInstalled"].status, said["Ready"].status) == (Truth.TRUE, Truth.TRUE)
    assert "scheduler: installed; worker: installed; web server: installed" in said["RequirementsInstalled"].message
    assert stack.reads() == 3
    for minutes in (3, 10, 100):
        assert (await stack.said(minutes * MINUTE))["RequirementsInstalled"].status is Truth.TRUE
    assert stack.reads() == 0


async def test_a_steady_environment_costs_one_call_although_its_logs_were_read(started: Callable[..., Any]) -> None:
    stack = await started({**REQUIREMENTS, **SCRIPT})
    stack.everywhere(INSTALL, INSTALLED)
    stack.everywhere(STARTUP, FINISHED)
    await stack.said(2 * MINUTE)
    stack.later = 30 * MINUTE
    checks = Checks(stack.stack)
    await checks.once()
    counted = await checks.many(6)
    assert counted["filter_log_events"] == 0
    assert counted["get_environment"] == 6


@pytest.mark.row("B95")
async def test_the_result_of_the_script_is_shown_by_component(started: Callable[..., Any]) -> None:
    stack = await started(SCRIPT)
    for number, component in enumerate(("Scheduler", "Worker", "WebServer")):
        text = f"Finished running startup script. Execution time: 0.00{number}s."
        stack.write(component, STARTUP, "hello", text, "Running verification", "Verification completed")
    # the other spelling, and a later start: the last one counts
    later = "Finished running startup script. Execution time: 9.000s."
    stack.write("Worker", "startup_script_exection_ip-10-0-0-2", later, after=2 * MINUTE)
    succeeded = (await stack.said(3 * MINUTE))["StartupScriptSucceeded"]
    assert succeeded.status is Truth.TRUE
    assert succeeded.message == (
        "scheduler: Finished running startup script. Execution time: 0.000s.; "
        "worker: Finished running startup script. Execution time: 9.000s.; "
        "web server: Finished running startup script. Execution time: 0.002s."
    )


@pytest.mark.row("B170")
async def test_a_script_that_hangs_is_failed_with_its_last_lines(started: Callable[..., Any]) -> None:
    stack = await started(SCRIPT)
    stack.everywhere(STARTUP, FINISHED)
    lines = ("first", "Resolving dependencies", "https://me:hush@pypi.example.com/simple token=abc", "Waiting for lock")
    stack.write("WebServer", "startup_script_execution_ip-10-0-0-9", *lines, after=2 * MINUTE)
    said = (await stack.said(11 * MINUTE))["StartupScriptSucceeded"]
    assert (said.status, said.reason) == (Truth.TRUE, "StartupScriptSucceeded"), "it may still be at work"
    stack.stack.memory.pop("started/startupScript")
    said = await stack.said(13 * MINUTE)
    failed = said["StartupScriptSucceeded"]
    assert (failed.status, failed.reason) == (Truth.FALSE, "StartupScriptFailed")
    assert "web server: no end since" in failed.message
    assert "Resolving dependencies | https://***@pypi.example.com/simple token=*** | Waiting for lock" in failed.message
    assert "first" not in failed.message and "hush" not in failed.message and "abc" not in failed.message
    assert said["Ready"].status is Truth.FALSE


@pytest.mark.row("B173")
@pytest.mark.parametrize(
    ("line", "warns"), [("Python version is 3.10.8", True), ("Python 3.9.16", True), ("Python version is 3.11.6", False)]
)
async def test_another_python_than_the_versions_own_warns(started: Callable[..., Any], line: str, warns: bool) -> None:
    stack = await started({**SCRIPT, "airflowVersion": "2.8.1"})
    stack.everywhere(STARTUP, line, FINISHED)
    said = await stack.said(2 * MINUTE)
    succeeded = said["StartupScriptSucceeded"]
    assert said["Ready"].status is Truth.TRUE
    if warns:
        assert (succeeded.status, succeeded.reason) == (Truth.UNKNOWN, "PythonVersionDiffers")
        assert line in succeeded.message and "3.11" in succeeded.message
    else:
        assert succeeded.status is Truth.TRUE


@pytest.mark.row("B94")
async def test_a_change_of_the_script_says_how_long_it_takes_and_when_it_runs(
    started: Callable[..., Any], account: Any
) -> None:
    stack = await started(SCRIPT)
    stack.everywhere(STARTUP, FINISHED)
    assert (await stack.said(2 * MINUTE))["StartupScriptSucceeded"].status is Truth.TRUE
    stack.forget()
    boto3.client("s3").put_object(Bucket=account.bucket, Key="startup.sh", Body=b"echo 2")
    await stack.stack.once()
    said = await stack.said(MINUTE)
    assert (said["Reconciling"].status, said["Updating"].status) == (Truth.TRUE, Truth.TRUE)
    assert "this usually takes 10 to 30 minutes" in said["Reconciling"].message
    script = said["StartupScriptSucceeded"]
    assert (script.status, script.reason) == (Truth.UNKNOWN, "InstallAwaited")
    assert "runs as each component restarts, which takes AWS 10 to 30 minutes" in script.message


async def test_while_aws_works_the_logs_are_read_every_two_minutes(started: Callable[..., Any], account: Any) -> None:
    stack = await started(REQUIREMENTS)
    stack.everywhere(INSTALL, INSTALLED)
    await stack.said(2 * MINUTE)
    stack.forget()
    boto3.client("s3").put_object(Bucket=account.bucket, Key="requirements.txt", Body=b"nosuchthing==9.9")
    await stack.stack.once()
    stack.reads()
    for minutes, reads in ((1, 3), (2, 0), (3, 3)):
        said = await stack.said(minutes * MINUTE)
        assert (said["RequirementsInstalled"].reason, stack.reads()) == ("InstallAwaited", reads), minutes
    stack.write("Worker", INSTALL, MISSING, after=4 * MINUTE)
    said = await stack.said(5 * MINUTE)
    assert said["RequirementsInstalled"].status is Truth.FALSE
    assert said["Updating"].status is Truth.TRUE, "AWS has not noticed yet"
    # the container is started anew, and this time the index answers
    stack.write("Worker", "requirements_install_ip-10-0-0-7", INSTALLED, after=6 * MINUTE)
    stack.write("Scheduler", INSTALL, INSTALLED, after=6 * MINUTE)
    stack.write("WebServer", INSTALL, INSTALLED, after=6 * MINUTE)
    assert (await stack.said(8 * MINUTE))["RequirementsInstalled"].status is Truth.TRUE


async def test_silent_logs_are_given_up_after_a_while(started: Callable[..., Any]) -> None:
    stack = await started(REQUIREMENTS)
    said = await stack.said(2 * MINUTE)
    assert (said["RequirementsInstalled"].reason, said["Ready"].status) == ("InstallAwaited", Truth.TRUE)
    said = await stack.said(23 * MINUTE)
    assert (said["RequirementsInstalled"].status, said["RequirementsInstalled"].reason) == (Truth.UNKNOWN, "InstallUnseen")
    assert "sends the logs of scheduler, worker and web server at INFO" in said["RequirementsInstalled"].message
    stack.reads()
    await stack.said(60 * MINUTE)
    assert stack.reads() == 0


async def test_an_old_update_is_not_looked_into(started: Callable[..., Any]) -> None:
    stack = await started(REQUIREMENTS)
    stack.everywhere(INSTALL, MISSING)
    said = await stack.said(timedelta(days=2))
    assert (said["RequirementsInstalled"].reason, stack.reads()) == ("InstallUnseen", 0)
    assert "more than a day old" in said["RequirementsInstalled"].message


async def test_logs_of_too_many_lines_are_not_judged_by_their_oldest(
    started: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_logs, "EVENTS", 4)
    stack = await started(SCRIPT)
    stack.everywhere(STARTUP, *["still at it"] * 5, FINISHED)
    said = await stack.said(30 * MINUTE)
    assert (said["StartupScriptSucceeded"].reason, said["Ready"].status) == ("InstallUnseen", Truth.TRUE)
    assert "has more than 4 lines of it" in said["StartupScriptSucceeded"].message


async def test_logs_that_may_not_be_read_hold_nothing_up(started: Callable[..., Any]) -> None:
    stack = await started(REQUIREMENTS)
    stack.stack.emulator.fault(service="logs", operation="FilterLogEvents", code="AccessDeniedException")
    said = await stack.said(2 * MINUTE)
    assert (said["RequirementsInstalled"].reason, said["Ready"].status) == ("InstallUnseen", Truth.TRUE)
    assert "Allow the operator logs:FilterLogEvents" in said["RequirementsInstalled"].message
    stack.stack.emulator.clear_faults()
    stack.everywhere(INSTALL, INSTALLED)
    assert (await stack.said(5 * MINUTE))["RequirementsInstalled"].status is Truth.TRUE


@pytest.mark.row("B108")
async def test_a_script_that_left_the_spec_is_replaced_by_an_empty_one_and_said(
    started: Callable[..., Any], account: Any
) -> None:
    stack = await started(SCRIPT)
    stack.stack.change(startupScriptS3Path=None)
    said = conditions(await stack.stack.settle())
    succeeded = said["StartupScriptSucceeded"]
    assert "AWS cannot take one away, so that an empty one is in its place" in succeeded.message
    environment = boto3.client("mwaa").get_environment(Name="first")["Environment"]
    there = {"Key": environment["StartupScriptS3Path"], "VersionId": environment["StartupScriptS3ObjectVersion"]}
    assert boto3.client("s3").get_object(Bucket=account.bucket, **there)["Body"].read() == b"#!/bin/sh\n"


async def test_without_these_files_nothing_is_said_and_nothing_read(stack: Any) -> None:
    said = conditions(await stack.settle())
    assert not {"RequirementsInstalled", "StartupScriptSucceeded"} & said.keys()
    assert not [call for call in stack.calls if call.operation == "filter_log_events"]
