"""The files of an environment are looked into before AWS is asked, and again when an update has failed. Real S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.aws.facts import checks
from mwaa_operator.aws.session import Aws
from mwaa_operator.checks.artefacts import timed_out, too_large
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.finding import Finding
from mwaa_operator.core.report import report

HOUR = 3600.0
MANY = "".join(f"package-{number}==1.0\n" for number in range(60))


def looking(stack: Any) -> Any:
    """Give the operator this check, with the real one who reads S3."""
    stack.registry.checks["artefacts"] = next(
        each for each in checks(Aws("test", stack.calls.append)) if each.NAME == "artefacts"
    )
    return stack


def upload(stack: Any, **files: str) -> None:
    for name, text in files.items():
        key = {"requirements": "requirements.txt", "startup": "startup.sh", "plugins": "plugins.zip"}[name]
        stack.account.s3.put_object(Bucket=stack.account.bucket, Key=key, Body=text.encode())


def found(run: Any) -> list[Finding]:
    return list(run.checks)


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


@pytest.mark.row("B131")
@pytest.mark.parametrize(("requirements", "is_said"), [(MANY, True), ("pandas==2.1.4\n", False)])
async def test_a_failed_update_with_much_to_install_names_the_ten_minutes(
    new_stack: Callable[..., Any], requirements: str, is_said: bool
) -> None:
    stack = looking(new_stack({"requirementsS3Path": "requirements.txt"}))
    upload(stack, requirements="x==1\n")
    await stack.settle()
    stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    upload(stack, requirements=requirements)
    run = await stack.once()
    assert [each.code for each in found(run)] == [], "nothing has failed yet"
    stack.emulator.advance(HOUR)
    for _ in range(2):
        run = await stack.once()
    conditions = said(run)
    assert conditions["Ready"].reason == "UpdateRolledBack"
    assert [each.code for each in found(run)] == ["InstallTimedOut"] * is_said
    if is_said:
        assert "within 10 minutes" in conditions["Preflight"].message
        assert "requirements.txt names 60 packages" in conditions["Preflight"].message


@pytest.mark.row("B131")
@pytest.mark.parametrize(
    ("size", "requirements", "words"),
    [
        (299_999_999, 39, ""),
        (300_000_000, 0, "plugins.zip has 300 MB: what"),
        (0, 40, "requirements.txt names 40 packages: what"),
        (2 * 10**9, 80, "plugins.zip has 2,000 MB and requirements.txt names 80 packages: what"),
    ],
)
def test_what_counts_as_much(size: int, requirements: int, words: str) -> None:
    told = list(timed_out(size, requirements))
    assert bool(told) is bool(words)
    assert not words or (words in told[0].message and "10 minutes" in told[0].message)


@pytest.mark.row("B130", "C174")
@pytest.mark.parametrize(("size", "is_said"), [(10**9, False), (10**9 + 1, True)])
def test_above_one_gigabyte_is_a_warning(size: int, is_said: bool) -> None:
    found = too_large(size, "spec.pluginsS3Path")
    assert [(each.code, str(each.severity)) for each in found] == [("PluginsTooLarge", "Warning")] * is_said


async def test_a_script_in_the_bucket_is_looked_into_and_holds_nothing_up(new_stack: Callable[..., Any]) -> None:
    stack = looking(new_stack({"startupScriptS3Path": "startup.sh", "pluginsS3Path": "plugins.zip"}))
    upload(stack, startup="export AIRFLOW_HOME=/x\npip install y\n", plugins="small")
    run = await stack.once()
    shown = [(each.code, each.place, str(each.severity)) for each in found(run)]
    assert shown == [
        ("ReservedVariable", "spec.startupScriptS3Path:1", "Warning"),
        ("InstallOnPrivateWebserver", "spec.startupScriptS3Path:2", "Warning"),
    ]
    assert stack.writes() == ["CreateEnvironment"]


async def test_files_that_cannot_be_read_are_a_notice(new_stack: Callable[..., Any]) -> None:
    stack = looking(new_stack({"startupScriptS3Path": "startup.sh"}))
    upload(stack, startup="true\n")
    stack.emulator.fault("s3", "GetObject", code="AccessDenied", status=403)
    run = await stack.once()
    assert [(each.code, str(each.severity)) for each in found(run)] == [("NotChecked", "Notice")]
    assert stack.writes() == ["CreateEnvironment"]
