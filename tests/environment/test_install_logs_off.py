"""An environment whose logs are off is told what it will not see. Pure, but for the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LOUD = {"enabled": True, "logLevel": "INFO"}
SCRIPT, REQUIREMENTS = {"startupScriptS3Path": "startup.sh"}, {"requirementsS3Path": "requirements.txt"}


def found(stack: Any) -> dict[str, str]:
    told = {"StartupLogsOff", "InstallLogsTooQuiet"}
    findings = stack.kind.desired(stack.obj, stack.context).findings
    assert {str(each.severity) for each in findings if each.code in told} <= {"Warning"}
    return {each.code: each.message for each in findings if each.code in told}


@pytest.mark.row("B96")
@pytest.mark.parametrize("log", ["schedulerLogs", "workerLogs", "webserverLogs"])
@pytest.mark.parametrize("quiet", [{"enabled": False}, {"enabled": True, "logLevel": "ERROR"}])
def test_a_script_whose_result_nobody_sees(new_stack: Callable[..., Any], log: str, quiet: dict[str, Any]) -> None:
    every = dict.fromkeys(("schedulerLogs", "workerLogs", "webserverLogs"), LOUD)
    stack = new_stack({**SCRIPT, "loggingConfiguration": every})
    assert found(stack) == {}
    stack.change(loggingConfiguration={**every, log: quiet})
    assert found(stack)["StartupLogsOff"].startswith(f"{log} is not sent at INFO")
    stack.change(startupScriptS3Path=None)
    assert found(stack) == {}


@pytest.mark.row("D38")
@pytest.mark.parametrize(
    ("log", "is_said"),
    [
        ({"enabled": True, "logLevel": "DEBUG"}, False),
        ({"enabled": True, "logLevel": "INFO"}, False),
        ({"enabled": True, "logLevel": "WARNING"}, True),
        ({"enabled": True, "logLevel": "ERROR"}, True),
        ({"enabled": True, "logLevel": "CRITICAL"}, True),
        ({"enabled": False, "logLevel": "INFO"}, True),
    ],
)
def test_requirements_want_the_schedulers_log_at_info(
    new_stack: Callable[..., Any], log: dict[str, Any], is_said: bool
) -> None:
    stack = new_stack({**REQUIREMENTS, "loggingConfiguration": {"schedulerLogs": log}})
    assert ("InstallLogsTooQuiet" in found(stack)) is is_said
    stack.change(requirementsS3Path=None)
    assert found(stack) == {}


async def test_what_aws_has_chosen_counts_where_nothing_is_declared(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(REQUIREMENTS)
    assert found(stack) == {}, "nobody knows yet"
    stack.published = {"environmentArn": "arn", "environmentName": "first", "logGroups": ["airflow-first-Task"]}
    assert found(stack).keys() == {"InstallLogsTooQuiet"}
    stack.published = {**stack.published, "logGroups": ["airflow-first-Scheduler"]}
    assert found(stack) == {}
