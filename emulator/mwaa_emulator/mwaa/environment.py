"""One environment: what was asked for, where it stands, and how GetEnvironment shows it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mwaa_emulator.mwaa import catalogue
from mwaa_emulator.mwaa.options import hidden
from mwaa_emulator.mwaa.states import Progress, Result, Status
from mwaa_emulator.runtime import EnvironmentRecord, PinnedObject

Settings = dict[str, Any]


@dataclass(slots=True)
class Change:
    """A create or update under way, or the last one: what it wants and how it shall end."""

    settings: Settings
    created: datetime
    kind: str
    result: Result = Result.SUCCESS
    error_code: str = ""
    error_message: str = ""
    strategy: str | None = None
    source: str = ""


@dataclass(slots=True)
class Environment:
    """All the emulator knows of one environment. Changed only under the service's lock."""

    account: str
    region: str
    name: str
    settings: Settings
    progress: Progress
    created: datetime
    tags: dict[str, str] = field(default_factory=dict)
    change: Change | None = None
    last_update: dict[str, Any] = field(default_factory=dict)
    own_endpoints: list[str] = field(default_factory=list)
    """Ids of the VPC endpoints that MWAA has made for it, gone ones too."""
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def arn(self) -> str:
        """arn:aws:airflow:{region}:{account}:environment/{name} (guide, 01 section 16)."""
        return f"arn:aws:airflow:{self.region}:{self.account}:environment/{self.name}"

    @property
    def status(self) -> Status:
        """The status as last settled."""
        return self.progress.status

    @property
    def short_id(self) -> str:
        """A stable id of 17 hex digits, for the ids that AWS derives."""
        return hashlib.sha256(f"{self.arn}{self.uuid}".encode()).hexdigest()[:17]

    @property
    def webserver_host(self) -> str:
        """The web server's host name; `-vpce` marks a private one (guide, 04 section 10.1)."""
        private = "-vpce" if self.settings.get("WebserverAccessMode") == "PRIVATE_ONLY" else ""
        return f"{self.uuid}{private}.c{int(self.short_id[0], 16) + 1}.{self.region}.airflow.amazonaws.com"

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return str(self.settings["SourceBucketArn"]).rpartition(":::")[2]

    def endpoint_service(self, part: str) -> str:
        """The name of a VPC endpoint service of this environment."""
        digest = hashlib.sha256(f"{self.short_id}{part}".encode()).hexdigest()[:17]
        return f"com.amazonaws.vpce.{self.region}.vpce-svc-{digest}"

    @property
    def offers_services(self) -> bool:
        """Whether the endpoint services exist: they are made before the customer is waited for (guide, 03 section 11)."""
        phases = self.progress.phases
        return not (self.status is Status.CREATING and any(phase.status is Status.PENDING for phase in phases))

    def endpoint_services(self) -> tuple[str, ...]:
        """The services that endpoints are needed to: the database, and the web server unless it is public."""
        private = self.settings["WebserverAccessMode"] != "PUBLIC_ONLY"
        return tuple(self.endpoint_service(part) for part in ("database", *(("webserver",) if private else ())))

    def subnets(self) -> tuple[str, ...]:
        """Subnets in which it holds network interfaces."""
        return tuple(self.settings["NetworkConfiguration"]["SubnetIds"])

    def security_groups(self) -> tuple[str, ...]:
        """Security groups its network interfaces carry, also those of an update under way."""
        groups = list(self.settings["NetworkConfiguration"]["SecurityGroupIds"])
        if self.change is not None:
            groups += self.change.settings["NetworkConfiguration"]["SecurityGroupIds"]
        return tuple(dict.fromkeys(groups))

    def wanted(self) -> Settings:
        """The settings that Airflow is to run: those of a change that shall succeed, else the present ones."""
        if self.change is not None and self.change.result is Result.SUCCESS:
            return self.change.settings
        return self.settings

    def record(self) -> EnvironmentRecord:
        """What Airflow needs to know."""
        wanted = self.wanted()
        return EnvironmentRecord(
            account=self.account,
            region=self.region,
            name=self.name,
            arn=self.arn,
            airflow_version=wanted["AirflowVersion"],
            environment_class=wanted["EnvironmentClass"],
            bucket=str(wanted["SourceBucketArn"]).rpartition(":::")[2],
            dags_prefix=wanted["DagS3Path"],
            webserver_host=self.webserver_host,
            execution_role_arn=wanted["ExecutionRoleArn"],
            options=dict(wanted.get("AirflowConfigurationOptions") or {}),
            plugins=_pinned(wanted, "Plugins"),
            requirements=_pinned(wanted, "Requirements"),
            startup_script=_pinned(wanted, "StartupScript"),
            logging=dict(wanted.get("LoggingConfiguration") or {}),
        )

    def view(self) -> dict[str, Any]:
        """The `Environment` structure of GetEnvironment."""
        shown = dict(self.settings)
        shown["LoggingConfiguration"] = self._logging()
        if shown.get("AirflowConfigurationOptions"):
            shown["AirflowConfigurationOptions"] = hidden(shown["AirflowConfigurationOptions"])
        shown.update(
            Name=self.name,
            Arn=self.arn,
            Status=self.status.value,
            CreatedAt=self.created,
            Tags=dict(self.tags) or None,
            LastUpdate=dict(self.last_update) or None,
            WebserverUrl=self.webserver_host,
            ServiceRoleArn=f"arn:aws:iam::{self.account}:role/aws-service-role/airflow.amazonaws.com/{catalogue.SERVICE_ROLE}",
            CeleryExecutorQueue=f"arn:aws:sqs:{self.region}:{self.queue_account}:airflow-celery-{self.uuid}",
        )
        if self.offers_services:
            members = ("DatabaseVpcEndpointService", "WebserverVpcEndpointService")
            shown.update(zip(members, self.endpoint_services(), strict=False))
        return shown

    @property
    def queue_account(self) -> str:
        """The queue belongs to an account of the service, not to the caller's."""
        return "000000000000"

    def log_group(self, suffix: str) -> str:
        """airflow-{env}-{LogType} (guide, 04 section 4.3)."""
        return f"airflow-{self.name}-{suffix}"

    def _logging(self) -> dict[str, Any]:
        given = self.settings.get("LoggingConfiguration") or {}
        shown = {}
        for member, suffix, default in catalogue.LOG_TYPES:
            entry = given.get(member) or {"Enabled": default, "LogLevel": "INFO"}
            arn = f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.log_group(suffix)}"
            shown[member] = {**entry, "CloudWatchLogGroupArn": arn}
        return shown


def _pinned(settings: Settings, kind: str) -> PinnedObject | None:
    path = settings.get(f"{kind}S3Path")
    return PinnedObject(path, settings.get(f"{kind}S3ObjectVersion")) if path else None
