"""What an environment logs, and what becomes of its log groups."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .rule import Rule, matching
from .shared import ApiModel

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
    *(1827, 2192, 2557, 2922, 3288, 3653),
)
"""What PutRetentionPolicy takes."""
ONE_OF_DAYS = Rule(
    f"self in {list(RETENTION_DAYS)}",
    f"must be a number of days that CloudWatch Logs knows: {', '.join(map(str, RETENTION_DAYS))}",
    lambda days: days in RETENTION_DAYS,
)


class LogLevel(StrEnum):
    """The lowest level that is logged."""

    CRITICAL = "CRITICAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"
    DEBUG = "DEBUG"


class ModuleLogging(ApiModel):
    """One of Airflow's five logs."""

    enabled: bool = True
    """Whether it is sent to CloudWatch Logs."""
    log_level: LogLevel = LogLevel.INFO
    """The lowest level that is sent."""


class LoggingConfiguration(ApiModel):
    """Which of Airflow's logs are sent to CloudWatch Logs. A log that is left out keeps AWS's default."""

    dag_processing_logs: ModuleLogging | None = None
    """The logs of DAG processing."""
    scheduler_logs: ModuleLogging | None = None
    """The logs of the scheduler."""
    task_logs: ModuleLogging | None = None
    """The logs of the tasks."""
    webserver_logs: ModuleLogging | None = None
    """The logs of the web server."""
    worker_logs: ModuleLogging | None = None
    """The logs of the workers."""


class LogGroupPolicy(StrEnum):
    """What becomes of a log group when the object is deleted."""

    DELETE = "Delete"
    KEEP = "Keep"


class LogGroupSettings(ApiModel):
    """How one log group is kept."""

    retention_in_days: Annotated[int, ONE_OF_DAYS] | None = None
    """After how many days CloudWatch Logs deletes an event. Left out: as it is; a new group keeps all of them."""
    kms_key: (
        Annotated[
            str,
            Field(max_length=256),
            matching(
                r"arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+",
                "must be the ARN of a key: CloudWatch Logs takes neither an id nor an alias",
            ),
        ]
        | None
    ) = None
    """The ARN of the KMS key that new events are encrypted with. CloudWatch Logs must be allowed to use it. Left out: the
    environment's own key, if it has one; groups of an environment that is taken over keep what they have."""
    deletion_policy: LogGroupPolicy | None = None
    """What becomes of it and all that is in it when the object is deleted: `Delete` (the default) or `Keep`."""


class LogGroups(LogGroupSettings):
    """How the five log groups are kept: for all of them, and for single ones that differ."""

    dag_processing_logs: LogGroupSettings | None = None
    """What differs for the logs of DAG processing."""
    scheduler_logs: LogGroupSettings | None = None
    """What differs for the logs of the scheduler."""
    task_logs: LogGroupSettings | None = None
    """What differs for the logs of the tasks."""
    webserver_logs: LogGroupSettings | None = None
    """What differs for the logs of the web server."""
    worker_logs: LogGroupSettings | None = None
    """What differs for the logs of the workers."""
