"""Import errors where Airflow cannot be asked: the real CloudWatch API has the metric that MWAA publishes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from mwaa_operator.airflow.imports import ImportsAdapter
from mwaa_operator.aws.metrics import import_errors
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.observed import State
from mwaa_operator.core.report import report

MINUTE = timedelta(minutes=1)


def count(errors: int, at: datetime, environment: str = "first") -> None:
    dimensions = [{"Name": "Function", "Value": "DAG Processing"}, {"Name": "Environment", "Value": environment}]
    metric = {"MetricName": "ImportErrors", "Dimensions": dimensions, "Value": float(errors), "Timestamp": at}
    boto3.client("cloudwatch").put_metric_data(Namespace="AmazonMWAA", MetricData=[metric])


def said(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


@pytest.fixture
def old(stack: Any) -> Any:
    """A source whose environment has an Airflow that AWS passes no calls on to, and an hour has passed."""
    stack.version = "2.2.2"
    stack.spec["files"] = {"hello.py": "x = 1\n"}
    stack.environments["first"] = {"facts": {"airflowHealthy": None, "environmentStatus": "AVAILABLE"}}
    stack.now = lambda: datetime.now(UTC) + timedelta(hours=1)
    adapter = ImportsAdapter(stack.aws, lambda: stack.now(), partial(import_errors, stack.aws))
    stack.registry.adapters[adapter.TYPE] = adapter
    return stack


@pytest.mark.row("A162")
@pytest.mark.parametrize("version", ["2.6.3", "2.11.2", "3.3.1"])
async def test_where_airflow_can_be_asked_it_names_file_and_message(old: Any, version: str) -> None:
    old.version, old.environments["first"] = version, {}
    trace = "Traceback (most recent call last):\n  File \"x\", line 1\nModuleNotFoundError: No module named 'pandas'\n"
    error = {"filename": "/usr/local/airflow/dags/hello.py", "stack_trace": trace, "import_error_id": 1}
    error["timestamp"] = old.now().isoformat()
    old.emulator.airflow_answer("/importErrors", {"import_errors": [error], "total_entries": 1})
    imported = said(await old.once())["DagsImported"]
    assert (imported.status, imported.reason) == (Truth.FALSE, "ImportError")
    assert "hello.py: ModuleNotFoundError: No module named 'pandas'" in imported.message
    assert not [call for call in old.calls if call.service == "cloudwatch"]


@pytest.mark.row("D37")
async def test_a_count_above_zero_is_an_import_error(old: Any) -> None:
    count(2, old.now() - 5 * MINUTE)
    imported = said(await old.once())["DagsImported"]
    assert (imported.status, imported.reason) == (Truth.FALSE, "ImportError")
    assert "2 files that first cannot import" in imported.message
    assert "airflow-first-DAGProcessing" in imported.message
    assert old.asked() == [], "Airflow is not asked"


async def test_a_count_is_no_fault_of_one_revision(old: Any) -> None:
    """The file may be another source's."""
    old.spec |= {"prune": True, "onFailure": "RollBack"}

    async def deliver(text: str, errors: int) -> Any:
        old.spec |= {"files": {"hello.py": text}}
        count(errors, old.now() - 5 * MINUTE)
        for _ in range(3):
            run = await old.once()
            old.published = old.facts(run)
        return run

    await deliver("x = 1\n", 0)
    assert old.published["history"][0]["proven"]
    old.now = lambda: datetime.now(UTC) + timedelta(hours=2)
    run = await deliver("x = 2\n", 1)
    assert [each.get("failure") for each in old.published["history"]] == [None, None]
    assert old.published["revision"] == old.published["history"][0]["revision"]
    assert "of this source or of another" in old.seen(run).message


@pytest.mark.row("D37")
async def test_the_newest_count_counts_and_zero_is_the_proof(old: Any) -> None:
    count(2, old.now() - 9 * MINUTE)
    count(0, old.now() - 2 * MINUTE)
    count(7, old.now() - MINUTE, "second")
    run = await old.once()
    assert said(run)["DagsImported"].status is Truth.TRUE
    assert old.seen(run).outputs["proven"] is True
    assert old.facts(run)["provenIn"] == ["first"]


async def test_counts_of_before_say_nothing_of_this_revision(old: Any) -> None:
    count(3, datetime.now(UTC) - 5 * MINUTE)
    old.now = lambda: datetime.now(UTC) + MINUTE
    sight = old.seen(await old.once())
    assert (sight.state, sight.reason) == (State.BUSY, "AwaitingImport")
    old.now = lambda: datetime.now(UTC) + 10 * MINUTE
    assert old.seen(await old.once()).reason == "AwaitingImport"
    old.now = lambda: datetime.now(UTC) + timedelta(hours=1)
    assert old.seen(await old.once()).reason == "SlowerThanUsual"


async def test_an_environment_that_is_not_there_yet_is_waited_for(old: Any) -> None:
    old.environments["first"] = {"facts": {"airflowHealthy": None, "environmentStatus": "CREATING"}}
    [need] = (await old.once()).plan.waits["imports/first"]
    assert need.reason == "DependencyNotReady"
