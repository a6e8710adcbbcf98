"""An environment from its creation on, over HTTP, through the engine's own run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.observed import Observed, State, Unreadable
from mwaa_operator.core.report import report

MINUTE = 60.0
GROUPS = [f"airflow-first-{kind}" for kind in ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")]


def seen(run: Any, part: str = "environment") -> Observed:
    sight = run.sights[part]
    assert isinstance(sight, Observed), sight
    return sight


def said(run: Any, minutes: int = 0) -> dict[str, Condition]:
    """Give the conditions of a run, some time after it began to wait."""
    run.found()
    run.now += timedelta(minutes=minutes, seconds=30)
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def log_groups() -> list[str]:
    found = boto3.client("logs").describe_log_groups(logGroupNamePrefix="airflow-first-")
    return [group["logGroupName"] for group in found["logGroups"]]


@pytest.mark.row("A1", "A15")
async def test_it_is_created_once_with_the_declared_fields(stack: Any) -> None:
    await stack.settle()
    await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    tags = request.pop("Tags")
    assert request == {
        "Name": "first",
        "DagS3Path": "dags",
        "ExecutionRoleArn": stack.account.role_arn,
        "SourceBucketArn": f"arn:aws:s3:::{stack.account.bucket}",
        "NetworkConfiguration": {
            "SubnetIds": sorted(stack.account.subnets),
            "SecurityGroupIds": [stack.account.group],
        },
    }
    assert tags["mwaa-operator.dev/owner"] == stack.uid


async def test_a_restarted_operator_finds_it_again(stack: Any) -> None:
    await stack.once()
    stack.memory = {}
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment"]


async def test_a_lost_reply_makes_no_second_one(stack: Any) -> None:
    stack.emulator.fault("mwaa", "CreateEnvironment", reply_lost=True, count=1)
    run = await stack.once()
    assert run.problems["environment"].reason == "AwsUnavailable"
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment"]


@pytest.mark.row("A148")
async def test_every_parameter_of_the_guides_stack_reaches_the_call(new_stack: Callable[..., Any]) -> None:
    """Those of the network: tests/network/test_create.py."""
    levels = {
        "dagProcessingLogs": "ERROR",
        "schedulerLogs": "WARNING",
        "taskLogs": "DEBUG",
        "webserverLogs": "CRITICAL",
        "workerLogs": "ERROR",
    }
    logs = {log: {"enabled": True, "logLevel": level} for log, level in levels.items()}
    stack = new_stack({"maxWorkers": 5, "loggingConfiguration": logs})
    await stack.once()
    [request] = stack.requests("CreateEnvironment")
    assert request["MaxWorkers"] == 5
    assert request["LoggingConfiguration"] == {
        log[0].upper() + log[1:]: {"Enabled": True, "LogLevel": level} for log, level in levels.items()
    }


@pytest.mark.row("A3", "A22", "A23", "A32")
async def test_every_declared_field_is_sent(new_stack: Callable[..., Any]) -> None:
    log = {"enabled": True, "logLevel": "WARNING"}
    stack = new_stack(
        {
            "name": "other",
            "airflowVersion": "2.11.2",
            "environmentClass": "mw1.medium",
            "minWorkers": 2,
            "maxWorkers": 5,
            "minWebservers": 2,
            "maxWebservers": 3,
            "schedulers": 3,
            "webserverAccessMode": "PUBLIC_ONLY",
            "airflowConfigurationOptions": {"core.default_task_retries": "3"},
            "weeklyMaintenanceWindowStart": "TUE:03:30",
            "loggingConfiguration": {
                "dagProcessingLogs": log,
                "schedulerLogs": log,
                "taskLogs": log,
                "webserverLogs": log,
                "workerLogs": {"enabled": False, "logLevel": "INFO"},
            },
            "tags": {"team": "data"},
        }
    )
    await stack.once()
    [request] = stack.requests("CreateEnvironment")
    sent = {"Enabled": True, "LogLevel": "WARNING"}
    expected = {
        "Name": "other",
        "AirflowVersion": "2.11.2",
        "EnvironmentClass": "mw1.medium",
        "MinWorkers": 2,
        "MaxWorkers": 5,
        "MinWebservers": 2,
        "MaxWebservers": 3,
        "Schedulers": 3,
        "WebserverAccessMode": "PUBLIC_ONLY",
        "AirflowConfigurationOptions": {"core.default_task_retries": "3"},
        "WeeklyMaintenanceWindowStart": "TUE:03:30",
        "LoggingConfiguration": {
            "DagProcessingLogs": sent,
            "SchedulerLogs": sent,
            "TaskLogs": sent,
            "WebserverLogs": sent,
            "WorkerLogs": {"Enabled": False, "LogLevel": "INFO"},
        },
    }
    received = {name: value for name, value in request.items() if name in expected}
    received.pop("AirflowConfigurationOptions"), expected.pop("AirflowConfigurationOptions")  # masked in the record
    assert received == expected
    view = boto3.client("mwaa").get_environment(Name="other")["Environment"]
    assert view["AirflowConfigurationOptions"] == {"core.default_task_retries": "3"}
    run = await stack.settle()
    assert not run.plan.steps
    assert stack.writes() == ["CreateEnvironment"]


@pytest.mark.row("A4")
async def test_no_version_sends_none_and_shows_awss(stack: Any) -> None:
    run = await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert "AirflowVersion" not in request
    assert stack.facts(run)["airflowVersion"] == "3.3.1"
    assert (await stack.once()).plan.steps == ()


@pytest.mark.parametrize("written", ["dags", "/dags/", "s3://my-bucket/dags", "s3://my-bucket/dags/"])
@pytest.mark.row("A9", "B113")
async def test_the_dag_folder_in_any_spelling(new_stack: Callable[..., Any], written: str) -> None:
    stack = new_stack({"dagS3Path": written})
    await stack.once()
    [request] = stack.requests("CreateEnvironment")
    assert request["DagS3Path"] == "dags"


async def test_a_dag_folder_in_another_bucket_is_named(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"dagS3Path": "s3://their-bucket/dags"})
    [finding] = stack.kind.desired(stack.obj, stack.context).findings
    assert (finding.code, finding.where) == ("OtherBucket", "spec.dagS3Path")
    assert "their-bucket" in finding.message


@pytest.mark.row("A21")
async def test_a_class_change_is_one_update_with_the_class_alone(stack: Any) -> None:
    await stack.settle()
    stack.change(environmentClass="mw1.medium")
    await stack.settle()
    assert stack.requests("UpdateEnvironment") == [{"Name": "first", "EnvironmentClass": "mw1.medium"}]


@pytest.mark.row("A21")
async def test_an_edit_during_an_update_waits_and_goes_into_the_next(stack: Any) -> None:
    await stack.settle()
    stack.change(environmentClass="mw1.medium")
    await stack.once()
    assert [need.reason for need in (await stack.once()).plan.step("environment").needs] == ["Applying"]
    stack.change(maxWorkers=4)
    await stack.once()
    stack.change(maxWorkers=6)
    run = await stack.once()
    assert len(stack.requests("UpdateEnvironment")) == 1
    [need] = run.plan.step("environment").needs
    assert (need.reason, "maxWorkers" in need.message) == ("Busy", True)
    await stack.settle()
    assert stack.requests("UpdateEnvironment")[1:] == [{"Name": "first", "MaxWorkers": 6}]


@pytest.mark.row("A22", "A23")
async def test_worker_counts_are_updated(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"minWorkers": 1, "maxWorkers": 2})
    await stack.settle()
    stack.change(minWorkers=2, maxWorkers=7)
    await stack.settle()
    assert stack.requests("UpdateEnvironment") == [{"Name": "first", "MinWorkers": 2, "MaxWorkers": 7}]


async def test_logs_groups_and_options_change_in_one_update(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowConfigurationOptions": {"core.default_task_retries": "1"}})
    await stack.settle()
    other = boto3.client("ec2").create_security_group(GroupName="h", Description="h", VpcId=stack.account.vpc)["GroupId"]
    stack.change(
        loggingConfiguration={"taskLogs": {"logLevel": "DEBUG"}},
        securityGroupIds=[other],
        airflowConfigurationOptions={"core.default_task_retries": "2"},
    )
    await stack.settle()
    [request] = stack.requests("UpdateEnvironment")
    assert set(request) == {"Name", "LoggingConfiguration", "NetworkConfiguration", "AirflowConfigurationOptions"}
    assert request["LoggingConfiguration"] == {"TaskLogs": {"Enabled": True, "LogLevel": "DEBUG"}}
    assert request["NetworkConfiguration"] == {"SecurityGroupIds": [other]}
    assert (await stack.once()).plan.steps == ()


async def test_values_that_aws_hides_are_no_difference(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowConfigurationOptions": {"smtp.smtp_password": "s3cr3t", "core.parallelism": "9"}})
    await stack.settle()
    assert (await stack.once()).plan.steps == ()
    stack.change(airflowConfigurationOptions={"core.parallelism": "9"})
    run = await stack.once()
    assert len(stack.requests("UpdateEnvironment")) == 1
    assert "s3cr3t" not in repr(run.plan.steps) + repr(run.graph)


@pytest.mark.row("A35")
async def test_tags_need_no_update(stack: Any) -> None:
    await stack.settle()
    stack.change(tags={"team": "data"})
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment", "TagResource"]
    assert boto3.client("mwaa").get_environment(Name="first")["Environment"]["Tags"]["team"] == "data"


async def test_subnets_and_name_are_refused(stack: Any) -> None:
    await stack.settle()
    stack.change(subnetIds=[stack.account.subnets[0], stack.account.subnet("10.192.22.0/24", "us-east-1c")])
    run = await stack.once()
    [need] = run.plan.step("environment").needs
    assert (need.reason, stack.writes()) == ("ImmutableField", ["CreateEnvironment"])


@pytest.mark.row("A33")
async def test_log_groups_come_first_go_last_and_are_shown(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"loggingConfiguration": {"workerLogs": {"enabled": True}, "taskLogs": {"enabled": True}}})
    run = await stack.once()
    assert log_groups() == GROUPS
    first_write = stack.emulator.writes()[-1]
    assert first_write.operation == "CreateEnvironment"
    run = await stack.settle()
    assert stack.facts(run)["logGroups"] == ["airflow-first-Task", "airflow-first-Worker"]
    stack.deleting = True
    await stack.once()
    assert log_groups() == GROUPS
    await stack.settle()
    assert log_groups() == []


@pytest.mark.row("A41", "A128", "B123")
async def test_status_shows_state_dates_version_and_link(stack: Any) -> None:
    run = await stack.once()
    assert stack.facts(run)["environmentStatus"] == "CREATING"
    run = await stack.settle()
    facts, view = stack.facts(run), boto3.client("mwaa").get_environment(Name="first")["Environment"]
    assert facts["environmentName"] == "first"
    assert facts["environmentArn"] == view["Arn"]
    assert facts["environmentStatus"] == "AVAILABLE"
    assert facts["createdAt"].endswith("Z")
    assert facts["webserverUrl"] == f"https://{view['WebserverUrl']}"
    assert facts["lastUpdate"] is None or "error" not in facts["lastUpdate"]
    assert facts["airflowHealthy"] is True
    assert f"healthy at {facts['webserverUrl']} (to open it, IAM must allow what the policy AmazonMWAAWebServerAccess" in (
        stack.kind.summary(facts)
    )
    # the link is the host alone: no token is asked for, and none is kept anywhere in status
    assert stack.emulator.calls("mwaa", "CreateWebLoginToken") == []
    assert urlsplit(facts["webserverUrl"])[2:] == ("", "", "")
    assert "token" not in json.dumps(dict(facts), default=str).lower()


@pytest.mark.row("A42")
async def test_a_long_creation_says_how_long_it_takes(stack: Any) -> None:
    run = await stack.once()
    assert (seen(run).state, stack.facts(run)["environmentStatus"]) == (State.BUSY, "CREATING")
    conditions = said(run, minutes=12)
    for type_ in ("Ready", "Reconciling"):
        assert "usually takes 20 to 30 minutes, 12 min so far" in conditions[type_].message
    assert (conditions["Ready"].status, conditions["Ready"].reason) == (Truth.UNKNOWN, "Creating")


@pytest.mark.row("A43")
async def test_a_failed_creation_shows_awss_reason(stack: Any) -> None:
    stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message="no route to the internet")
    await stack.once()
    stack.emulator.advance(30 * MINUTE)
    run = await stack.once()
    environment = seen(run)
    assert (environment.state, environment.reason) == (State.FAILED, "CreateFailed")
    conditions = said(run)
    for type_ in ("Ready", "Stalled", "Synced"):
        assert conditions[type_].reason == "CreateFailed"
        assert "INCORRECT_CONFIGURATION: no route to the internet" in conditions[type_].message
    assert stack.writes() == ["CreateEnvironment"]
    stack.deleting = True
    await stack.settle()
    assert stack.emulator.environments() == []


async def test_a_failed_update_is_not_sent_again_until_the_spec_changes(stack: Any) -> None:
    await stack.settle()
    stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    stack.change(environmentClass="mw1.large")
    await stack.once()
    stack.emulator.advance(60 * MINUTE)
    run = await stack.once()
    assert [need.reason for need in run.plan.step("environment").needs] == ["UpdateRolledBack"]
    assert "INCORRECT_CONFIGURATION: does not start" in run.plan.step("environment").needs[0].message
    assert len(stack.requests("UpdateEnvironment")) == 1
    stack.change(environmentClass=None)
    run = await stack.once()
    assert seen(run).state is State.READY, "the restored environment is as declared"
    assert stack.facts(run)["airflowHealthy"] is True
    stack.change(environmentClass="mw1.medium")
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 2


async def test_airflow_must_say_itself_that_it_is_well(stack: Any) -> None:
    stack.emulator.airflow_health("*", {"scheduler": "unhealthy"})
    for _ in range(3):
        run = await stack.once()
        stack.emulator.advance(15 * MINUTE)
    airflow = seen(run, "airflow")
    assert (airflow.state, airflow.reason) == (State.BUSY, "AirflowStarting")
    assert "scheduler is unhealthy" in airflow.message
    assert stack.facts(run)["airflowHealthy"] is False
    # it never gets well: what is remembered says since when
    known = stack.memory["airflow"]
    stack.memory["airflow"] = replace(known, remember={"unwellSince": "2026-01-01T00:00:00+00:00"})
    airflow = seen(await stack.once(), "airflow")
    assert (airflow.state, airflow.reason) == (State.FAILED, "AirflowUnhealthy")
    stack.emulator.airflow_health("*", None)
    assert seen(await stack.once(), "airflow").state is State.READY


async def test_airflow_that_does_not_answer_is_unwell(stack: Any) -> None:
    await stack.settle()
    stack.emulator.airflow_health("*", None, reachable=False)
    airflow = seen(await stack.once(), "airflow")
    assert (airflow.state, "does not answer" in airflow.message) == (State.BUSY, True)
    stack.emulator.set_state("first", "MAINTENANCE")
    run = await stack.once()
    assert (seen(run).state, seen(run, "airflow").state) == (State.READY, State.READY)
    assert "might be unavailable" in seen(run).message
    assert stack.facts(run)["airflowHealthy"] is False
    stack.emulator.airflow_health("*", None)


async def test_a_refused_question_names_the_permission(stack: Any) -> None:
    stack.emulator.fault("mwaa", "InvokeRestApi", code="AccessDeniedException", status=403)
    for _ in range(4):
        run = await stack.once()
        stack.emulator.advance(10 * MINUTE)
    sight = run.sights["airflow"]
    assert isinstance(sight, Unreadable)
    assert (sight.problem.reason, "airflow:InvokeRestApi" in sight.problem.message) == ("AccessDenied", True)


async def test_a_whole_look_at_a_steady_environment_costs_five_reads(stack: Any) -> None:
    await stack.settle()
    stack.calls.clear()
    assert (await stack.once()).plan.steps == ()
    endpoints = ["describe_network_interfaces", "describe_vpc_endpoints"]
    asked = ["describe_log_groups", *endpoints, "get_environment", "invoke_rest_api"]
    assert sorted(call.operation for call in stack.calls) == asked
