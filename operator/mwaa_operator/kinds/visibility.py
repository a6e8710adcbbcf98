"""How long Airflow takes to see a DAG file, by the options in force (guide 04, sections 2.4 and 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..resources.airflow import LIST_INTERVAL

OPTIONS: Mapping[str, tuple[str, str]] = {
    "2": ("scheduler.dag_dir_list_interval", "scheduler.min_file_process_interval"),
    "3": ("dag_processor.refresh_interval", "dag_processor.min_file_process_interval"),
}
"""The options of each major version: how often Airflow looks for new files, and when it parses one again at the earliest."""
PARSE_AGAIN = 30
"""Seconds before Airflow parses the same file again, unless an option says otherwise."""


@dataclass(frozen=True)
class Visibility:
    """Seconds until Airflow sees a file in its DAG folder. MWAA's copying of the bucket comes before that."""

    new_files: int
    changed_files: int


def visibility(options: Mapping[str, str], version: str) -> Visibility:
    """Give the times of a version, of which only the first number matters, with these options."""
    listed, parsed = OPTIONS.get(version.partition(".")[0], OPTIONS["3"])
    return Visibility(
        _seconds(options.get(listed), int(LIST_INTERVAL.total_seconds())), _seconds(options.get(parsed), PARSE_AGAIN)
    )


def _seconds(given: str | None, default: int) -> int:
    return int(given) if given and given.isdecimal() else default
