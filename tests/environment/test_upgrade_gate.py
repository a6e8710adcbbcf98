"""What does not fit the version that is asked for holds the change, and each of it is named before the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.aws.s3_facts import S3Facts
from mwaa_operator.aws.session import Aws
from mwaa_operator.checks.requirements import RequirementsCheck

AGREED = {"acknowledgeDowntime": True}
OLD = "https://raw.githubusercontent.com/apache/airflow/constraints-{}/constraints-3.11.txt"


def lines(version: str, extras: str = "") -> str:
    text = f'--constraint "{OLD.format(version)}"\n'
    return text + (f"apache-airflow[{extras}]=={version}\n" if extras else "pandas\n")


def updates(stack: Any) -> list[str]:
    return [request["AirflowVersion"] for request in stack.requests("UpdateEnvironment")]


async def running(new_stack: Callable[..., Any], version: str, requirements: str, **spec: Any) -> Any:
    """Give an environment of some version that was built with these requirements, and looks at them for real."""
    stack = new_stack({"airflowVersion": version, "requirementsS3Path": "requirements.txt", **spec})
    stack.registry.checks["requirements"] = RequirementsCheck(S3Facts(Aws("test", stack.calls.append)))
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="requirements.txt", Body=requirements.encode())
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="plugins.zip", Body=b"zip")
    await stack.settle()
    return stack


def errors(run: Any) -> dict[str, str]:
    """Give what holds the change."""
    found = (*run.graph.findings, *run.checks)
    return {each.code: each.message for each in found if each.severity.value == "Error"}


@pytest.mark.row("B81", "B82")
async def test_constraints_of_the_old_version_hold_the_upgrade_until_they_are_mended(new_stack: Callable[..., Any]) -> None:
    stack = await running(new_stack, "2.7.2", lines("2.7.2"))
    stack.change(airflowVersion="2.8.1", upgrade=AGREED)
    for _ in range(2):
        found = errors(await stack.once())
        assert list(found) == ["ConstraintOfOtherVersion"]
        assert "those of Airflow 2.7.2, and this is 2.8.1" in found["ConstraintOfOtherVersion"]
        assert "acceptMismatches" in found["ConstraintOfOtherVersion"]
    assert updates(stack) == []
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="requirements.txt", Body=lines("2.8.1").encode())
    assert errors(await stack.once()) == {}
    assert updates(stack) == ["2.8.1"]


@pytest.mark.row("B81", "B82")
async def test_who_accepts_what_does_not_fit_gets_the_upgrade_all_the_same(new_stack: Callable[..., Any]) -> None:
    stack = await running(new_stack, "2.7.2", lines("2.7.2"))
    stack.change(airflowVersion="2.8.1", upgrade={**AGREED, "acceptMismatches": True})
    run = await stack.once()
    assert (errors(run), "ConstraintOfOtherVersion" in {each.code for each in run.checks}) == ({}, True)
    assert updates(stack) == ["2.8.1"]


async def test_without_a_change_of_version_the_same_is_a_warning(new_stack: Callable[..., Any]) -> None:
    stack = await running(new_stack, "2.8.1", lines("2.7.2"))
    stack.change(environmentClass="mw1.medium")
    run = await stack.once()
    assert (errors(run), "ConstraintOfOtherVersion" in {each.code for each in run.checks}) == ({}, True)
    assert len(stack.requests("UpdateEnvironment")) == 1


@pytest.mark.row("B82")
async def test_a_version_is_never_changed_without_a_word_of_the_user_or_a_preflight(new_stack: Callable[..., Any]) -> None:
    stack = await running(new_stack, "2.7.2", lines("2.8.1"))
    looked: list[Any] = []

    class Looks(RequirementsCheck):
        async def findings(self, model: Any, region: str) -> Any:
            looked.append((model.airflow_version, updates(stack)))
            return await super().findings(model, region)

    stack.registry.checks["requirements"] = Looks(S3Facts(Aws("test", stack.calls.append)))
    stack.change(airflowVersion="2.8.1")
    run = await stack.once()
    assert [need.reason for need in run.plan.step("environment").needs] == ["DowntimeNotAcknowledged"]
    assert (looked, updates(stack)) == ([], [])
    stack.change(upgrade=AGREED)
    await stack.once()
    assert looked == [("2.8.1", [])], "they are looked at before the call"
    assert updates(stack) == ["2.8.1"]


@pytest.mark.row("D110")
async def test_each_mismatch_is_named_before_the_call(new_stack: Callable[..., Any]) -> None:
    options = {
        "scheduler.parsing_processes": "2",
        "core.dag_concurrency": "7",
        "metrics.metrics_allow_list": "scheduler",
    }
    stack = await running(
        new_stack,
        "2.11.2",
        lines("2.11.2", extras="postgres"),
        airflowConfigurationOptions=options,
        pluginsS3Path="plugins.zip",
    )
    stack.change(airflowVersion="3.0.6", upgrade=AGREED)
    run = await stack.once()
    where = sorted((each.code, each.where) for each in run.graph.findings if each.severity.value == "Error")
    assert where == [
        ("OptionUnknownToVersion", "spec.airflowConfigurationOptions[core.dag_concurrency]"),
        ("OptionUnknownToVersion", "spec.airflowConfigurationOptions[scheduler.parsing_processes]"),
        ("PluginsOfOtherMajor", "spec.pluginsS3Path"),
    ]
    assert updates(stack) == []
    stack.change(airflowConfigurationOptions={"metrics.metrics_allow_list": "scheduler"}, pluginsS3Path=None)
    found = errors(await stack.once())
    assert list(found) == ["ConstraintOfOtherVersion", "ExtrasOfOtherVersion"]
    assert updates(stack) == []


@pytest.mark.row("D110")
@pytest.mark.parametrize(
    ("old", "new", "given", "code"),
    [
        ("2.5.1", "2.6.3", {"airflowConfigurationOptions": {"metrics.statsd_allow_list": "a"}}, "OptionUnknownToVersion"),
        ("2.6.3", "2.5.1", {"airflowConfigurationOptions": {"metrics.metrics_block_list": "a"}}, "OptionUnknownToVersion"),
        (
            "2.2.2",
            "2.0.2",
            {"pluginsS3Path": "plugins.zip", "options": {"parallelism": 9}},
            "WebserverInstallsNothing",
        ),
        ("2.11.2", "3.0.6", {"pluginsS3Path": "plugins.zip", "options": {"parallelism": 9}}, "PluginsOfOtherMajor"),
    ],
)
def test_metric_lists_and_plugins_are_held_against_the_version_that_is_asked_for(
    new_stack: Callable[..., Any], old: str, new: str, given: dict[str, Any], code: str
) -> None:
    stack = new_stack({"airflowVersion": new, **given})
    stack.published = {"environmentArn": "arn", "airflowVersion": old}
    found = {each.code: each.severity.value for each in stack.kind.desired(stack.obj, stack.context).findings}
    assert found[code] == "Error"
    stack.change(upgrade={"acceptMismatches": True})
    found = {each.code: each.severity.value for each in stack.kind.desired(stack.obj, stack.context).findings}
    assert found[code] == "Warning"
    stack.published = {"environmentArn": "arn", "airflowVersion": new}
    stack.change(upgrade=None)
    found = {each.code: each.severity.value for each in stack.kind.desired(stack.obj, stack.context).findings}
    assert found.get(code) in (None, "Warning"), "it holds the change alone"
