"""What a delivery does not do by mistake: delete much at once, miss an edit, or deliver what is not meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_operator.core.errors import Trouble
from mwaa_operator.sources.files import Files
from mwaa_operator.sources.patterns import Pattern, selected

MANY = {f"f{number:02}.py": f"n = {number}\n" for number in range(24)}


def keys() -> set[str]:
    bucket = boto3.resource("s3").Bucket("my-bucket")
    return {each.key.removeprefix("dags/") for each in bucket.objects.filter(Prefix="dags/")}


async def test_a_large_deletion_needs_a_word(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"files": MANY, "prune": True})
    await stack.once()
    few = {path: text for path, text in MANY.items() if path < "f11"}
    stack.spec = {"files": {**few, "new.py": "x = 1\n"}, "prune": True}
    stack.emulator.clear_calls()
    problem = (await stack.once()).problems["tree"]
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "TooManyDeletions")
    assert "13 of the 24 delivered files" in problem.message and "maxDeletePercent: 100" in problem.message
    assert stack.emulator.writes("s3") == [], "nothing is delivered either: it may be the wrong branch"
    assert keys() == set(MANY)

    stack.spec = {**stack.spec, "maxDeletePercent": 100}
    await stack.once()
    assert keys() == {*few, "new.py"}


@pytest.mark.parametrize(
    ("more", "reason"), [({}, "EmptyTree"), ({"good.py": "x = 1\n"}, "TooManyDeletions"), (None, "TooManyDeletions")]
)
async def test_a_file_that_is_refused_opens_no_hole_in_the_guard(
    new_stack: Callable[..., Any], more: dict[str, str] | None, reason: str
) -> None:
    stack = new_stack({"files": MANY, "prune": True, "allowEmpty": more is None})
    await stack.once()
    stack.spec = {**stack.spec, "files": {"f00.py": "n = (\n", **(more or {})}}
    assert (await stack.once()).problems["tree"].reason == reason
    assert keys() == set(MANY)


async def test_half_of_the_files_or_ten_of_them_may_go(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"files": MANY, "prune": True})
    await stack.once()
    for left in ("f12", "f02"):
        stack.spec = {"files": {path: text for path, text in MANY.items() if path < left}, "prune": True}
        assert (await stack.once()).problems == {}
    assert keys() == {"f00.py", "f01.py"}


async def test_files_that_move_are_not_lost(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"files": MANY, "prune": True})
    await stack.once()
    stack.spec = {"files": {f"team/{path}": text for path, text in MANY.items()}, "prune": True}
    assert (await stack.once()).problems == {}
    assert keys() == {f"team/{path}" for path in MANY}


async def test_an_edit_of_the_same_size_is_never_missed(new_stack: Callable[..., Any], bucket: Any) -> None:
    """Such as `aws s3 sync` misses when the file is not newer: neither sizes nor times are looked at."""
    stack = new_stack({"files": {"a.py": "retries = 1\n"}})
    await stack.once()
    stack.spec = {"files": {"a.py": "retries = 9\n"}}
    await stack.once()
    assert bucket.Object("dags/a.py").get()["Body"].read() == b"retries = 9\n"


async def test_patterns_say_which_files_are_delivered(new_stack: Callable[..., Any]) -> None:
    files = dict.fromkeys(("a.py", "README.md", "team/etl.py", "team/tests/test_etl.py", "team/sql/load.sql"), "x = 1\n")
    stack = new_stack({"files": files, "exclude": ["tests/", "*.md"], "prune": True})
    run = await stack.once()
    assert keys() == {"a.py", "team/etl.py", "team/sql/load.sql"}
    assert stack.facts(run)["fileCount"] == 3
    stack.spec = {**stack.spec, "include": ["/team/", ".airflowignore"]}
    await stack.once()
    assert keys() == {"team/etl.py", "team/sql/load.sql"}


async def test_what_is_left_out_is_not_linted_and_holds_nothing(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"files": {"a.py": "x = 1\n", "old/bad.py": "x = (\n"}, "exclude": ["old/"]})
    run = await stack.once()
    assert run.graph.findings == ()
    assert keys() == {"a.py"}


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*.md", ["a.md", "x/y/a.md"], ["a.mdx", "md"]),
        ("tests/", ["tests/a.py", "x/tests/a.py"], ["tests", "x/tests", "tests.py"]),
        ("tests", ["tests/a.py", "tests", "x/tests"], ["tests.py"]),
        ("/top.py", ["top.py"], ["x/top.py"]),
        ("x/*.py", ["x/a.py"], ["y/x/a.py", "x/y/a.py"]),
        ("x/**/a.py", ["x/a.py", "x/y/a.py", "x/y/z/a.py"], ["a.py", "y/x/a.py"]),
        ("**/a.py", ["a.py", "x/a.py"], ["x/b.py"]),
        ("x/**", ["x/a.py", "x/y/a.py"], ["x", "y/a.py"]),
        ("**", ["a.py", "x/a.py"], []),
        ("f[0-9].py", ["f1.py"], ["fa.py"]),
    ],
)
def test_a_pattern_means_what_it_does_in_a_gitignore(pattern: str, yes: list[str], no: list[str]) -> None:
    found = Pattern.of(pattern)
    assert [path for path in yes if not found.matches(path)] == []
    assert [path for path in no if found.matches(path)] == []


def test_a_hostile_pattern_takes_no_time() -> None:
    deep = "/".join("a" * 90)
    for pattern in ("/".join(["**", "a"] * 40) + "/b", "*a" * 90 + "b", "**/" * 60 + "b"):
        assert not Pattern.of(pattern).matches(deep)


def test_without_patterns_nothing_is_looked_at() -> None:
    files = Files({"a.py": b""})
    assert selected(files, (), ()) is files
