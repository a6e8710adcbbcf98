"""What the kind itself finds in a spec: options and logs, at every look and without asking AWS."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.core.catalogue import BUILT_IN
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.kinds.environment import EnvironmentKind

PLAIN = {
    "subnetIds": ["subnet-0a", "subnet-0b"],
    "securityGroupIds": ["sg-0a"],
    "sourceBucketArn": "arn:aws:s3:::bucket",
    "executionRoleArn": "arn:aws:iam::123456789012:role/r",
}


def findings(catalogue: str = "", **spec: Any) -> list[Finding]:
    obj = Object("Environment", "team", "first", "6f1c", 1, EnvironmentSpec.model_validate({**PLAIN, **spec}))
    context = Context("123456789012", "us-east-1", "aws", catalogue=BUILT_IN.extended(catalogue), today=date(2026, 11, 21))
    return list(EnvironmentKind().desired(obj, context).findings)


def options(version: str = "2.10.3", **given: str) -> list[Finding]:
    named = {name.replace("__", "."): value for name, value in given.items()}
    return findings(airflowVersion=version, airflowConfigurationOptions=named)


@pytest.mark.parametrize(
    ("option", "version", "code", "severity"),
    [
        ("webserver.base_url", "2.10.3", "OptionRefused", Severity.ERROR),
        ("celery.worker_concurrency", "2.10.3", "OptionIgnored", Severity.WARNING),
        ("mwa.triggerer_enabled", "2.10.3", "OptionIgnored", Severity.WARNING),
        ("mwaa.triggerer_enabled", "2.6.3", "OptionUnknownToVersion", Severity.WARNING),
        ("foo.user", "2.10.3", "OptionSectionUnknown", Severity.WARNING),
        ("cor.parallelism", "2.10.3", "OptionSectionUnknown", Severity.WARNING),
    ],
)
def test_an_option_that_does_not_fit_is_named_once_and_without_its_value(option, version, code, severity) -> None:
    (finding,) = options(version, **{option: "s3cret"})
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.where == f"spec.airflowConfigurationOptions[{option}]"
    assert "s3cret" not in finding.message


@pytest.mark.parametrize(
    ("given", "version"),
    [
        ({"core.parallelism": "40", "celery.worker_autoscale": "5,0", "secrets.backend": "x"}, "2.10.3"),
        ({"metrics.metrics_allow_list": "a", "metrics.metrics_block_list": "b"}, "2.10.3"),
        ({"mwaa.triggerer_enabled": "False", "triggerer.default_capacity": "60"}, "2.7.2"),
        ({"api.base_url": "x", "dag_processor.parsing_processes": "2", "smtp.smtp_port": "587"}, "3.0.6"),
    ],
)
def test_options_that_fit_have_no_finding(given, version) -> None:
    assert options(version, **given) == []


def test_an_option_that_the_catalogue_names_is_known() -> None:
    given = {"airflowVersion": "2.10.3", "airflowConfigurationOptions": {"foo.user": "me"}}
    assert findings("options: {foo.user: {}}", **given) == []


def test_an_option_from_a_secret_is_looked_at_by_its_name() -> None:
    source = {"secretKeyRef": {"name": "mail", "key": "password"}}
    (finding,) = findings(airflowVersion="2.10.3", airflowConfigurationOptionsFrom={"foo.password": source})
    assert finding.code == "OptionSectionUnknown"


@pytest.mark.parametrize(
    ("version", "value", "codes"),
    [
        ("2.10.3", "True", ["PluginsLoadedLazily"]),
        ("2.10.3", "true", ["PluginsLoadedLazily"]),
        ("2.10.3", "false", []),
        ("2.10.3", None, []),
        ("3.0.6", "True", []),
    ],
)
def test_plugins_of_airflow_2_are_not_to_be_loaded_lazily(version, value, codes) -> None:
    given = {"core.lazy_load_plugins": value} if value else {}
    found = findings(airflowVersion=version, pluginsS3Path="plugins.zip", airflowConfigurationOptions=given)
    assert [each.code for each in found] == codes


@pytest.mark.row("D153")
@pytest.mark.parametrize(
    ("task_logs", "codes"),
    [
        ({"enabled": False, "logLevel": "INFO"}, ["TaskLogsTooQuiet"]),
        ({"enabled": True, "logLevel": "WARNING"}, ["TaskLogsTooQuiet"]),
        ({"enabled": True, "logLevel": "INFO"}, []),
        ({"enabled": True, "logLevel": "DEBUG"}, []),
    ],
)
def test_logs_of_tasks_at_info(task_logs, codes) -> None:
    found = findings(airflowVersion="2.10.3", loggingConfiguration={"taskLogs": task_logs})
    assert [each.code for each in found] == codes
    assert findings(airflowVersion="2.10.3", loggingConfiguration={"workerLogs": {"enabled": False}}) == []
