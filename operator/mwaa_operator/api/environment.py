"""Environment: an Amazon MWAA environment (API shapes CreateEnvironmentInput and UpdateEnvironmentInput)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .change_policy import ChangePolicySpec
from .definition import AGE, MESSAGE, READY, REASON, REFERENCES_RESOLVED, Column, ConditionType, Definition, NameRule
from .execution_role import ENVIRONMENT_NAME, EnvironmentName
from .rule import ATOMIC, SET, Immutable, Rule, map_of, matching, quoted
from .shared import ApiModel, Label, Message, Reference, SharedStatus, Text, Timestamp

_OPTION = r"[a-z]+([a-z0-9._]*[a-z0-9_]+)?"
_KEEP = "AWS has no call for it. Make a new Environment with another name, and move your DAGs there."


class AccessMode(StrEnum):
    """Who reaches the web server."""

    PUBLIC_ONLY = "PUBLIC_ONLY"
    PRIVATE_ONLY = "PRIVATE_ONLY"
    PUBLIC_AND_PRIVATE = "PUBLIC_AND_PRIVATE"


class LogLevel(StrEnum):
    """The lowest level that is logged."""

    CRITICAL = "CRITICAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"
    DEBUG = "DEBUG"


class S3Folder(str):
    """A folder in the source bucket, without slashes at its ends; written `dags`, `/dags/` or `s3://bucket/dags`."""

    bucket: str | None
    """The bucket, where it was written as an S3 URI."""

    def __new__(cls, text: str) -> S3Folder:
        """Read any of the three spellings."""
        bucket, path = None, text
        if text.startswith("s3://"):
            bucket, _, path = text.removeprefix("s3://").partition("/")
        folder = super().__new__(cls, path.strip("/"))
        folder.bucket = bucket
        return folder

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic check it as a string, and read it then."""
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(min_length=1, max_length=1024))


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


def _up_to(least: str, most: str, least_attribute: str, most_attribute: str) -> Rule:
    def check(spec: Any) -> bool:
        low, high = getattr(spec, least_attribute), getattr(spec, most_attribute)
        return low is None or high is None or low <= high

    return Rule(
        f"!has(self.{least}) || !has(self.{most}) || self.{least} <= self.{most}",
        f"{least} must not be more than {most}",
        check,
        least,
    )


def _one_of(first: str, second: str, first_attribute: str, second_attribute: str) -> Rule:
    return Rule(
        f"has(self.{first}) != has(self.{second})",
        f"give exactly one of {first} and {second}",
        lambda spec: (getattr(spec, first_attribute) is None) != (getattr(spec, second_attribute) is None),
        first,
    )


def _not_both(first: str, second: str, first_attribute: str, second_attribute: str) -> Rule:
    return Rule(
        f"!has(self.{first}) || !has(self.{second})",
        f"give {first} or {second}, not both",
        lambda spec: getattr(spec, first_attribute) is None or getattr(spec, second_attribute) is None,
        first,
    )


