"""What the status of an environment says beside what AWS itself says: ARNs of logs, scaling, times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_operator.kinds.visibility import Visibility, visibility

ALL = ("dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs")
TYPES = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")


@pytest.mark.row("D43")
async def test_the_groups_of_the_logs_are_told_with_their_arns(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"loggingConfiguration": {log: {"enabled": True} for log in ALL}})
    run = await stack.settle()
    groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix="airflow-first-")["logGroups"]
    arns = [f"arn:aws:logs:us-east-1:123456789012:log-group:airflow-first-{type_}" for type_ in TYPES]
    assert sorted(group["arn"].removesuffix(":*") for group in groups) == arns
    assert stack.facts(run)["logGroupArns"] == arns
    # a group exists for each log, and is written to only where the log is enabled
    stack.change(loggingConfiguration={log: {"enabled": log == "taskLogs"} for log in ALL})
    assert stack.facts(await stack.settle())["logGroupArns"] == [arns[2]]


@pytest.mark.row("D170")
@pytest.mark.parametrize(
    ("spec", "sent", "scales"),
    [
        ({"minWorkers": 5, "maxWorkers": 5}, (5, 5), False),
        ({"fixedWorkers": 5}, (5, 5), False),
        ({"minWorkers": 1, "maxWorkers": 5}, (1, 5), True),
        ({}, (None, None), True),
    ],
)
async def test_as_many_workers_at_least_as_at_most_switch_autoscaling_off(
    new_stack: Callable[..., Any], spec: dict[str, int], sent: tuple[int | None, int | None], scales: bool
) -> None:
    stack = new_stack(spec)
    facts = stack.facts(await stack.settle())
    [request] = stack.requests("CreateEnvironment")
    assert (request.get("MinWorkers"), request.get("MaxWorkers")) == sent
    assert facts["autoscaling"] is scales


@pytest.mark.row("D129")
@pytest.mark.parametrize(
    ("version", "spec", "new", "changed"),
    [
        ("2.10.3", {}, 300, 30),
        ("2.10.3", {"options": {"dagDirListInterval": 60, "minFileProcessInterval": 10}}, 60, 10),
        ("3.3.1", {}, 300, 30),
        ("3.3.1", {"airflowConfigurationOptions": {"dag_processor.refresh_interval": "45"}}, 45, 30),
    ],
)
async def test_when_a_dag_appears_follows_the_options(
    new_stack: Callable[..., Any], version: str, spec: dict[str, Any], new: int, changed: int
) -> None:
    stack = new_stack({"airflowVersion": version, **spec})
    assert stack.facts(await stack.once())["expectedVisibilitySeconds"] is None, "no version runs yet"
    facts = stack.facts(await stack.settle())
    assert facts["expectedVisibilitySeconds"] == {"newFiles": new, "changedFiles": changed}


def test_a_value_that_is_no_number_is_that_of_airflow() -> None:
    assert visibility({"scheduler.dag_dir_list_interval": "often"}, "2.10.3") == Visibility(300, 30)
