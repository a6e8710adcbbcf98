"""What CloudWatch counts of an environment (guide 04, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .session import Aws

AIRFLOW, CONTAINERS = "AmazonMWAA", "AWS/MWAA"
"""The namespaces of Airflow's own metrics, and of those of its containers."""
MINUTE = 60
TASKS = ("QueuedTasks", "RunningTasks")
"""By these MWAA decides how many workers there are."""
LATE = timedelta(minutes=15)
"""How old a count may be: CloudWatch gets them late."""


async def beats(aws: Aws, region: str, environment: str, since: datetime, now: datetime) -> bool:
    """Tell whether there was a heartbeat of the scheduler. Raises `OutsideError` when CloudWatch cannot be asked."""
    dimensions = {"Function": "Scheduler", "Environment": environment}
    found = await _values(aws, region, [_query("m0", AIRFLOW, "SchedulerHeartbeat", dimensions, "Sum")], since, now)
    return any(value > 0 for values in found.values() for value in values)


async def import_errors(aws: Aws, region: str, environment: str, since: datetime, now: datetime) -> int | None:
    """Give how many files the DAG processor could not import when it counted last; None where it has not counted since.

    Raises:
        OutsideError: CloudWatch cannot be asked.
    """
    dimensions = {"Function": "DAG Processing", "Environment": environment}
    found = await _values(aws, region, [_query("m0", AIRFLOW, "ImportErrors", dimensions, "Maximum")], since, now)
    return next((int(value) for values in found.values() for value in values), None)


async def counted(aws: Aws, region: str, environment: str, now: datetime) -> Mapping[str, int]:
    """Count containers, by the names of their metrics (`NumSchedulers`) and of their clusters (`AdditionalWorker`).

    A cluster has one sample of `CPUUtilization` a minute for each of its containers.

    Raises:
        OutsideError: CloudWatch cannot be asked.
    """
    filters = [{"Name": "Environment", "Value": environment}]
    listed = await aws.pages(region, "cloudwatch", "list_metrics", "Metrics", Namespace=CONTAINERS, Dimensions=filters)
    queries, names = list[dict[str, Any]](), dict[str, str]()
    for metric in listed:
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        number, cluster = f"m{len(queries)}", dimensions.get("Cluster")
        if metric["MetricName"].startswith("Num"):
            names[number] = metric["MetricName"]
            queries.append(_query(number, CONTAINERS, metric["MetricName"], dimensions, "Maximum"))
        elif metric["MetricName"] == "CPUUtilization" and cluster:
            names[number] = cluster
            queries.append(_query(number, CONTAINERS, metric["MetricName"], dimensions, "SampleCount"))
    if not queries:
        return {}
    found = await _values(aws, region, queries, now - LATE, now)
    return {names[number]: int(values[0]) for number, values in found.items() if values}


async def tasks(aws: Aws, region: str, environment: str, since: datetime, now: datetime) -> Mapping[datetime, float]:
    """Give how many tasks waited or ran in each minute of which CloudWatch knows both. The beginning names the minute.

    Raises:
        OutsideError: CloudWatch cannot be asked.
    """
    dimensions = {"Function": "Executor", "Environment": environment}
    queries = [_query(f"m{n}", AIRFLOW, metric, dimensions, "Maximum") for n, metric in enumerate(TASKS)]
    found: dict[str, dict[datetime, float]] = {query["Id"]: {} for query in queries}
    for each in await _results(aws, region, queries, since, now):
        found[each["Id"]].update(zip(each["Timestamps"], each["Values"], strict=True))
    waiting, running = found.values()
    return {minute: waiting[minute] + running[minute] for minute in sorted(waiting.keys() & running.keys())}


def _query(number: str, namespace: str, metric: str, dimensions: Mapping[str, str], statistic: str) -> dict[str, Any]:
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    about = {"Namespace": namespace, "MetricName": metric, "Dimensions": named}
    return {"Id": number, "MetricStat": {"Metric": about, "Period": MINUTE, "Stat": statistic}}


async def _values(
    aws: Aws, region: str, queries: list[dict[str, Any]], since: datetime, now: datetime
) -> Mapping[str, list[float]]:
    """Give the values of each query, the newest first."""
    found: dict[str, list[float]] = {}
    for each in await _results(aws, region, queries, since, now):
        found.setdefault(each["Id"], []).extend(each["Values"])
    return found


async def _results(aws: Aws, region: str, queries: list[dict[str, Any]], since: datetime, now: datetime) -> list[Any]:
    return await aws.pages(
        region,
        "cloudwatch",
        "get_metric_data",
        "MetricDataResults",
        MetricDataQueries=queries,
        StartTime=since,
        EndTime=now,
        ScanBy="TimestampDescending",
    )
