"""Retention, key and fate of the five log groups, for all of them and for single ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_operator.core.policy import Adoption

KEY = "arn:aws:kms:us-east-1:123456789012:key/0123abcd-0123-0123-0123-0123456789ab"
OTHER = KEY.replace("0123abcd", "9999abcd")


def groups() -> dict[str, dict[str, Any]]:
    found = boto3.client("logs").describe_log_groups(logGroupNamePrefix="airflow-first-")["logGroups"]
    return {each["logGroupName"].removeprefix("airflow-first-"): each for each in found}


def days() -> dict[str, int | None]:
    return {name: each.get("retentionInDays") for name, each in groups().items()}


@pytest.mark.row("D44")
async def test_retention_key_and_tags_are_declared(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(
        {
            "logGroups": {
                "retentionInDays": 30,
                "kmsKey": KEY,
                "taskLogs": {"retentionInDays": 365, "kmsKey": OTHER},
            },
            "tags": {"team": "data"},
        }
    )
    await stack.settle()
    assert days() == {"DAGProcessing": 30, "Scheduler": 30, "Task": 365, "WebServer": 30, "Worker": 30}
    assert {name: each.get("kmsKeyId") for name, each in groups().items()} == {
        "DAGProcessing": KEY,
        "Scheduler": KEY,
        "Task": OTHER,
        "WebServer": KEY,
        "Worker": KEY,
    }
    tags = boto3.client("logs").list_tags_for_resource(resourceArn=groups()["Task"]["arn"].removesuffix(":*"))["tags"]
    assert tags["team"] == "data"
    before = len(stack.writes("logs"))
    await stack.settle()
    assert len(stack.writes("logs")) == before


async def test_groups_have_the_key_of_the_environment_where_nothing_else_is_said(new_stack: Callable[..., Any]) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]
    stack = new_stack({"kmsKey": key["KeyId"], "logGroups": {"taskLogs": {"kmsKey": OTHER}}})
    await stack.settle()
    assert {name: each.get("kmsKeyId") for name, each in groups().items()} == {
        "DAGProcessing": key["Arn"],
        "Scheduler": key["Arn"],
        "Task": OTHER,
        "WebServer": key["Arn"],
        "Worker": key["Arn"],
    }


async def test_changes_reach_groups_that_are_there_and_leave_the_environment_alone(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"logGroups": {"retentionInDays": 30}})
    await stack.settle()
    stack.change(logGroups={"retentionInDays": 7, "kmsKey": KEY})
    await stack.settle()
    assert set(days().values()) == {7}
    assert {each["kmsKeyId"] for each in groups().values()} == {KEY}
    assert stack.writes() == ["CreateEnvironment"]
    boto3.client("logs").put_retention_policy(logGroupName="airflow-first-Task", retentionInDays=1)
    boto3.client("logs").associate_kms_key(logGroupName="airflow-first-Task", kmsKeyId=OTHER)
    await stack.settle()
    assert (days()["Task"], groups()["Task"]["kmsKeyId"]) == (7, KEY)


async def test_groups_that_are_kept_stay_when_the_environment_goes(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"logGroups": {"deletionPolicy": "Keep", "workerLogs": {"deletionPolicy": "Delete"}}})
    await stack.settle()
    stack.deleting = True
    await stack.settle()
    assert groups().keys() == {"DAGProcessing", "Scheduler", "Task", "WebServer"}
    assert stack.emulator.environments() == []
    # an object of the same namespace and name takes them up again
    again = new_stack({"logGroups": {"retentionInDays": 5}}, uid="new", adoption=Adoption.IF_TAGGED)
    await again.settle()
    assert set(days().values()) == {5}


async def test_what_is_not_declared_is_left_alone(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    await stack.settle()
    boto3.client("logs").put_retention_policy(logGroupName="airflow-first-Task", retentionInDays=1)
    await stack.settle()
    assert days()["Task"] == 1
