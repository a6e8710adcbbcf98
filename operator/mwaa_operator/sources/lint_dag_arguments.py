"""Arguments of a DAG that Airflow 3 has no more: the release notes of 3.0.0, and the DAG of 3.3.1 itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .module import Module

INSTEAD = {
    "concurrency": "Write `max_active_tasks`.",
    "default_view": "Take it out: nothing is in its place.",
    "fail_stop": "Write `fail_fast`, or take it out as long as Airflow 2 reads the file too.",
    "full_filepath": "Take it out: nothing is in its place.",
    "orientation": "Take it out: nothing is in its place.",
    "schedule_interval": "Write `schedule`.",
    "timetable": "Write `schedule`: it takes a timetable too.",
}
"""By argument of Airflow 2: what is to be done, such that both read the file where that can be."""


def gone_with_three(module: Module) -> Iterator[Finding]:
    """Find them in `DAG(...)` and `@dag(...)` of Airflow. A DAG class of somebody else may take what it likes."""
    for call in module.all(ast.Call):
        package, _, name = module.full_name(call.func).rpartition(".")
        if package.split(".")[0] != "airflow" or name not in ("DAG", "dag"):
            continue
        for each in call.keywords:
            if each.arg in INSTEAD:
                yield Finding(
                    "ArgumentGoneWithAirflowThree",
                    "",
                    f"Airflow 3 has no argument `{each.arg}` of {name}: there the import fails. {INSTEAD[each.arg]}",
                    Severity.WARNING,
                    line=each.value.lineno,
                )
