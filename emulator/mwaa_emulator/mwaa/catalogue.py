"""What MWAA offers, as dated data: Airflow versions, environment classes, defaults.

The service model's documentation strings lag behind the service, so the lists are ours (sources: docs/fidelity.md).
"""

from __future__ import annotations

from dataclasses import dataclass

#: As of November 2026, oldest first. Versions past their limited-support date cannot be created any more.
AIRFLOW_VERSIONS = (
    "2.7.2",
    "2.8.1",
    "2.9.2",
    "2.10.1",
    "2.10.3",
    "2.11.0",
    "2.11.2",
    "3.0.6",
    "3.2.1",
    "3.3.1",
)

#: Environments below this version answer no InvokeRestApi.
FIRST_WITH_REST_API = (2, 4, 3)

#: The access mode PUBLIC_AND_PRIVATE exists from here on.
FIRST_WITH_PUBLIC_AND_PRIVATE = (3, 2, 0)

#: An Airflow 2 below this version cannot move to Airflow 3 in place.
LAST_STOP_BEFORE_3 = (2, 11, 0)

MAX_WORKERS_QUOTA = 25


@dataclass(frozen=True, slots=True)
class EnvironmentClass:
    """The component counts that a class allows, each as (least, most, default)."""

    schedulers: tuple[int, int, int] = (2, 5, 2)
    webservers: tuple[int, int, int] = (2, 5, 2)


ENVIRONMENT_CLASSES = {
    "mw1.micro": EnvironmentClass(schedulers=(1, 1, 1), webservers=(1, 1, 1)),
    "mw1.small": EnvironmentClass(),
    "mw1.medium": EnvironmentClass(),
    "mw1.large": EnvironmentClass(),
    "mw1.xlarge": EnvironmentClass(),
    "mw1.2xlarge": EnvironmentClass(),
}

DEFAULT_CLASS = "mw1.small"
DEFAULT_MAX_WORKERS = 10
DEFAULT_MIN_WORKERS = 1
DEFAULT_ACCESS_MODE = "PRIVATE_ONLY"

#: API member, suffix of the log group, whether it is on when the caller says nothing.
LOG_TYPES = (
    ("DagProcessingLogs", "DAGProcessing", False),
    ("SchedulerLogs", "Scheduler", False),
    ("TaskLogs", "Task", True),
    ("WebserverLogs", "WebServer", False),
    ("WorkerLogs", "Worker", False),
)

SERVICE_ROLE = "AWSServiceRoleForAmazonMWAA"


def version_tuple(version: str) -> tuple[int, ...]:
    """A version for comparing; empty when it is no version."""
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        return ()


def newest(versions: tuple[str, ...] = AIRFLOW_VERSIONS) -> str:
    """What an environment gets whose creator names no version."""
    return max(versions, key=version_tuple)
