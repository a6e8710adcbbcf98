"""Log groups over a real endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.owner import ADOPT_TAG, OWNER_TAG, Owner
from mwaa_operator.core.part import Part
from mwaa_operator.resources.logs import LogGroup

OWNER = Owner("Environment", "team", "prod", "6f1c")
MODULES = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")


def group(module: str, retention: int | None = None, **tags: str) -> Part:
    name = f"logs/{module}"
    return Part(name, LogGroup(f"airflow-prod-{module}", {**tags, **OWNER.tags(name)}, retention))


@pytest.fixture
def groups(parts: Callable[..., Any]) -> Callable[..., Any]:
    def make(*which: Part, **about: Any) -> Any:
        wanted = which or tuple(group(module, 30) for module in MODULES)
        return parts(*wanted, **{"kind": "Environment", "name": "prod", **about})

    return make


@pytest.fixture
def logs(client: Callable[..., Any]) -> Any:
    return client("logs")


def listed(logs: Any) -> dict[str, int | None]:
    return {each["logGroupName"]: each.get("retentionInDays") for each in logs.describe_log_groups()["logGroups"]}


def tags(logs: Any, module: str) -> dict[str, str]:
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:airflow-prod-{module}"
    return dict(logs.list_tags_for_resource(resourceArn=arn)["tags"])


async def test_groups_are_made_with_retention_and_tags(groups: Callable[..., Any], logs: Any) -> None:
    run = await groups().settle()
    assert listed(logs) == {f"airflow-prod-{module}": 30 for module in MODULES}
    assert tags(logs, "Task") == OWNER.tags("logs/Task")
    outputs = run.sights["logs/Task"].outputs
    assert outputs == {
        "name": "airflow-prod-Task",
        "arn": "arn:aws:logs:us-east-1:123456789012:log-group:airflow-prod-Task",
    }


async def test_five_groups_cost_one_read_once_their_tags_are_known(groups: Callable[..., Any]) -> None:
    desk = groups()
    await desk.settle()
    await desk.settle()
    desk.calls.clear()
    await desk.settle()
    assert [call.operation for call in desk.calls] == ["describe_log_groups"]


async def test_a_group_without_declared_retention_keeps_the_one_it_has(groups: Callable[..., Any], logs: Any) -> None:
    desk = groups(group("Task"))
    await desk.settle()
    logs.put_retention_policy(logGroupName="airflow-prod-Task", retentionInDays=7)
    await desk.settle()
    assert listed(logs) == {"airflow-prod-Task": 7}


async def test_retention_drift_is_corrected_and_new_tags_are_set(groups: Callable[..., Any], logs: Any) -> None:
    desk = groups(group("Task", 30))
    await desk.settle()
    await desk.settle()
    logs.put_retention_policy(logGroupName="airflow-prod-Task", retentionInDays=7)
    logs.tag_resource(resourceArn="arn:aws:logs:us-east-1:123456789012:log-group:airflow-prod-Task", tags={"cost": "42"})
    await desk.settle()
    assert listed(logs) == {"airflow-prod-Task": 30}

    changed = groups(group("Task", 30, team="data"), memory=desk.memory)
    await changed.settle()
    assert tags(logs, "Task") == {"cost": "42", "team": "data", **OWNER.tags("logs/Task")}


async def test_a_group_that_somebody_made_anew_is_used_as_it_is_and_stays(groups: Callable[..., Any], logs: Any) -> None:
    desk = groups(group("Task"))
    await desk.settle()
    await desk.settle()
    before = logs.describe_log_groups()["logGroups"][0]["creationTime"]
    logs.delete_log_group(logGroupName="airflow-prod-Task")
    while True:
        logs.create_log_group(logGroupName="airflow-prod-Task")
        if logs.describe_log_groups()["logGroups"][0]["creationTime"] != before:
            break
        logs.delete_log_group(logGroupName="airflow-prod-Task")
    # moto keeps the tags of a name, CloudWatch Logs those of a group
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:airflow-prod-Task"
    logs.untag_resource(resourceArn=arn, tagKeys=list(tags(logs, "Task")))
    run = await desk.once()
    assert run.plan.steps == ()

    desk.deleting = True
    await desk.settle()
    assert tags(logs, "Task") == {}
    assert len(logs.describe_log_groups()["logGroups"]) == 1


async def test_groups_of_others_are_not_deleted_and_ours_are(groups: Callable[..., Any], logs: Any) -> None:
    desk = groups(group("Task"), group("Worker"))
    logs.create_log_group(logGroupName="airflow-prod-Worker")
    logs.create_log_group(logGroupName="airflow-prod-Task-old")
    await desk.once()
    desk.deleting = True
    await desk.settle()
    assert listed(logs).keys() == {"airflow-prod-Worker", "airflow-prod-Task-old"}


async def test_a_group_that_left_the_spec_is_deleted(groups: Callable[..., Any], logs: Any) -> None:
    desk = groups(group("Task"), group("Worker"))
    await desk.settle()
    fewer = groups(group("Task"), memory=desk.memory)
    await fewer.settle()
    assert listed(logs).keys() == {"airflow-prod-Task"}


async def test_a_kept_group_is_let_go(groups: Callable[..., Any], logs: Any) -> None:
    desk = groups(group("Task"))
    await desk.settle()
    desk.deleting = desk.retain = True
    await desk.settle()
    left = tags(logs, "Task")
    assert OWNER_TAG not in left
    assert left[ADOPT_TAG] == "team/prod"


async def test_no_crash_makes_a_group_twice_or_leaves_it_without_retention(
    groups: Callable[..., Any], logs: Any, emulator: Emulator, crash: Callable[..., Any]
) -> None:
    class Group:
        def __init__(self) -> None:
            emulator.reset()
            self.desk = groups(group("Task", 30))

        async def settle(self) -> None:
            await self.desk.settle()

    def whole(thing: Any) -> None:
        assert listed(logs) == {"airflow-prod-Task": 30}
        assert tags(logs, "Task") == OWNER.tags("logs/Task")

    assert await crash(Group, whole) == 2


async def test_a_group_that_mwaa_made_between_look_and_create_is_shown_as_it_is(
    groups: Callable[..., Any], logs: Any
) -> None:
    desk = groups(group("Task", 30))
    logs.create_log_group(logGroupName="airflow-prod-Task")
    adapter = desk.registry.adapters[LogGroup.TYPE]
    sight = await adapter.create(Target("logs/Task", group("Task", 30).model, OWNER, "us-east-1"))
    assert (sight.id, sight.owner, dict(sight.fields)) == ("airflow-prod-Task", "", {"name": "airflow-prod-Task"})