class EnvironmentSpec(ChangePolicySpec):
    """An Airflow environment. Fields that go to AWS as they are have AWS's names and values."""

    name: Annotated[EnvironmentName | None, Immutable(_KEEP)] = None
    """The name in AWS, unique in the account and region. Left out: the name of the object."""
    network_ref: Reference | None = None
    """The Network: its private subnets and its security group."""
    subnet_ids: Annotated[
        Annotated[
            tuple[
                Annotated[
                    str,
                    Field(max_length=64),
                    matching("subnet-[a-zA-Z0-9._-]+", "must be the id of a subnet, such as `subnet-0a1b2c3d`"),
                ],
                ...,
            ],
            Field(min_length=2, max_length=2),
            SET,
        ]
        | None,
        Immutable(_KEEP, may_come_and_go=True),
    ] = None
    """Instead of `networkRef`: two private subnets in two availability zones."""
    security_group_ids: (
        Annotated[
            tuple[
                Annotated[
                    str,
                    Field(max_length=64),
                    matching(r"sg-[a-zA-Z0-9._-]+", "must be the id of a security group, such as `sg-0a1b2c3d`"),
                ],
                ...,
            ],
            Field(min_length=1, max_length=5),
            SET,
        ]
        | None
    ) = None
    """One to five security groups. Needed with `subnetIds`; beside `networkRef` they take the place of its group."""
    bucket_ref: Reference | None = None
    """The Bucket with the DAGs."""
    source_bucket_arn: (
        Annotated[
            str,
            Field(max_length=1224),
            matching(r"arn:aws(-[a-z]+)*:s3:::[a-z0-9.-]+", "must be the ARN of a bucket, such as `arn:aws:s3:::my-bucket`"),
        ]
        | None
    ) = None
    """Instead of `bucketRef`: the ARN of the bucket with the DAGs."""
    execution_role_ref: Reference | None = None
    """The ExecutionRole. Without it and without an ARN the environment gets a role of its own, with the least policy."""
    execution_role_arn: (
        Annotated[
            str,
            Field(max_length=1224),
            matching(
                r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+",
                "must be the ARN of a role, such as `arn:aws:iam::123456789012:role/service-role/my-role`",
            ),
        ]
        | None
    ) = None
    """Instead of `executionRoleRef`: the ARN of the role."""
    dag_source_refs: Annotated[tuple[Reference, ...], Field(max_length=20), map_of("name")] = ()
    """The DagSources whose files must have been delivered first, and that are proven in this environment."""
    dag_s3_path: Annotated[
        S3Folder,
        matching(r"(s3://[a-z0-9.-]+/|/)?[^/]+(/[^/]+)*/?", "must be a folder in the bucket: `dags`, or `s3://bucket/dags`"),
    ] = S3Folder("dags")
    """The folder with the DAGs in the bucket. `/dags/` and `s3://bucket/dags` mean `dags`."""
    airflow_version: (
        Annotated[
            str,
            Field(max_length=32),
            matching(r"[0-9]+(\.[0-9a-z]+)*", "must be a version of Airflow, such as `2.10.3`"),
        ]
        | None
    ) = None
    """The version of Airflow. Left out: AWS takes its newest, and status shows it."""
    environment_class: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """The size, such as `mw1.small`. Left out: AWS's default."""
    min_workers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """The fewest workers."""
    max_workers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """The most workers."""
    min_webservers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """The fewest web servers."""
    max_webservers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """The most web servers."""
    schedulers: Annotated[int, Field(ge=1, le=5)] | None = None
    """The number of schedulers."""
    webserver_access_mode: AccessMode | None = None
    """Who reaches the web server: `PUBLIC_ONLY` over the internet, `PRIVATE_ONLY` from the VPC. Left out: AWS's
    default, which is private."""
    airflow_configuration_options: Annotated[
        Mapping[str, Annotated[str, Field(min_length=1, max_length=65536)]],
        Field(max_length=200, repr=False),
        Rule(
            f"self.all(key, size(key) <= 64 && key.matches({quoted(f'^{_OPTION}$')}))",
            "an option is named `section.option` in at most 64 lower-case letters, digits, '_' and '.'",
            lambda options: all(len(key) <= 64 and re.fullmatch(_OPTION, key) for key in options),
        ),
    ] = Field(default_factory=dict)
    """Airflow's configuration, such as `core.default_timezone: utc`."""
    logging_configuration: LoggingConfiguration | None = None
    """Which of Airflow's logs are sent to CloudWatch Logs."""
    weekly_maintenance_window_start: (
        Annotated[
            str,
            Field(max_length=9),
            matching(
                r"(MON|TUE|WED|THU|FRI|SAT|SUN):([01][0-9]|2[0-3]):(00|30)",
                "must be a day and a half hour in UTC, such as `TUE:03:30`",
            ),
        ]
        | None
    ) = None
    """When AWS may start its weekly maintenance of two hours, in UTC."""
    kms_key: Annotated[
        Annotated[
            str,
            Field(max_length=1224),
            matching(
                r"(arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/)?[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}",
                "must be the id or the ARN of a key of one region; MWAA takes no alias and no multi-Region key",
            ),
        ]
        | None,
        Immutable(_KEEP),
    ] = None
    """The KMS key, by id or ARN. Left out: a key that AWS owns."""

    RULES = (
        _one_of("networkRef", "subnetIds", "network_ref", "subnet_ids"),
        Rule(
            "has(self.networkRef) || has(self.securityGroupIds)",
            "subnetIds needs securityGroupIds beside it: one to five groups",
            lambda spec: spec.network_ref is not None or spec.security_group_ids is not None,
            "securityGroupIds",
        ),
        _one_of("bucketRef", "sourceBucketArn", "bucket_ref", "source_bucket_arn"),
        _not_both("executionRoleRef", "executionRoleArn", "execution_role_ref", "execution_role_arn"),
        _up_to("minWorkers", "maxWorkers", "min_workers", "max_workers"),
        _up_to("minWebservers", "maxWebservers", "min_webservers", "max_webservers"),
    )


