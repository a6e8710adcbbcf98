"""Who approves a plan sees all that it changes: each key of a mapping has its line, and nothing is cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mwaa_operator.aws.mwaa_environment import MwaaEnvironment
from mwaa_operator.cli.change_view import rows
from mwaa_operator.cli.plan_view import lines
from mwaa_operator.core.change import Change
from mwaa_operator.core.part import Effect
from mwaa_operator.core.secret import MASK, Secret
from mwaa_operator.core.step import Action, Plan, Step
from mwaa_operator.engine.status import VALUE_LIMIT, plan_view
from mwaa_operator.resources.mwaa import Environment

OPTIONS = "airflow_configuration_options"


def planned(observed: Any, desired: Any, path: str = OPTIONS) -> dict[str, Any]:
    """Give a change as `status.plan` has it, and what is said of it in the conditions."""
    step = Step("environment", Action.UPDATE, None, (Change(path, observed, desired, Effect.RESTART),))
    shown = plan_view(Plan((step,)), {Environment.TYPE: MwaaEnvironment}, {"environment": Environment.TYPE}, {})  # type: ignore
    assert shown
    return {"kind": "Environment", "namespace": "team", "name": "x", **shown, "said": str(step)}


def secret(value: str) -> Secret:
    return Secret(value, "salt")


def test_each_option_has_its_line_and_the_changed_one_is_first() -> None:
    added = {f"core.{letter}": secret(letter) for letter in "abcd"}
    shown = planned({"core.parallelism": "40", "z.gone": "1"}, {**added, "core.parallelism": secret("50")})
    assert list(lines(shown))[2:] == [
        "1. Update environment   airflow:UpdateEnvironment   Restart",
        "     airflowConfigurationOptions                 Restart",
        "       core.parallelism            40 -> ***",
        "       z.gone                      1 -> none",
        *(f"       core.{letter}                      none -> ***" for letter in "abcd"),
    ]
    assert '-> {"core.parallelism": "***", ' in shown["said"], "the message may be short, and has the change first"


def test_as_many_options_as_an_environment_may_have_are_all_shown() -> None:
    # `spec.airflowConfigurationOptions`: 150 keys of 64 characters
    names = [f"{number:0>64}" for number in range(150)]
    shown = planned(dict.fromkeys(names, MASK), {name: secret("new") for name in names})
    assert "\n".join(lines(shown)).count("*** -> ***") == 150
    assert all(name in "\n".join(lines(shown)) for name in names)


def test_what_status_has_no_room_for_is_counted() -> None:
    files = {f"{number:0>200}": "x" for number in range(200)}
    shown = planned({}, files, "files")
    (change,) = shown["steps"][0]["changes"]
    assert len(change["desired"]) <= VALUE_LIMIT
    kept = json.loads(change["desired"])
    *_, (key, said, _) = rows(change)
    assert (key.strip(), said) == ("...", f"none -> {200 - (len(kept) - 1)} more")
    (long,) = planned("x", "y" * 99_999, "policy")["steps"][0]["changes"]
    assert (len(long["desired"]), long["desired"][-4:]) == (VALUE_LIMIT, "y...")


LOGS = {"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}, "WebserverLogs": {"Enabled": True, "LogLevel": "INFO"}}
LOUD = {**LOGS, "TaskLogs": {"Enabled": True, "LogLevel": "DEBUG"}}
LONG = [f"subnet-{number:0>17}" for number in range(8)]


@pytest.mark.parametrize(
    ("observed", "desired", "said"),
    [
        (LOGS, LOUD, [("TaskLogs.LogLevel", "INFO -> DEBUG")]),
        ({}, {"team": ""}, [("team", 'none -> ""')]),
        (None, {"a": "line\nline", "b": {"c": 1}}, [("a", 'none -> "line\\nline"'), ("b", 'none -> {"c": 1}')]),
        ({"a": {"b": secret("1")}}, {"a": {"b": secret("2")}}, [("a.b", "*** -> ***")]),
    ],
)
def test_keys_are_named_as_deep_as_they_differ(observed: Any, desired: Any, said: list[tuple[str, str]]) -> None:
    (change,) = planned(observed, desired)["steps"][0]["changes"]
    (_, *keys) = rows(change)
    assert [(key.strip(), how) for key, how, _ in keys] == said


@pytest.mark.parametrize(
    ("observed", "desired", "said"),
    [(2, 6, "2 -> 6"), (None, "x", "none -> x"), (LONG, LONG[:1], f'{json.dumps(LONG)} -> ["{LONG[0]}"]')],
)
def test_what_is_no_mapping_has_one_line_that_is_not_cut(observed: Any, desired: Any, said: str) -> None:
    (change,) = planned(observed, desired)["steps"][0]["changes"]
    assert [how for _, how, _ in rows(change)] == [said]


def test_of_what_is_made_each_option_has_its_line_too() -> None:
    options = {"core.a": MASK, "core.b": MASK, "core.c": MASK, "core.d": MASK, "core.e": MASK}
    field = {"path": "airflowConfigurationOptions", "value": options, "origin": "declared"}
    step = {"part": "environment", "action": "Create", "fields": [field]}
    said = list(lines({"kind": "Environment", "namespace": "team", "name": "x", "hash": "h", "steps": [step]}))
    assert [line.split() for line in said[-6:]] == [[field["path"], "declared"], *([name, MASK] for name in options)]
