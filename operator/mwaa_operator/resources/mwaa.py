"""Amazon MWAA's own things: the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Effect, Late, Model, attr

LOG_GROUPS: Mapping[str, str] = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}
"""Each log category of the API and the last part of its log group's name (guide, 04 section 4.3)."""


def log_group_name(environment: str, category: str) -> str:
    """Name the log group into which MWAA writes one category: `airflow-{environment}-{Type}`."""
    return f"airflow-{environment}-{LOG_GROUPS[category]}"


@dataclass(frozen=True)
class Environment(Model):
    """An MWAA environment, with the members of CreateEnvironment that are declared.

    Every update restarts what it touches (guide, 04 section 10: "any update, e.g. a log level, restarts"); only tags and the
    maintenance window do not. Subnets, key and name can never change. AWS gives subnets and groups in any order: both are
    sorted here.

    Outputs: `name`, `arn`, `status`, `created_at`, `airflow_version`, `environment_class`, `webserver_host`, `log_groups`,
    `source_bucket_arn`, `dag_s3_path`, `execution_role_arn`, `subnet_ids`, `security_group_ids`, `last_update`.
    """

    TYPE: ClassVar[str] = "mwaa/environment"

    name: str = attr(Effect.REFUSED)
    execution_role_arn: str | Late = attr(Effect.RESTART)
    source_bucket_arn: str | Late = attr(Effect.RESTART)
    dag_s3_path: str = attr(Effect.RESTART)
    subnet_ids: tuple[str, ...] | Late = attr(Effect.REFUSED)
    security_group_ids: tuple[str, ...] | Late = attr(Effect.RESTART)
    airflow_version: str | None = attr(Effect.RESTART, default=None)
    environment_class: str | None = attr(Effect.RESTART, default=None)
    min_workers: int | None = attr(Effect.RESTART, default=None)
    max_workers: int | None = attr(Effect.RESTART, default=None)
    min_webservers: int | None = attr(Effect.RESTART, default=None)
    max_webservers: int | None = attr(Effect.RESTART, default=None)
    schedulers: int | None = attr(Effect.RESTART, default=None)
    webserver_access_mode: str | None = attr(Effect.RESTART, default=None)
    airflow_configuration_options: Mapping[str, str] | None = attr(Effect.RESTART, sensitive=True, default=None)
    logging_configuration: Mapping[str, Mapping[str, object]] | None = attr(Effect.RESTART, subset=True, default=None)
    """By category, each with `Enabled` and `LogLevel`. Categories that are not declared are left as they are."""
    weekly_maintenance_window_start: str | None = attr(default=None)
    kms_key: str | None = attr(Effect.REFUSED, default=None)
    tags: Mapping[str, str] = attr(subset=True, default_factory=dict)
    delivered: tuple[str | Late, ...] = attr(compare=False, default=())
    """Revisions of the DAG sources that must lie in the bucket before the environment is created."""
