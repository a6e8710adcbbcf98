"""Airflow's options from four places, what AWS hides of them, and that no secret is ever seen."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from mwaa_operator.api.airflow_options import AirflowOptions, Email, Option
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.policy import DriftPolicy
from mwaa_operator.core.report import report
from mwaa_operator.engine.status import document, findings_view, part_list, plan_view

CANARY = "canary-4f1d2c7e9b"
MAIL = {
    "host": "smtp.gmail.com",
    "from": "me@gmail.com",
    "user": "me@gmail.com",
    "passwordFrom": {"secretKeyRef": {"name": "mail", "key": "password"}},
}


def options() -> dict[str, str]:
    return dict(boto3.client("mwaa").get_environment(Name="first")["Environment"].get("AirflowConfigurationOptions") or {})


def secrets(stack: Any, **values: str) -> None:
    """Give the Secret `mail`, with these entries."""
    stack.context = replace(stack.context, secrets={"mail": {key: value.encode() for key, value in values.items()}})


def asked(stack: Any) -> Mapping[str, Any]:
    found = stack.kind.desired(stack.obj, stack.context).parts["environment"].model.airflow_configuration_options
    assert isinstance(found, Mapping)
    return {name: getattr(value, "value", value) for name, value in found.items()}


def received(stack: Any, call: str = "UpdateEnvironment") -> int:
    """Count the calls that carried options; the record masks their values."""
    return sum("AirflowConfigurationOptions" in each for each in stack.requests(call))


@pytest.mark.row("A34", "B56", "D9")
async def test_the_map_is_sent_as_it_is(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowConfigurationOptions": {"core.default_task_retries": "3", "foo.user": "X"}})
    await stack.settle()
    assert options() == {"core.default_task_retries": "3", "foo.user": "X"}
    assert (await stack.once()).plan.steps == ()


@pytest.mark.row("B65")
async def test_an_option_that_leaves_the_spec_is_taken_away(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowConfigurationOptions": {"core.parallelism": "9", "foo.user": "X"}})
    await stack.settle()
    stack.change(airflowConfigurationOptions={"core.parallelism": "9"})
    await stack.settle()
    assert options() == {"core.parallelism": "9"}
    assert received(stack) == 1


@pytest.mark.row("B66")
async def test_an_option_that_somebody_changed_is_put_back(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowConfigurationOptions": {"core.parallelism": "9", "foo.user": "X"}})
    await stack.settle()
    by_hand = {"core.parallelism": "10", "foo.user": "Y"}
    boto3.client("mwaa").update_environment(Name="first", AirflowConfigurationOptions=by_hand)
    stack.emulator.advance(3600)
    stack.drift = DriftPolicy.REPORT
    run = await stack.once()
    assert [need.reason for need in run.plan.step("environment").needs] == ["DriftReported"]
    [change] = run.plan.step("environment").changes
    # what the guide does not list may be a secret
    assert change.shown()["observed"] == {"core.parallelism": "10", "foo.user": "***"}
    assert change.shown()["desired"] == {"core.parallelism": "9", "foo.user": "***"}
    stack.drift = DriftPolicy.CORRECT
    await stack.settle()
    assert options() == {"core.parallelism": "9", "foo.user": "X"}


@pytest.mark.row("B58", "B73", "B74", "D10", "D13", "D14", "D17")
def test_every_short_cut_ends_in_its_option(new_stack: Callable[..., Any]) -> None:
    given: dict[str, Any] = {}
    expected: dict[str, str] = {}
    for field in AirflowOptions.model_fields.values():
        [option] = [mark.name for mark in field.metadata if isinstance(mark, Option)]
        alias = str(field.alias)
        given[alias] = {"workerAutoscale": "16,12", "defaultUiTimezone": "Europe/Berlin"}.get(alias)
        if given[alias] is None:
            given[alias] = False if "bool" in str(field.annotation) else 7
        expected[option] = str(given[alias])
    mail = {**MAIL, "backend": "airflow.utils.email.send_email_smtp"}
    stack = new_stack({"options": given, "email": mail})
    secrets(stack, password="x")
    assert {name: value for name, value in asked(stack).items() if not name.startswith(("smtp.", "email."))} == expected
    listed = {
        "email.email_backend",
        "smtp.smtp_host",
        "smtp.smtp_starttls",
        "smtp.smtp_ssl",
        "smtp.smtp_port",
        "smtp.smtp_mail_from",
        "core.default_task_retries",
        "core.parallelism",
        "scheduler.catchup_by_default",
        "scheduler.scheduler_zombie_task_threshold",
        "scheduler.max_dagruns_per_loop_to_schedule",
        "celery.worker_autoscale",
        "webserver.default_ui_timezone",
        "mwaa.triggerer_enabled",
        "triggerer.default_capacity",
    }
    assert listed <= asked(stack).keys()
    assert expected["scheduler.catchup_by_default"] == "False"


@pytest.mark.row("B68")
async def test_mail_is_one_block(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"email": MAIL})
    secrets(stack, password="abcd efgh ijkl mnop")
    assert asked(stack) == {
        "smtp.smtp_host": "smtp.gmail.com",
        "smtp.smtp_mail_from": "me@gmail.com",
        "smtp.smtp_password": "abcd efgh ijkl mnop",
        "smtp.smtp_port": "587",
        "smtp.smtp_ssl": "False",
        "smtp.smtp_starttls": "True",
        "smtp.smtp_user": "me@gmail.com",
    }
    await stack.settle()
    assert options() == {**asked(stack), "smtp.smtp_password": "***"}
    assert {name for field in Email.model_fields.values() for name in _marks(field)} >= asked(stack).keys()


def _marks(field: Any) -> list[str]:
    return [mark.name for mark in field.metadata if isinstance(mark, Option)]


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (None, "DependencyNotFound", "spec.email.passwordFrom: Secret mail does not exist in this namespace"),
        ({"pass": b"x"}, "DependencyNotFound", "spec.email.passwordFrom: Secret mail has no entry password"),
        ({"password": b"x\n"}, "OptionValueUnfit", "spec.email.passwordFrom: the entry password of Secret mail"),
        ({"password": b""}, "OptionValueUnfit", "is empty"),
        ({"password": "ü".encode()}, "OptionValueUnfit", "beyond ASCII"),
    ],
)
async def test_a_secret_that_is_not_there_or_of_no_use_holds_everything(
    new_stack: Callable[..., Any], data: dict[str, bytes] | None, reason: str, words: str
) -> None:
    stack = new_stack({"email": MAIL})
    stack.context = replace(stack.context, secrets={} if data is None else {"mail": data})
    run = await stack.once()
    needs = {need.reason: need for need in run.plan.step("environment").needs}
    assert words in needs[reason].message
    assert needs[reason].condition == "ReferencesResolved"
    assert stack.writes() == []


def test_each_secret_is_asked_for_once(new_stack: Callable[..., Any]) -> None:
    source = {"secretKeyRef": {"name": "mail", "key": "a"}}
    stack = new_stack({"email": MAIL, "airflowConfigurationOptionsFrom": {"a.b": source, "a.c": source}})
    assert stack.kind.secrets(stack.obj.spec) == ("mail",)


async def test_a_new_value_of_a_hidden_option_is_one_update(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"email": MAIL})
    secrets(stack, password="one")
    await stack.settle()
    await stack.settle()
    assert received(stack) == 0
    secrets(stack, password="two")
    await stack.settle()
    await stack.settle()
    assert received(stack) == 1
    assert options()["smtp.smtp_password"] == "***"


async def test_a_hidden_option_that_aws_could_not_apply_is_not_taken_for_applied(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"email": MAIL})
    secrets(stack, password="one")
    await stack.settle()
    stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    secrets(stack, password="two")
    await stack.once()
    stack.emulator.advance(3600)
    run = await stack.once()
    assert [need.reason for need in run.plan.step("environment").needs] == ["UpdateRolledBack"]
    assert received(stack) == 1
    secrets(stack, password="one")
    assert (await stack.once()).plan.steps == (), "the restored environment has the old one"
    secrets(stack, password="three")
    await stack.settle()
    await stack.settle()
    assert received(stack) == 2


async def test_an_update_is_not_sent_twice_while_aws_still_shows_the_time_before(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"email": MAIL})
    secrets(stack, password="one")
    await stack.settle()
    secrets(stack, password="two")
    await stack.once()
    stack.emulator.set_state("first", "AVAILABLE")
    await stack.once()
    assert received(stack) == 1


async def test_without_memory_a_hidden_option_costs_no_update(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"email": MAIL})
    secrets(stack, password="one")
    await stack.settle()
    stack.memory = {}
    secrets(stack, password="two")
    await stack.settle()
    assert received(stack) == 0, "nobody can tell, so nothing is restarted"
    secrets(stack, password="three")
    await stack.settle()
    assert received(stack) == 1, "from then on it is known"


async def test_memory_holds_a_hash_that_differs_by_object_and_option(new_stack: Callable[..., Any]) -> None:
    source = {"secretKeyRef": {"name": "mail", "key": "password"}}
    spec = {"airflowConfigurationOptionsFrom": {"a.password": source, "b.password": source}}
    stack = new_stack(spec)
    secrets(stack, password=CANARY)
    await stack.settle()
    remembered = stack.memory["environment"].remember
    assert remembered.keys() == {"option/a.password", "option/b.password"}
    assert len(set(remembered.values())) == 2
    other = new_stack({**spec, "name": "second"}, called="second")
    secrets(other, password=CANARY)
    await other.settle()
    assert not set(other.memory["environment"].remember.values()) & set(remembered.values())


@pytest.mark.row("B64")
@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"airflowVersion": "2.10.3", "pluginsS3Path": "p"}, "False"),
        ({"airflowVersion": "2.10.3", "pluginsS3Path": "p", "options": {"lazyLoadPlugins": True}}, "True"),
        ({"airflowVersion": "2.10.3"}, None),
        ({"airflowVersion": "3.3.1", "pluginsS3Path": "p"}, None),
    ],
)
def test_plugins_are_loaded_eagerly_on_airflow_2(
    new_stack: Callable[..., Any], spec: dict[str, Any], expected: str | None
) -> None:
    stack = new_stack({"airflowConfigurationOptions": {}, **spec})
    assert asked(stack).get("core.lazy_load_plugins") == expected
    codes = {finding.code for finding in stack.kind.desired(stack.obj, stack.context).findings}
    assert ("PluginsLoadedLazily" in codes) == (expected == "True")


async def test_plugins_never_take_options_away_that_the_spec_does_not_declare(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.10.3"})
    await stack.settle()
    boto3.client("mwaa").update_environment(Name="first", AirflowConfigurationOptions={"foo.user": "theirs"})
    stack.emulator.advance(3600)
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="plugins.zip", Body=b"x")
    stack.change(pluginsS3Path="plugins.zip")
    await stack.settle()
    assert options() == {"foo.user": "theirs"}


@pytest.mark.row("B67")
async def test_a_secret_is_seen_nowhere(new_stack: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """The canary is in every field that may hold a secret, through creation, a failed update and drift."""
    caplog.set_level(logging.DEBUG)
    key = {"secretKeyRef": {"name": "mail", "key": "password"}}
    stack = new_stack(
        {
            "airflowConfigurationOptions": {"foo.token": f"{CANARY}-plain"},
            "airflowConfigurationOptionsFrom": {"foo.secret": key, "bar.value": key},
            "email": {**MAIL, "user": None, "userFrom": key},
        }
    )
    seen: list[str] = []

    async def look() -> None:
        for stack.manual in (True, False):
            seen.append(_all_that_is_said(stack, await stack.once()))

    secrets(stack, password=CANARY)
    await look()
    stack.emulator.advance(3600)
    await look()
    assert boto3.client("mwaa").get_environment(Name="first")["Environment"]["AirflowConfigurationOptions"]["bar.value"] == (
        CANARY
    ), "AWS has it"
    stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    secrets(stack, password=f"{CANARY}-new")
    for _ in range(3):
        await look()
        stack.emulator.advance(3600)
    boto3.client("mwaa").update_environment(Name="first", AirflowConfigurationOptions={"bar.value": f"{CANARY}-theirs"})
    stack.emulator.advance(3600)
    await look()
    assert [each for each in seen if '"path": "airflowConfigurationOptions"' in each and "bar.value" in each], (
        "plans are in it"
    )
    assert [each for each in seen if CANARY in each] == []
    ours = [each for each in caplog.records if each.name.startswith("mwaa_operator")]
    assert ours
    assert [each for each in ours if CANARY in each.getMessage() or CANARY in repr(each.args)] == []


def _all_that_is_said(stack: Any, run: Any) -> str:
    """Give the status, the conditions of which events are made, and what a log would print of the run."""
    said = report(run.found(), True, Truth.UNKNOWN, stack.kind.summary(stack.facts(run)))
    types = {name: part.model.TYPE for name, part in run.graph.parts.items()}
    status = document(
        {"metadata": {"generation": 1}},
        said.conditions,
        stack.facts(run),
        part_list(run.graph, run.sights, run.memory),
        plan_view(run.plan, stack.registry.adapters, types, run.memory),
        findings_view(run.graph.findings, run.checks),
        datetime(2026, 11, 21, tzinfo=UTC).isoformat(),
    )
    return json.dumps(status, default=str) + repr(run.plan) + repr(run.graph) + repr(stack.context) + repr(run.problems)
