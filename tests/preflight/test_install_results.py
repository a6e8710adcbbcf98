"""What lines of pip and of a startup script mean. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.checks.install_results import (
    LONGEST,
    TELLING,
    Gist,
    Line,
    Result,
    of_requirements,
    of_script,
    other_python,
    shown,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def stream(*texts: str, after: int = 0) -> list[Line]:
    return [Line(NOON + timedelta(minutes=after), text) for text in texts]


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        ([], None),
        (["Collecting pandas"], None),
        (["Successfully installed pandas-2.1.4"], Result(True, "installed")),
        (["Requirement already satisfied: pandas in /usr"], Result(True, "installed")),
        (["ERROR: pip's dependency resolver does not ...", "Successfully installed x-1"], Result(True, "installed")),
        (
            [
                "ERROR: Could not find a version that satisfies the requirement x",
                "ERROR: No matching distribution found for x",
            ],
            Result(False, "No matching distribution found for x"),
        ),
        (
            ["ERROR: Cannot install a and b because these package versions have conflicting dependencies."],
            Result(False, "Cannot install a and b because these package versions have conflicting dependencies."),
        ),
        (["ERROR: Invalid requirement: 'x=1'"], Result(False, "ERROR: Invalid requirement: 'x=1'")),
        (["  error: subprocess-exited-with-error"], Result(False, "error: subprocess-exited-with-error")),
    ],
)
def test_what_pip_says(lines: list[str], result: Result | None) -> None:
    assert of_requirements({"a": stream(*lines)}, NOON) == result


def test_the_newest_start_that_came_to_something_counts() -> None:
    bad, good = "ERROR: No matching distribution found for x", "Successfully installed x"
    for order, fine in (((bad, good), True), ((good, bad), False)):
        streams = {str(at): stream(text, after=at) for at, text in enumerate(order)}
        found = of_requirements({**streams, "last": stream("Collecting x", after=9)}, NOON)
        assert found and found.fine is fine


@pytest.mark.parametrize(
    ("texts", "minutes", "fine"),
    [
        (["hello"], 9, None),
        (["hello"], 10, False),
        (["hello", "Finished running startup script. Execution time: 0.1s."], 99, True),
        (["hello", "Verification completed"], 99, True),
    ],
)
def test_a_script_has_ten_minutes_between_its_lines(texts: list[str], minutes: int, fine: bool | None) -> None:
    found = of_script({"a": stream(*texts)}, NOON + timedelta(minutes=minutes))
    assert (found.fine if found else None) is fine


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        ("Python version is 3.10.8", True),
        ("Python 3.9", True),
        ("Python 3.11.7", False),
        ("using python 2", False),
        ("", False),
    ],
)
def test_the_python_of_a_line(text: str, differs: bool) -> None:
    assert bool(other_python({"a": stream(text)}, "3.11")) is differs
    assert other_python({"a": stream(text)}, "") == ""


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (
            "Looking in indexes: https://aws:eyJ2ZXIi.abc@d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/r/simple/",
            "eyJ2ZXIi",
        ),
        ("https://sometoken@host/simple", "sometoken"),
        ("+ export PIP_PASSWORD=hush", "hush"),
        ("API_KEY: hush", "hush"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIA"),
        ("a" * 50 + "1" * 20, "a" * 50),
    ],
)
def test_no_secret_gets_into_a_condition(text: str, secret: str) -> None:
    assert secret not in shown(text)
    assert len(shown(text * 50)) <= 200


SAID = [
    "Collecting pandas",
    "ERROR: No matching distribution found for x",
    "ResolutionImpossible: for help visit",
    "Successfully installed x-1",
    "Requirement already satisfied: y",
    "Python version is 3.10.8",
    "Python 3.11.6",
    "Finished running startup script. Execution time: 1.000s.",
    "Finished running startup script. Execution time: 2.000s.",
    "Verification completed",
    "Waiting for lock",
]


@given(st.lists(st.tuples(st.sampled_from(SAID), st.integers(0, 30))))
def test_the_gist_of_a_stream_means_what_all_of_it_means(said: list[tuple[str, int]]) -> None:
    lines = [Line(NOON + timedelta(minutes=after), text) for text, after in sorted(said, key=lambda each: each[1])]
    gist = Gist()
    for line in lines:
        gist.add(line)
    whole, short, now = {"a": lines}, {"a": gist.lines}, NOON + timedelta(minutes=35)
    assert of_requirements(short, now) == of_requirements(whole, now)
    assert of_script(short, now) == of_script(whole, now)
    assert other_python(short, "3.11") == other_python(whole, "3.11")


def test_of_a_stream_without_end_little_is_kept() -> None:
    gist = Gist()
    for number in range(3_000):
        gist.add(Line(NOON, f"Python 3.{number} " + "x" * 2 * LONGEST))
    assert len(gist.lines) <= TELLING + 3 and all(len(line.text) <= LONGEST for line in gist.lines)
