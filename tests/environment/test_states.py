"""AWS's twelve states and what they mean; differences and the calls that close them. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.aws.mwaa_environment import STATES, observe, update_params
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.change import changes
from mwaa_operator.core.observed import State
from mwaa_operator.core.owner import Owner
from mwaa_operator.core.part import Effect, Missing, Ref
from mwaa_operator.resources.mwaa import Environment, log_group_name

OWNER = Owner("Environment", "team", "first", "6f1c")
WANT = Environment(
    name="first",
    execution_role_arn="arn:aws:iam::123456789012:role/r",
    source_bucket_arn="arn:aws:s3:::b",
    dag_s3_path="dags",
    subnet_ids=("subnet-1", "subnet-2"),
    security_group_ids=("sg-1",),
)
TASK_LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:airflow-first-Task:*"
VIEW = {
    "Name": "first",
    "Arn": "arn:aws:airflow:us-east-1:123456789012:environment/first",
    "Status": "AVAILABLE",
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
    "SourceBucketArn": "arn:aws:s3:::b",
    "DagS3Path": "dags/",
    "NetworkConfiguration": {"SubnetIds": ["subnet-2", "subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "AirflowVersion": "2.10.3",
    "EnvironmentClass": "mw1.small",
    "MinWorkers": 1,
    "MaxWorkers": 10,
    "LoggingConfiguration": {
        "TaskLogs": {"Enabled": True, "LogLevel": "INFO", "CloudWatchLogGroupArn": TASK_LOGS},
        "WorkerLogs": {"Enabled": False, "LogLevel": "INFO"},
    },
}
OPTIONS = {"core.parallelism": "9"}
FAILED = {"Status": "FAILED", "Error": {"ErrorCode": "INCORRECT_CONFIGURATION", "ErrorMessage": "no route"}}


def target(want: Environment = WANT) -> Target[Environment]:
    return Target("environment", want, OWNER, "us-east-1")


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("CREATING", State.BUSY, "Creating"),
        ("PENDING", State.WAITING, "AwaitingEndpoints"),
        ("UPDATING", State.BUSY, "Updating"),
        ("CREATING_SNAPSHOT", State.BUSY, "CreatingSnapshot"),
        ("ROLLING_BACK", State.BUSY, "RollingBack"),
        ("AVAILABLE", State.READY, "Available"),
        ("MAINTENANCE", State.READY, "UnderMaintenance"),
        ("CREATE_FAILED", State.FAILED, "CreateFailed"),
        ("UNAVAILABLE", State.FAILED, "Unavailable"),
        ("DELETING", State.GOING, "Deleting"),
        ("RESTING", State.BUSY, "UnknownStatus"),
    ],
)
def test_what_each_status_means(status: str, state: State, reason: str) -> None:
    seen = observe({**VIEW, "Status": status}, target())
    assert (seen.state, seen.reason) == (state, reason)
    assert seen.failure is None
    if status == "RESTING":
        assert "RESTING" in seen.message


def test_every_status_of_the_api_has_a_meaning() -> None:
    import botocore.session

    shape = botocore.session.get_session().get_service_model("mwaa").shape_for("EnvironmentStatus")
    assert set(shape.enum) == {*STATES, "DELETED"}


def test_an_available_environment_whose_update_failed_says_so() -> None:
    seen = observe({**VIEW, "LastUpdate": FAILED}, target())
    assert seen.state is State.READY
    assert seen.failure and (seen.failure.code, seen.failure.message) == ("INCORRECT_CONFIGURATION", "no route")
    assert "INCORRECT_CONFIGURATION: no route" in seen.message


@pytest.mark.parametrize(("max_workers", "state"), [(10, State.READY), (12, State.FAILED)])
def test_update_failed_is_usable_when_what_is_asked_for_runs(max_workers: int, state: State) -> None:
    want = replace(WANT, max_workers=max_workers)
    seen = observe({**VIEW, "Status": "UPDATE_FAILED", "LastUpdate": FAILED}, target(want))
    assert (seen.state, seen.failure is not None) == (state, True)


@pytest.mark.row("A4", "A44")
def test_what_aws_fills_in_is_no_difference() -> None:
    assert changes(WANT, observe({**VIEW, "Tags": {}}, target())) == ()


@pytest.mark.parametrize(
    ("field", "value", "params"),
    [
        ("environment_class", "mw1.medium", {"EnvironmentClass": "mw1.medium"}),
        ("max_workers", 4, {"MaxWorkers": 4}),
        ("airflow_version", "2.11.2", {"AirflowVersion": "2.11.2"}),
        ("security_group_ids", ("sg-2", "sg-3"), {"NetworkConfiguration": {"SecurityGroupIds": ["sg-2", "sg-3"]}}),
        ("airflow_configuration_options", OPTIONS, {"AirflowConfigurationOptions": OPTIONS}),
        (
            "logging_configuration",
            {"WorkerLogs": {"Enabled": True, "LogLevel": "ERROR"}},
            {"LoggingConfiguration": {"WorkerLogs": {"Enabled": True, "LogLevel": "ERROR"}}},
        ),
        ("execution_role_arn", "arn:aws:iam::123456789012:role/s", {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/s"}),
        ("dag_s3_path", "other", {"DagS3Path": "other"}),
        ("weekly_maintenance_window_start", "TUE:03:30", {"WeeklyMaintenanceWindowStart": "TUE:03:30"}),
    ],
)
def test_an_update_names_only_what_changed(field: str, value: Any, params: dict[str, Any]) -> None:
    want = replace(WANT, **{field: value})
    seen = observe({**VIEW, "WeeklyMaintenanceWindowStart": "MON:01:00"}, target(want))
    assert update_params(changes(want, seen), want) == params


@pytest.mark.parametrize(
    ("field", "value"), [("subnet_ids", ("subnet-1", "subnet-3")), ("kms_key", "0a1b"), ("name", "second")]
)
def test_what_can_never_change(field: str, value: Any) -> None:
    [change] = changes(replace(WANT, **{field: value}), observe(VIEW, target()))
    assert (change.path, change.effect) == (field, Effect.REFUSED)


def test_a_key_declared_by_its_id_is_the_one_with_the_arn() -> None:
    want = replace(WANT, kms_key="0a1b")
    seen = observe({**VIEW, "KmsKey": "arn:aws:kms:us-east-1:123456789012:key/0a1b"}, target(want))
    assert changes(want, seen) == ()


def test_log_groups_are_named_as_mwaa_does() -> None:
    assert log_group_name("MyAirflowEnvironment", "DagProcessingLogs") == "airflow-MyAirflowEnvironment-DAGProcessing"
    assert observe(VIEW, target()).outputs["log_groups"] == ["airflow-first-Task"]


def test_values_that_are_not_known_yet_are_no_difference() -> None:
    want = replace(WANT, execution_role_arn=Ref("role", "arn"), subnet_ids=Ref("network", "subnets"))
    assert changes(want, observe(VIEW, target(want))) == ()
    assert not any(isinstance(late, Missing) for _, late in want.late())
