"""The startup script, judged by bash itself."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.sources.startup import Command, script

NAMES = st.from_regex(r"\AX_[A-Z0-9_]{0,8}\Z")
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)


def bash(text: bytes, component: str = "worker", *options: str) -> bytes:
    environment = {"PATH": "/usr/bin:/bin", "MWAA_AIRFLOW_COMPONENT": component}
    found = subprocess.run(["bash", "--norc", *options, "-s"], input=text, capture_output=True, check=True, env=environment)
    assert found.stderr == b""
    return found.stdout


@pytest.mark.row("B102")
@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3))
def test_each_value_arrives_as_it_was_declared(env: dict[str, str]) -> None:
    show = "\n".join(f"printf '%s\\0' \"${{{name}}}\"" for name in sorted(env))
    text = script(env, [Command(show)])
    bash(text, "worker", "-n")
    assert bash(text) == b"".join(env[name].encode() + b"\0" for name in sorted(env))


@pytest.mark.row("B102")
@pytest.mark.parametrize("value", ["$(touch /tmp/x)", "`id`", "it's", '"', "a b", "$HOME", "\\", "*", "!x", "a;b", "\n", ""])
def test_nothing_in_a_value_is_run_or_expanded(value: str) -> None:
    text = script({"STAGE": value}, [Command("bash -c 'printf %s \"$STAGE\"'")])
    assert bash(text) == value.encode()


@pytest.mark.row("B103")
@pytest.mark.parametrize("component", ["scheduler", "worker", "webserver"])
def test_a_command_runs_in_its_components_only(component: str) -> None:
    text = script(
        {},
        [
            Command("echo all"),
            Command("echo web\n", ("webserver",)),
            Command("echo first\necho second", ("scheduler", "worker")),
            Command("# nothing yet", ("worker",)),
        ],
    )
    assert b'"${MWAA_AIRFLOW_COMPONENT}" == "webserver"' in text
    limited = ["web"] if component == "webserver" else ["first", "second"]
    assert bash(text, component).decode().split() == ["all", *limited]


def test_it_begins_as_a_script_and_ends_with_a_line() -> None:
    assert script({"B": "1", "A": "2"}, [Command("true")]) == b"#!/bin/bash\nexport A=2\nexport B=1\ntrue\n"
    assert script({}, []) == b"#!/bin/bash\n"
