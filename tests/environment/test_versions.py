"""Which version an environment may have, what is said while AWS still supports it, and which changes are never sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mwaa_operator.core.catalogue import BUILT_IN, AirflowVersion
from mwaa_operator.core.change import Change
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.need import Need
from mwaa_operator.core.part import Effect
from mwaa_operator.core.report import report
from mwaa_operator.resources.mwaa import Environment
from mwaa_operator.sources.lint_requirements import installer, judged
from mwaa_operator.sources.requirement_lines import read
from mwaa_operator.sources.rules import OF_REQUIREMENTS

MADE = Environment("e", "role", "bucket", "dags", ("a", "b"), ("g",), downtime_agreed=True)


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def updates(stack: Any) -> list[str]:
    return [request["AirflowVersion"] for request in stack.requests("UpdateEnvironment")]


def needs(old: str, new: str, **settings: Any) -> list[Need]:
    return list(replace(MADE, **settings).obstacles([Change("airflow_version", old, new, Effect.RESTART)]))


@pytest.mark.row("B78")
@pytest.mark.parametrize(("old", "new"), [("1.10.12", "2.8.1"), ("2.8.1", "3.0.6"), ("1.10.12", "3.0.6")])
def test_a_major_change_is_refused_with_the_way_that_there_is(old: str, new: str) -> None:
    [need] = needs(old, new, downgrade_allowed=True)
    assert need.reason == "NoUpgradePath"
    assert f"make a new Environment with {new}" in need.message


def test_nobody_is_sent_to_an_airflow_that_is_not_known() -> None:
    [need] = needs("3.3.1", "9.9.9")
    assert need.message.startswith(
        "spec.airflowVersion: from 3.3.1 to 9.9.9: no Airflow 9 is known to this operator: correct"
    )


@pytest.mark.parametrize(("old", "new"), [("2.8.1", "2.11.2"), ("3.0.6", "3.2.1"), ("2.11.2", "3.0.6")])
def test_the_ways_that_there_are(old: str, new: str) -> None:
    assert needs(old, new) == []
    assert [need.reason for need in needs(old, new, downtime_agreed=False)] == ["DowntimeNotAcknowledged"]


@pytest.mark.row("B78")
async def test_a_major_change_is_never_sent(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.10.3", "upgrade": {"acknowledgeDowntime": True, "allowDowngrade": True}})
    await stack.settle()
    stack.change(airflowVersion="3.0.6")
    conditions = said(await stack.once())
    assert (conditions["Stalled"].status, conditions["Stalled"].reason) == (Truth.TRUE, "NoUpgradePath")
    assert "spec.airflowVersion: from 2.10.3 to 3.0.6" in conditions["Ready"].message
    assert updates(stack) == []


@pytest.mark.row("B79", "D109")
async def test_an_older_version_is_refused_unless_the_policy_allows_it(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.8.1", "upgrade": {"acknowledgeDowntime": True}})
    await stack.settle()
    stack.change(airflowVersion="2.7.2")
    conditions = said(await stack.once())
    assert (conditions["Stalled"].status, conditions["Stalled"].reason) == (Truth.TRUE, "DowngradeNotAllowed")
    assert "2.7.2 is older than 2.8.1" in conditions["Ready"].message
    assert updates(stack) == []
    stack.change(upgrade={"acknowledgeDowntime": True, "allowDowngrade": True})
    await stack.once()
    assert updates(stack) == ["2.7.2"]


def supported(stack: Any, today: date) -> None:
    """Let the version of the environment be one whose support begins to end on 1 June 2026, at such a day."""
    ends = AirflowVersion(limitedSupport=date(2026, 6, 1), endOfSupport=date(2026, 9, 1))
    catalogue = replace(stack.context.catalogue, versions={**stack.context.catalogue.versions, "2.8.1": ends})
    stack.context = replace(stack.context, catalogue=catalogue, today=today)


@pytest.mark.parametrize(
    ("today", "reason", "words"),
    [
        (date(2026, 3, 2), "Passed", ()),
        pytest.param(date(2026, 3, 13), "LimitedSupportSoon", ("2026-06-01",), marks=pytest.mark.row("D107")),
        pytest.param(date(2026, 7, 1), "LimitedSupport", ("2026-06-01", "2026-09-01"), marks=pytest.mark.row("D105")),
        pytest.param(date(2026, 10, 1), "EndOfSupport", ("2026-09-01", "promises nothing"), marks=pytest.mark.row("D106")),
    ],
)
async def test_what_runs_goes_on_with_a_warning_that_has_the_dates(
    new_stack: Callable[..., Any], today: date, reason: str, words: tuple[str, ...]
) -> None:
    """A row calls the condition VersionSupport, with the value Limited: here it is `Preflight` (docs/fidelity.md)."""
    given = {"airflowVersion": "2.8.1", "environmentClass": "mw1.small", "webserverAccessMode": "PUBLIC_ONLY"}
    stack = new_stack(given)
    await stack.settle()
    supported(stack, today)
    stack.change(environmentClass="mw1.medium")
    run = await stack.settle()
    conditions = said(run)
    assert (conditions["Preflight"].status, conditions["Preflight"].reason) == (Truth.TRUE, reason)
    for word in words:
        assert word in conditions["Preflight"].message
    assert conditions["Ready"].status is Truth.TRUE
    assert stack.facts(run)["environmentClass"] == "mw1.medium", "it is still reconciled"


def test_the_notice_comes_ninety_days_before(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.8.1"})
    stack.published = {"environmentArn": "arn", "airflowVersion": "2.8.1"}
    for days, codes in ((91, []), (90, ["LimitedSupportSoon"]), (1, ["LimitedSupportSoon"]), (0, ["LimitedSupport"])):
        supported(stack, date(2026, 6, 1) - timedelta(days=days))
        assert [each.code for each in stack.kind.desired(stack.obj, stack.context).findings] == codes


@pytest.mark.row("D111")
@pytest.mark.parametrize(
    ("version", "plugins_on_web_server", "constraints", "triggerer"),
    [
        ("2.0.2", False, False, False),
        ("2.2.2", True, False, False),
        ("2.4.3", True, False, False),
        ("2.5.1", True, False, False),
        ("2.6.3", True, False, False),
        ("2.7.2", True, True, True),
        ("2.8.1", True, True, True),
        ("2.11.2", True, True, True),
    ],
)
def test_features_come_with_their_versions(
    new_stack: Callable[..., Any], version: str, plugins_on_web_server: bool, constraints: bool, triggerer: bool
) -> None:
    stack = new_stack(
        {
            "airflowVersion": version,
            "pluginsS3Path": "plugins.zip",
            "airflowConfigurationOptions": {"mwaa.triggerer_enabled": "True"},
        }
    )
    codes = {each.code for each in stack.kind.desired(stack.obj, stack.context).findings}
    assert ("WebserverInstallsNothing" not in codes) is plugins_on_web_server
    assert ("OptionUnknownToVersion" not in codes) is triggerer
    lines = list(read("pandas==2.0.0\n"))
    asked = {each.code for each in judged(lines, (), [installer(version, BUILT_IN)], OF_REQUIREMENTS)}
    assert ("ConstraintMissing" in asked) is constraints


@pytest.mark.row("D152", "B132")
@pytest.mark.parametrize(("version", "told"), [("2.0.2", True), ("2.2.2", False), ("2.8.1", False)])
def test_plugins_of_the_user_interface_need_their_version(new_stack: Callable[..., Any], version: str, told: bool) -> None:
    stack = new_stack({"airflowVersion": version, "pluginsS3Path": "plugins.zip"})
    found = {each.code: each for each in stack.kind.desired(stack.obj, stack.context).findings}
    assert ("WebserverInstallsNothing" in found) is told
    if told:
        assert "from 2.2.2 on it does" in found["WebserverInstallsNothing"].message


@pytest.mark.row("D112")
@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"schedulers": 1}, "Error"),
        ({"schedulers": 2}, None),
        ({"schedulers": 5}, None),
        ({"maxWorkers": 25}, None),
        ({"maxWorkers": 26}, "Warning"),
        ({"maxWorkers": 50}, "Warning"),
    ],
)
def test_sizes_out_of_their_range(new_stack: Callable[..., Any], fields: dict[str, int], severity: str | None) -> None:
    stack = new_stack({"environmentClass": "mw1.small", **fields})
    assert [each.severity.value for each in stack.kind.desired(stack.obj, stack.context).findings] == (
        [severity] if severity else []
    )


@pytest.mark.row("D112")
def test_more_workers_than_a_known_quota_are_refused_and_the_model_allows_any(new_stack: Callable[..., Any]) -> None:
    raised = new_stack({"environmentClass": "mw1.small", "maxWorkers": 50})
    known = raised.context.catalogue.extended("quotas: {workers: 50}")
    raised.context = replace(raised.context, catalogue=known)
    assert raised.kind.desired(raised.obj, raised.context).findings == ()
    raised.change(maxWorkers=51)
    assert [each.code for each in raised.kind.desired(raised.obj, raised.context).findings] == ["WorkersAboveQuota"]
    for fields in ({"schedulers": 6}, {"minWorkers": 0}, {"maxWorkers": 0}):
        with pytest.raises(ValueError, match=next(iter(fields))):
            _ = new_stack(fields).obj


@pytest.mark.row("D112")
async def test_awss_own_sizes_are_two_schedulers_and_up_to_ten_workers(stack: Any) -> None:
    facts = stack.facts(await stack.settle())
    assert (facts["schedulers"], facts["minWorkers"], facts["maxWorkers"]) == (2, 1, 10)


@pytest.mark.row("D118")
async def test_status_shows_the_pip_that_installs_requirements(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.8.1"})
    assert stack.facts(await stack.settle())["pipVersion"] == "21.3.1"
    known = stack.context.catalogue.versions
    assert {known[version].pip for version in ("2.0.2", "2.2.2", "2.4.3", "2.5.1", "2.6.3", "2.7.2", "2.8.1")} == {"21.3.1"}


@pytest.mark.parametrize(
    "edit",
    [
        {"airflowVersion": "2.11.2"},
        {"airflowVersion": "2.8.1"},
        {"airflowVersion": "3.0.6"},
        {"environmentClass": "mw1.small", "schedulers": 1},
    ],
)
async def test_airflow_is_asked_how_it_is_while_a_change_waits_for_the_user(
    new_stack: Callable[..., Any], edit: dict[str, Any]
) -> None:
    stack = new_stack({"airflowVersion": "2.10.3"})
    await stack.settle()
    stack.change(**edit)
    run = await stack.once()
    conditions = said(run)
    assert conditions["Ready"].status is Truth.FALSE
    assert conditions["AirflowHealthy"].status is Truth.TRUE
    assert stack.facts(run)["airflowHealthy"] is True


async def test_airflow_is_asked_how_it_is_when_aws_refuses_a_change(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    await stack.settle()
    stack.emulator.fault("mwaa", "UpdateEnvironment", code="AccessDeniedException", status=403)
    stack.change(environmentClass="mw1.medium")
    run = await stack.once()
    conditions = said(run)
    assert (conditions["Ready"].status, conditions["Ready"].reason) == (Truth.FALSE, "AccessDenied")
    assert conditions["AirflowHealthy"].status is Truth.TRUE
    assert stack.facts(run)["airflowHealthy"] is True
