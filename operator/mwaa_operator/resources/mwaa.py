"""Amazon MWAA's own things: the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from ..core.catalogue import BUILT_IN
from ..core.change import Change
from ..core.need import EndsBy, Need
from ..core.part import Effect, Late, Model, attr
from ..core.secret import Secret
from .airflow_version import is_downgrade, no_way

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


FILES: Mapping[str, str] = {"plugins": "Plugins", "requirements": "Requirements", "startup_script": "StartupScript"}
"""The files that an environment is built with, and how the API's members for each begin."""


ENDPOINT_SERVICES = ("DatabaseVpcEndpointService", "WebserverVpcEndpointService")
"""Members of GetEnvironment: the services of AWS's that an environment reaches through VPC endpoints."""


def option_value(whose: str, option: str, value: str) -> str | Secret:
    """Give an option's value as it may be shown: one that the catalogue does not know may well be a secret.

    Args:
        whose: the address of the object; with the option's name it salts the hash.
        option: `section.name`.
        value: as AWS has it or shall have it.
    """
    return value if option in BUILT_IN.options else Secret(value, f"{whose}/{option}")


@dataclass(frozen=True)
class Environment(Model):
    """An MWAA environment, with the members of CreateEnvironment that are declared.

    Every update restarts what it touches (guide, 04 section 10: "any update, e.g. a log level, restarts"); only tags and the
    maintenance window do not. Subnets, key, endpoint management and name can never change. AWS gives subnets and groups in
    any order: both are sorted here.

    Outputs: `name`, `arn`, `status`, `created_at`, `airflow_version`, `environment_class`, `webserver_host`, `log_groups`,
    `log_group_arns`, `source_bucket_arn`, `dag_s3_path`, `execution_role_arn`, `subnet_ids`, `security_group_ids`,
    `last_update`,
    `service_role_arn`, `celery_executor_queue`, `database_vpc_endpoint_service`, `webserver_vpc_endpoint_service`,
    `endpoint_services` (those of both that it has), `webserver_access_mode`, `kms_key`, and the sizes by their fields'
    names; for each of `FILES` its path and version.
    """

    TYPE: ClassVar[str] = "mwaa/environment"
    TAKES: ClassVar[Mapping[str, timedelta]] = {"Create": timedelta(minutes=30), "Update": timedelta(minutes=30)}
    NO_DEFAULT: ClassVar[frozenset[str]] = frozenset(
        {
            *(f"{file}_s3_{part}" for file in FILES for part in ("path", "object_version")),
            "airflow_configuration_options",
            "identity_center_configuration",
            "teams",
            "restart_at",
        }
    )
    INSTEAD: ClassVar[str] = "make a second Environment whose spec.replaces names this one: it takes its place"

    name: str = attr(Effect.REFUSED)
    execution_role_arn: str | Late = attr(Effect.RESTART)
    source_bucket_arn: str | Late = attr(Effect.RESTART)
    dag_s3_path: str = attr(Effect.RESTART)
    subnet_ids: tuple[str, ...] | Late = attr(Effect.REFUSED)
    security_group_ids: tuple[str | Late, ...] | Late = attr(Effect.RESTART)
    plugins_s3_path: str | Late | None = attr(Effect.RESTART, default=None)
    plugins_s3_object_version: str | Late | None = attr(Effect.RESTART, default=None)
    requirements_s3_path: str | Late | None = attr(Effect.RESTART, default=None)
    requirements_s3_object_version: str | Late | None = attr(Effect.RESTART, default=None)
    startup_script_s3_path: str | Late | None = attr(Effect.RESTART, default=None)
    startup_script_s3_object_version: str | Late | None = attr(Effect.RESTART, default=None)
    airflow_version: str | None = attr(Effect.RESTART, default=None)
    environment_class: str | None = attr(Effect.RESTART, default=None)
    min_workers: int | None = attr(Effect.RESTART, default=None)
    max_workers: int | None = attr(Effect.RESTART, default=None)
    min_webservers: int | None = attr(Effect.RESTART, default=None)
    max_webservers: int | None = attr(Effect.RESTART, default=None)
    schedulers: int | None = attr(Effect.RESTART, default=None)
    webserver_access_mode: str | None = attr(Effect.RESTART, default=None)
    endpoint_management: str | None = attr(Effect.REFUSED, default=None)
    airflow_configuration_options: Mapping[str, str | Secret] | Late | None = attr(Effect.RESTART, default=None)
    """All of them: AWS replaces the whole map. Each value is made by `option_value`."""
    identity_center_configuration: Mapping[str, str] | None = attr(Effect.RESTART, default=None)
    """`StartUrl` and `IdentityStoreId`."""
    teams: Mapping[str, Mapping[str, str]] | None = attr(Effect.RESTART, default=None)
    """By name, each with `SourceBucketArn` and `DagS3Path`."""
    logging_configuration: Mapping[str, Mapping[str, object]] | None = attr(Effect.RESTART, subset=True, default=None)
    """By category, each with `Enabled` and `LogLevel`. Categories that are not declared are left as they are."""
    weekly_maintenance_window_start: str | None = attr(default=None)
    kms_key: str | Late | None = attr(Effect.REFUSED, default=None)
    tags: Mapping[str, str] = attr(subset=True, default_factory=dict)
    restart_at: str | None = attr(Effect.RESTART, default=None)
    """The moment for which the user asked for a restart (RFC 3339, or any word): done once for each."""
    downtime_agreed: bool = attr(compare=False, default=False)
    downgrade_allowed: bool = attr(compare=False, default=False)
    running_version: str = attr(compare=False, default="")
    """The version of Airflow that ran last, as far as is known."""
    mismatches_accepted: bool = attr(compare=False, default=False)
    worker_replacement_strategy: str | None = attr(compare=False, default=None)
    """How an update replaces workers: it goes with every update and is never one by itself."""
    endpoints_by_others: bool = attr(compare=False, default=False)
    """Somebody else makes the VPC endpoints that AWS leaves to the customer: waiting for them is no progress of ours."""
    update_failed: bool = attr(compare=False, default=False)
    """AWS could not finish its last update."""
    delivered: tuple[str | Late, ...] = attr(compare=False, default=())
    """Revisions of the DAG sources that must lie in the bucket before the environment is created."""

    def obstacles(self, changes: Sequence[Change]) -> tuple[Need, ...]:
        """Hold back a change of version that cannot be, or that nobody has agreed to (guide, 02 section 7)."""
        return tuple(
            need
            for change in changes
            if change.path == "airflow_version"
            for need in self._upgrade(str(change.observed), str(change.desired))
        )

    def _upgrade(self, old: str, new: str) -> Iterator[Need]:
        if why := no_way(old, new):
            yield Need("NoUpgradePath", f"spec.airflowVersion: from {old} to {new}: {why}.", EndsBy.USER, "Synced")
        elif is_downgrade(old, new) and not self.downgrade_allowed:
            yield Need(
                "DowngradeNotAllowed",
                f"spec.airflowVersion: {new} is older than {old}, which runs. Put {old} back, or set "
                "spec.upgrade.allowDowngrade: true; newer metadata may not survive the way back.",
                EndsBy.USER,
                "Synced",
            )
        elif not self.downtime_agreed:
            yield Need(
                "DowntimeNotAcknowledged",
                f"spec.airflowVersion: changing {old} to {new} ends all running tasks, and the environment may be away "
                "for two hours. Agree with spec.upgrade.acknowledgeDowntime: true, or give a spec.changeWindow.",
                EndsBy.USER,
                "Synced",
            )
