"""`kubectl mwaa status --counts`: what CloudWatch counts beside what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from mwaa_operator.cli.counts import rows

STATUS = {"schedulers": 2, "minWorkers": 1, "maxWorkers": 10, "minWebservers": 2, "maxWebservers": 2}


@pytest.mark.parametrize(
    ("counted", "shown"),
    [
        ({"NumSchedulers": 2, "NumWorkers": 4, "NumWebservers": 3}, ["2", "4", "3"]),
        (
            {"Scheduler": 2, "BaseWorker": 1, "AdditionalWorker": 2, "WebServer": 2, "AdditionalWebservers": 1},
            ["2", "3", "3"],
        ),
        ({"NumSchedulers": 3, "Scheduler": 9, "BaseWorker": 1}, ["3", "1", "unknown"]),
        ({}, ["unknown"] * 3),
    ],
)
def test_a_component_is_counted_by_its_metric_or_else_by_its_clusters(counted: Mapping[str, int], shown: list[str]) -> None:
    found = rows({"status": STATUS}, counted)
    assert [each[:2] for each in found] == [("schedulers", "2"), ("workers", "1 to 10"), ("web servers", "2")]
    assert [each[2] for each in found] == shown


@pytest.mark.cluster
@pytest.mark.row("D191")
def test_what_runs_is_shown_beside_what_is_declared(shell: Any) -> None:
    shell.apply(shell.environment_document(minWorkers=1, maxWorkers=7, schedulers=3))
    shell.wait_ready()
    shell.stack.emulator.clear_calls()
    assert "COUNTED" not in shell.mwaa("status", "first").stdout
    assert [call.operation for call in shell.stack.emulator.calls("cloudwatch")] == [], "the steady look asks nothing more"
    name = shell.get()["status"]["environmentName"]
    seed(shell, "NumSchedulers", {"Environment": name}, 3)
    seed(shell, "NumWebservers", {"Environment": name}, 2)
    for cluster, containers in (("BaseWorker", 1), ("AdditionalWorker", 4)):
        for _ in range(containers):
            seed(shell, "CPUUtilization", {"Environment": name, "Cluster": cluster}, 12.5)
    seed(shell, "NumSchedulers", {"Environment": "another"}, 5)
    lines = shell.mwaa("status", "first", "--counts").stdout.splitlines()
    table = [line.split("  ") for line in lines[lines.index(next(each for each in lines if "COUNTED" in each)) :]]
    assert [[cell.strip() for cell in line if cell.strip()] for line in table] == [
        ["COMPONENT", "DECLARED", "COUNTED"],
        ["schedulers", "3", "3"],
        ["workers", "1 to 7", "5"],
        ["web servers", "2", "2"],
    ]
    assert {"ListMetrics", "GetMetricData"} <= {call.operation for call in shell.stack.emulator.calls("cloudwatch")}
    assert shell.json("status", "first", "--counts")["counts"]["NumSchedulers"] == 3
    assert (
        "is for an Environment"
        in shell.mwaa("status", "network/ground", "--counts", "-n", "ground", namespaced=False, code=1).stderr
    )


def seed(shell: Any, metric: str, dimensions: Mapping[str, str], value: float) -> None:
    about = [{"Name": key, "Value": each} for key, each in dimensions.items()]
    # a minute that is over
    when = datetime.fromtimestamp(datetime.now(UTC).timestamp() // 60 * 60 - 60, UTC)
    data = {"MetricName": metric, "Dimensions": about, "Value": value, "Timestamp": when}
    shell.aws("cloudwatch").put_metric_data(Namespace="AWS/MWAA", MetricData=[data])