class LastUpdate(ApiModel):
    """AWS's last update of the environment."""

    status: Label | None = None
    """`SUCCESS`, `PENDING` or `FAILED`."""
    error: Message | None = None
    """The code and the message, where it failed."""
    created_at: Timestamp | None = None
    """When it began."""


class EnvironmentStatus(SharedStatus):
    """How the environment is."""

    environment_name: Label | None = None
    """The name in AWS."""
    environment_arn: Text | None = None
    """The ARN."""
    environment_status: Label | None = None
    """AWS's status, such as `CREATING` or `AVAILABLE`."""
    created_at: Timestamp | None = None
    """When it was created."""
    airflow_version: Label | None = None
    """The version of Airflow that runs."""
    environment_class: Label | None = None
    """The size."""
    webserver_url: Text | None = None
    """The address of Airflow's user interface."""
    airflow_healthy: bool | None = None
    """Whether Airflow itself says that it is healthy."""
    log_groups: Annotated[tuple[Text, ...], Field(max_length=20), ATOMIC] = ()
    """The log groups that exist."""
    bucket_arn: Text | None = None
    """The bucket with the DAGs."""
    dag_s3_path: Text | None = None
    """The folder with the DAGs."""
    execution_role_arn: Text | None = None
    """The role."""
    subnet_ids: Annotated[tuple[Label, ...], Field(max_length=16), ATOMIC] = ()
    """The subnets."""
    security_group_ids: Annotated[tuple[Label, ...], Field(max_length=16), ATOMIC] = ()
    """The security groups."""
    last_update: LastUpdate | None = None
    """AWS's last update."""


DEFINITION = Definition(
    kind="Environment",
    plural="environments",
    short_name="mwaaenv",
    spec=EnvironmentSpec,
    status=EnvironmentStatus,
    columns=(
        READY,
        REASON,
        Column("Status", ".status.environmentStatus"),
        Column("Airflow", ".status.airflowVersion"),
        Column("Class", ".status.environmentClass"),
        AGE,
        Column("URL", ".status.webserverUrl", wide=True),
        MESSAGE,
    ),
    conditions=(
        REFERENCES_RESOLVED,
        ConditionType("AirflowHealthy", "Airflow itself answers that its scheduler and its database are well."),
        ConditionType("UnderMaintenance", "Only while True: AWS maintains the environment. `Ready` stays as it is."),
    ),
    needs_spec=True,
    name_rules=(
        NameRule(
            "has(self.spec.name) || "
            f"(size(self.metadata.name) <= 80 && self.metadata.name.matches({quoted(f'^{ENVIRONMENT_NAME}$')}))",
            "metadata.name must be a name for an MWAA environment too (a letter first; letters, digits, '-'; at most 80): "
            "rename the object, or set spec.name",
            lambda name, spec: spec.name is not None or (len(name) <= 80 and bool(re.fullmatch(ENVIRONMENT_NAME, name))),
        ),
    ),
)
