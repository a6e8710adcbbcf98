"""What the catalogue makes of an environment: held up, warned about, and explained by numbers in its status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import boto3
import pytest

from mwaa_operator.api.environment_status import EnvironmentStatus
from mwaa_operator.core.catalogue import BUILT_IN, AirflowVersion, version_tuple
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report
from mwaa_operator.kinds.capacity import capacity


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"airflowConfigurationOptions": {"core.fernet_key": "x"}}, "OptionRefused"),
        ({"airflowVersion": "2.2.2"}, "VersionNotCreatable"),
        ({"environmentClass": "mw1.small", "schedulers": 1}, "SchedulersOutOfRange"),
    ],
)
async def test_what_aws_would_refuse_is_not_sent(new_stack: Callable[..., Any], spec: dict[str, Any], code: str) -> None:
    stack = new_stack(spec)
    stack.context = replace(stack.context, today=date(2026, 11, 21))
    conditions = said(await stack.once())
    assert (conditions["Preflight"].status, conditions["Preflight"].reason) == (Truth.FALSE, code)
    assert (conditions["Ready"].status, conditions["Stalled"].reason) == (Truth.FALSE, code)
    assert conditions["Ready"].message.count(conditions["Preflight"].message) == 1
    assert stack.writes() == []


async def test_an_error_holds_an_update_too_and_a_correction_goes_on(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"environmentClass": "mw1.small"})
    await stack.settle()
    stack.change(maxWorkers=5, airflowConfigurationOptions={"core.executor": "LocalExecutor"})
    await stack.once()
    assert stack.writes() == ["CreateEnvironment"]
    stack.change(airflowConfigurationOptions=None)
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment", "UpdateEnvironment"]


async def test_a_class_alone_is_held_up_where_the_numbers_of_aws_do_not_fit_it(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"environmentClass": "mw1.small"})
    await stack.settle()
    stack.change(environmentClass="mw1.micro")
    conditions = said(await stack.once())
    assert (conditions["Preflight"].status, conditions["Preflight"].reason) == (Truth.FALSE, "NumbersOfOtherClass")
    assert "Set schedulers: 1, minWebservers: 1, maxWebservers: 1" in conditions["Ready"].message
    assert stack.writes() == ["CreateEnvironment"]
    stack.change(schedulers=1, minWebservers=1, maxWebservers=1)
    assert stack.facts(await stack.settle())["environmentClass"] == "mw1.micro"


async def test_an_environment_is_warned_about_both_and_nothing_is_held_up(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowConfigurationOptions": {"core.defualt_timezone": "utc", "core.parallelism": "abc"}})
    run = await stack.settle()
    found = {(each.code, each.where) for each in run.graph.findings}
    assert ("OptionUnknown", "spec.airflowConfigurationOptions[core.defualt_timezone]") in found
    assert ("OptionValueOfOtherType", "spec.airflowConfigurationOptions[core.parallelism]") in found
    assert stack.writes() == ["CreateEnvironment"]


async def test_what_is_not_known_is_for_aws_to_decide(new_stack: Callable[..., Any]) -> None:
    """AWS has a version that the catalogue has not heard of."""
    stack = new_stack({"airflowVersion": "3.3.1"})
    known = {name: each for name, each in BUILT_IN.versions.items() if name != "3.3.1"}
    stack.context = replace(stack.context, catalogue=replace(BUILT_IN, versions=known))
    conditions = said(await stack.settle())
    assert (conditions["Preflight"].status, conditions["Preflight"].reason) == (Truth.TRUE, "UnknownAirflowVersion")
    assert conditions["Ready"].status is Truth.TRUE
    assert stack.writes() == ["CreateEnvironment"]


@pytest.mark.row("A5", "D103")
async def test_status_shows_the_python_of_its_airflow(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.8.1"})
    run = await stack.settle()
    assert stack.facts(run)["pythonVersion"] == "3.11"
    versions = {"2.8.1": AirflowVersion(python="3.7")}
    stack.context = replace(stack.context, catalogue=replace(BUILT_IN, versions=versions))
    assert stack.facts(run)["pythonVersion"] == "3.7"


@pytest.mark.row("D102")
async def test_a_version_that_aws_has_chosen_stays_when_there_is_a_newer_one(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    run = await stack.settle()
    assert stack.facts(run)["airflowVersion"] == "3.3.1"
    stack.context = replace(stack.context, catalogue=BUILT_IN.extended('airflowVersions: {"9.0.0": {}}'))
    assert (await stack.settle()).plan.steps == ()
    assert stack.writes() == ["CreateEnvironment"]


@pytest.mark.row("C103")
async def test_without_a_version_the_newest_one_that_is_known_is_created(stack: Any) -> None:
    run = await stack.settle()
    newest = max(BUILT_IN.versions, key=version_tuple)
    assert boto3.client("mwaa").get_environment(Name="first")["Environment"]["AirflowVersion"] == newest
    assert stack.facts(run)["airflowVersion"] == newest


@pytest.mark.row("C94", "C253")
async def test_what_aws_has_filled_in_is_shown_and_no_difference(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"endpointManagement": "CUSTOMER"})
    await stack.once()
    stack.emulator.advance(600)
    run = await stack.once()
    facts = stack.facts(run)
    assert facts["environmentStatus"] == "PENDING"
    assert facts["databaseVpcEndpointService"].startswith("com.amazonaws.vpce.us-east-1.vpce-svc-")
    assert facts["webserverVpcEndpointService"].startswith("com.amazonaws.vpce.us-east-1.vpce-svc-")
    assert facts["celeryExecutorQueue"].startswith("arn:aws:sqs:us-east-1:")
    assert (facts["minWorkers"], facts["maxWorkers"], facts["schedulers"]) == (1, 10, 2)
    assert (facts["webserverAccessMode"], facts["endpointManagement"]) == ("PRIVATE_ONLY", "CUSTOMER")
    assert facts["serviceRoleArn"].endswith("AWSServiceRoleForAmazonMWAA")
    assert run.plan.step("environment") is None


@pytest.mark.row("B36")
def test_the_class_says_what_it_can() -> None:
    found = capacity({}, {"environment_class": "mw1.large"}, BUILT_IN)
    assert (found["vcpu"], found["memoryGiB"], found["tasksPerWorker"], found["dagCapacity"]) == (4, 8, 20, 1000)


@pytest.mark.row("B40")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (3, 375)),
        ({"triggerer.default_capacity": "10"}, (3, 30)),
        ({"mwaa.triggerer_enabled": "False"}, (0, 0)),
    ],
)
def test_triggerers_follow_from_schedulers(options: dict[str, str], expected: tuple[int, int]) -> None:
    found = capacity(options, {"environment_class": "mw1.medium", "schedulers": 3}, BUILT_IN)
    assert (found["triggerers"], found["triggers"]) == expected


@pytest.mark.row("B46", "D20")
def test_concurrency_is_workers_by_tasks() -> None:
    small = {"environment_class": "mw1.small", "max_workers": 10}
    assert capacity({"celery.worker_autoscale": "5,5"}, small, BUILT_IN)["concurrentTasks"] == 50
    assert capacity({}, small, BUILT_IN)["concurrentTasks"] == 50


@pytest.mark.row("D19")
def test_tasks_of_a_worker_are_the_classs_own_where_none_are_declared() -> None:
    classes = [name for name in BUILT_IN.classes if name != "mw1.micro"]
    shown = [capacity({}, {"environment_class": name}, BUILT_IN)["workerAutoscale"] for name in classes]
    assert shown == ["5,0", "10,0", "20,0", "40,0", "80,0"]


def test_of_an_unknown_class_nothing_is_made_up() -> None:
    assert capacity({}, {"environment_class": "mw9.huge", "max_workers": 10}, BUILT_IN) == {}


async def test_every_fact_has_a_field_in_status(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    facts = {name: value for name, value in stack.facts(await stack.settle()).items() if value is not None}
    assert facts.keys() <= {str(each.alias) for each in EnvironmentStatus.model_fields.values()}
    EnvironmentStatus.model_validate(facts)
