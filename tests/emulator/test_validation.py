"""Requests against the service model: each fault found, all told at once."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_emulator.mwaa import model, rules, validation

GOOD: dict[str, Any] = {
    "Name": "first",
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
    "SourceBucketArn": "arn:aws:s3:::b",
    "DagS3Path": "dags",
    "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
}


def faults(operation: str, params: dict[str, Any]) -> list[str]:
    return list(validation.faults(model.service_model().operation_model(operation).input_shape, params))


def test_a_good_request_has_no_faults() -> None:
    assert faults("CreateEnvironment", GOOD) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Name": "1st"}, "'name' failed to satisfy constraint: Member must satisfy regular expression pattern"),
        ({"Name": "a" * 81}, "'name' failed to satisfy constraint: Member must have length less than or equal to 80"),
        ({"DagS3Path": None}, "Value null at 'dagS3Path' failed to satisfy constraint: Member must not be null"),
        ({"WebserverAccessMode": "OPEN"}, "enum value set: [PRIVATE_ONLY, PUBLIC_ONLY, PUBLIC_AND_PRIVATE]"),
        ({"MaxWorkers": 0}, "'maxWorkers' failed to satisfy constraint: Member must have value greater than or equal to 1"),
        ({"Schedulers": 6}, "Member must have value less than or equal to 5"),
        ({"MaxWorkers": "7"}, "Member must be of type integer"),
        ({"MaxWorkers": True}, "Member must be of type integer"),
        ({"Tags": {}}, "'tags' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        ({"Tags": {"a#b": "c"}}, "at 'tags.key' failed"),
        ({"AirflowConfigurationOptions": {"core.x": "a\nb"}}, "Value '***' at 'airflowConfigurationOptions.core.x.member'"),
        ({"LoggingConfiguration": {"TaskLogs": {"Enabled": True}}}, "'loggingConfiguration.taskLogs.logLevel'"),
    ],
)  # fmt: skip
def test_one_fault(change: dict[str, Any], expected: str) -> None:
    found = faults("CreateEnvironment", {**GOOD, **change})
    assert len(found) == 1
    assert expected in found[0]


def test_all_faults_at_once() -> None:
    network = {"SubnetIds": ["subnet-1", "net-2", "subnet-3"], "SecurityGroupIds": ["sg-1"]}
    bad = {**GOOD, "Name": "-", "ExecutionRoleArn": "role", "NetworkConfiguration": network, "MaxWorkers": "many"}
    found = faults("CreateEnvironment", bad)
    assert len(found) == 5
    assert validation.message(found).startswith("5 validation errors detected: ")


@pytest.mark.parametrize(("value", "good"), [("Ünïcode ключ", True), ("a:/b=+-@_.", True), ("no#hash", False)])
def test_unicode_categories_in_tag_patterns(value: str, good: bool) -> None:
    assert (faults("TagResource", {"ResourceArn": "arn:aws:airflow:eu-west-1:123456789012:environment/e",
                                   "Tags": {value: "v"}}) == []) is good  # fmt: skip


def test_documents_are_not_looked_into() -> None:
    request = {"Name": "e", "Path": "/dags", "Method": "GET", "QueryParameters": {"a": [1, {"b": None}]}, "Body": [1]}
    assert faults("InvokeRestApi", request) == []


def test_every_operation_of_the_model_has_a_route_and_a_method() -> None:
    from mwaa_emulator.mwaa.http import method_name
    from mwaa_emulator.mwaa.service import MwaaService

    assert len(model.routes()) == 12
    for route in model.routes():
        assert callable(getattr(MwaaService, method_name(route.operation)))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"AirflowVersion": "1.10.12"}, "Airflow version 1.10.12 is not supported"),
        ({"EnvironmentClass": "mw1.huge"}, "EnvironmentClass mw1.huge is not valid"),
        ({"Schedulers": 1}, "Schedulers must be between 2 and 5"),
        ({"EnvironmentClass": "mw1.micro", "Schedulers": 2}, "Schedulers must be between 1 and 1 for mw1.micro"),
        ({"MaxWorkers": 26}, "MaxWorkers must not exceed 25"),
        ({"MinWorkers": 5, "MaxWorkers": 4}, "MinWorkers must be less than or equal to MaxWorkers"),
        ({"MinWebservers": 3, "MaxWebservers": 2}, "MinWebservers must be less than or equal to MaxWebservers"),
        ({"RequirementsS3Path": "r.txt"}, "RequirementsS3ObjectVersion is required"),
        ({"KmsKey": "alias/x"}, "is an alias"),
        ({"WebserverAccessMode": "PUBLIC_AND_PRIVATE", "AirflowVersion": "3.0.6"}, "requires Apache Airflow version 3.2"),
        ({"Teams": {"red": {"SourceBucketArn": "arn:aws:s3:::other", "DagS3Path": "d"}}}, "IdentityCenterConfiguration"),
    ],
)
def test_rules_beyond_the_model(change: dict[str, Any], expected: str) -> None:
    found = list(rules.findings(rules.with_defaults({**GOOD, **change})))
    assert len(found) == 1, found
    assert expected in found[0]


def test_team_folders_overlap_as_prefixes() -> None:
    teams = {"red": {"SourceBucketArn": "arn:aws:s3:::b", "DagS3Path": "dags-red"}}
    settings = rules.with_defaults({**GOOD, "Teams": teams, "IdentityCenterConfiguration": {"StartUrl": "https://x"}})
    assert "global folder and team red" in next(rules.findings(settings))


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("2.10.3", "2.11.0", True),
        ("2.10.3", "3.0.6", False),
        ("2.11.0", "3.0.6", True),
        ("3.0.6", "2.11.2", True),
        ("3.0.6", "2.10.3", False),
        ("2.11.0", "2.10.1", True),
        ("3.2.1", "3.0.6", True),
    ],
)
def test_version_moves(old: str, new: str, allowed: bool) -> None:
    assert (rules.version_change_refused(old, new) is None) is allowed


def test_an_update_keeps_what_it_does_not_name() -> None:
    present = rules.with_defaults({**GOOD, "LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}}})
    after = rules.merged(present, {
        "Name": "first", "MaxWorkers": 3, "WorkerReplacementStrategy": "GRACEFUL",
        "NetworkConfiguration": {"SecurityGroupIds": ["sg-2"]},
        "LoggingConfiguration": {"WorkerLogs": {"Enabled": True, "LogLevel": "ERROR"}},
    })  # fmt: skip
    assert after["NetworkConfiguration"] == {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-2"]}
    assert set(after["LoggingConfiguration"]) == {"TaskLogs", "WorkerLogs"}
    assert after["MaxWorkers"] == 3 and "WorkerReplacementStrategy" not in after
