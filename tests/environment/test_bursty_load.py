"""Workers that go and are wanted back at once: CloudWatch is asked, where that is asked for, and advice comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest

from mwaa_operator.aws.mwaa_pauses import Pauses
from mwaa_operator.aws.session import Aws
from mwaa_operator.checks import load
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

MINUTE = timedelta(minutes=1)
SCALES = {"minWorkers": 1, "maxWorkers": 5, "probes": {"load": True}}


def probing(stack: Any) -> Any:
    """Give the operator the adapter of the probe."""
    stack.registry.adapters[Pauses.TYPE] = Pauses(Aws("test", stack.calls.append))
    return stack


def count(environment: str, *tasks: int) -> None:
    """Tell CloudWatch how many tasks waited and ran, minute by minute, up to half an hour ago."""
    first = datetime.now(UTC).replace(second=0, microsecond=0) - MINUTE * (30 + len(tasks))
    where = [{"Name": "Function", "Value": "Executor"}, {"Name": "Environment", "Value": environment}]
    for metric, share in (("QueuedTasks", 0), ("RunningTasks", 1)):
        data = [
            {"MetricName": metric, "Dimensions": where, "Value": share * number, "Timestamp": first + MINUTE * at}
            for at, number in enumerate(tasks)
        ]
        boto3.client("cloudwatch").put_metric_data(Namespace="AmazonMWAA", MetricData=data)


def preflight(run: Any) -> Condition:
    return next(each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions if each.type == "Preflight")


@pytest.mark.row("B48")
@pytest.mark.parametrize(
    ("sizes", "idle", "advised"),
    [
        ({"minWorkers": 1, "maxWorkers": 5}, 5, True),
        ({"minWorkers": 1, "maxWorkers": 5}, 2, True),
        ({"minWorkers": 1, "maxWorkers": 5}, 1, False),
        ({"minWorkers": 1, "maxWorkers": 5}, 40, False),
        ({"minWorkers": 5, "maxWorkers": 5}, 5, False),
        ({"fixedWorkers": 5}, 5, False),
    ],
)
async def test_a_pause_of_about_five_minutes_raises_advice_where_workers_scale_down(
    new_stack: Callable[..., Any], sizes: dict[str, int], idle: int, advised: bool
) -> None:
    stack = probing(new_stack({**sizes, "wayIn": "Other", "probes": {"load": True}}))
    count("first", 3, 4, *[0] * idle, 6, 2)
    run = await stack.settle()
    assert stack.facts(run)["idleGapMinutes"] == (idle if advised else None)
    said = preflight(await stack.once())
    assert (said.status, said.reason == "BurstyLoadScalesDown") == (Truth.TRUE, advised)
    if advised:
        assert f"CloudWatch has seen {idle} minutes without a task" in said.message
        assert "up to five minutes" in said.message
        assert "tasks that come meanwhile wait for new ones" in said.message
    asked = [call for call in stack.calls if call.service == "cloudwatch"]
    assert bool(asked) is (sizes.get("minWorkers") == 1), "a fixed number of workers needs no look"


@pytest.mark.row("B48")
@pytest.mark.parametrize(
    ("created", "update", "killed"),
    [
        ("2024-05-09T12:00:00+00:00", None, True),
        ("2024-05-10T12:00:00+00:00", None, False),
        ("2024-01-01T12:00:00+00:00", {"status": "SUCCESS", "createdAt": "2024-06-01T12:00:00+00:00"}, False),
        ("2024-01-01T12:00:00+00:00", {"status": "FAILED", "createdAt": "2024-06-01T12:00:00+00:00"}, True),
    ],
)
def test_tasks_may_be_killed_only_where_the_service_did_so(
    new_stack: Callable[..., Any], created: str, update: dict[str, str] | None, killed: bool
) -> None:
    published = {"idleGapMinutes": 5, "createdAt": created, **({"lastUpdate": update} if update else {})}
    stack = new_stack(SCALES, published=published)
    said = next(each for each in stack.kind.desired(stack.obj, stack.context).findings)
    assert said.code == "BurstyLoadScalesDown"
    assert ("end with it after 120 seconds" in said.message) is killed


async def test_without_the_probe_nobody_is_asked(new_stack: Callable[..., Any]) -> None:
    stack = probing(new_stack({"minWorkers": 1, "maxWorkers": 5}))
    await stack.settle()
    assert not [call for call in stack.calls if call.service == "cloudwatch"]


@pytest.mark.parametrize(
    ("tasks", "pause"),
    [
        ((), None),
        ((0, 0, 0, 0, 0), None),
        ((1, 0, 0, 0, 0), None),
        ((0, 0, 0, 0, 1), None),
        ((1, 0, 0, 0, 0, 0, 1), 5),
        ((1, *[0] * 7, 1), 7),
        ((1, *[0] * 8, 1), None),
        ((1, 0, 0, 0, 1, 0, 0, 1, 1), 2),
        ((1, 0, 0, 0, 1, *[0] * 30, 1), 3),
        ((1, 0, 0, None, 0, 0, 1), None),
    ],
)
def test_a_pause_lies_between_tasks_and_every_minute_of_it_is_known(tasks: Sequence[int | None], pause: int | None) -> None:
    first = datetime(2026, 11, 21, tzinfo=UTC)
    counted = {first + MINUTE * at: float(number) for at, number in enumerate(tasks) if number is not None}
    assert load.pause(counted) == pause


def test_before_there_is_an_environment_the_service_is_as_it_is_today() -> None:
    (said,) = load.bursts("bursty", None, 1, 5, None)
    assert "wait for new ones" in said.message
    (said,) = load.bursts("bursty", None, 1, 5, date(2023, 1, 1))
    assert "last built on 2023-01-01" in said.message
