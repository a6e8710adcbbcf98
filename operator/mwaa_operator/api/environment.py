"""Environment: an Amazon MWAA environment (API shapes CreateEnvironmentInput and UpdateEnvironmentInput)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from .airflow_options import AirflowOptions, Email, OptionMap, OptionSources, given_once, not_empty
from .change_policy import ChangePolicySpec
from .definition import (
    AGE,
    MESSAGE,
    READY,
    REASON,
    REFERENCES_RESOLVED,
    SUSPENDED,
    Column,
    ConditionType,
    Definition,
    NameRule,
)
from .environment_endpoints import CustomerEndpoints, WayIn
from .environment_logs import LoggingConfiguration, LogGroups
from .environment_network import ONE_PLACE, SecurityGroupIds, SubnetIds, VpcId
from .environment_probes import Probes
from .environment_quarantine import OnBadFiles
from .environment_quotas import QuotaIncreases
from .environment_status import EnvironmentStatus
from .execution_role import ENVIRONMENT_NAME, EnvironmentName
from .rule import Immutable, Rule, map_of, matching, quoted
from .s3_path import File, Folder, ObjectVersion, S3Path
from .shared import ApiModel, ObjectName, Reference
from .source_bucket import SourceBucket

_TEAM = "[a-zA-Z0-9][a-zA-Z0-9_-]{2,49}"
_KEEP = "AWS has no call for it. Make a second Environment whose spec.replaces names this one: it takes its place."
_CREATED = "environmentArn"
"""The fact by which it is known that AWS has begun to create it."""


class AccessMode(StrEnum):
    """Who reaches the web server."""

    PUBLIC_ONLY = "PUBLIC_ONLY"
    PRIVATE_ONLY = "PRIVATE_ONLY"
    PUBLIC_AND_PRIVATE = "PUBLIC_AND_PRIVATE"


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


def _version_of(file: str, attribute: str) -> Rule:
    path, version = f"{file}S3Path", f"{file}S3ObjectVersion"
    return Rule(
        f"!has(self.{version}) || has(self.{path})",
        f"{version} needs {path} beside it",
        lambda spec: (
            getattr(spec, f"{attribute}_s3_object_version") is None or getattr(spec, f"{attribute}_s3_path") is not None
        ),
        version,
    )


_SCHEDULERS = Rule(
    "self >= 1 && self <= 5",
    "must be 1 to 5: mw1.micro has 1 scheduler, every other class 2 to 5",
    lambda number: 1 <= number <= 5,
)


class EndpointManagement(StrEnum):
    """Who makes the VPC endpoints through which AWS reaches the environment."""

    SERVICE = "SERVICE"
    CUSTOMER = "CUSTOMER"


class WorkerReplacementStrategy(StrEnum):
    """What becomes of running tasks in an update."""

    FORCED = "FORCED"
    GRACEFUL = "GRACEFUL"


class IdentityCenterConfiguration(ApiModel):
    """The IAM Identity Center through which people sign in to the user interface."""

    start_url: Annotated[
        str, Field(max_length=512), matching("https://.+", "must be a URL, such as `https://example.awsapps.com/start`")
    ]
    """The URL of the access portal."""
    identity_store_id: Annotated[
        str,
        Field(max_length=64),
        matching(
            "d-[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "must be the id of an identity store, such as `d-1234567890`",
        ),
    ]
    """The id of the identity store."""


class Team(ApiModel):
    """Where one team has its DAGs."""

    source_bucket_arn: SourceBucket
    """The team's bucket: its ARN, its name or its S3 URI."""
    dag_s3_path: Folder
    """The folder in it. No team's folder may lie in another's."""


class EnvironmentSpec(ChangePolicySpec):
    """An Airflow environment. Fields that go to AWS as they are have AWS's names and values."""

    name: Annotated[EnvironmentName | None, Immutable(_KEEP)] = None
    """The name in AWS, unique in the account and region. Left out: the name of the object."""
    replaces: ObjectName | None = None
    """Another Environment of this namespace, whose place this one takes. Once this one is healthy and its DAGs are
    proven, the plan of the other one is to be taken down, which always waits for approval."""
    network_ref: Reference | None = None
    """The Network: its private subnets and its security group."""
    subnet_ids: Annotated[SubnetIds | None, Immutable(_KEEP, may_come_and_go=True, once=_CREATED)] = None
    """Instead of `networkRef`: two private subnets in two availability zones."""
    vpc_id: VpcId | None = None
    """Instead of `networkRef` and `subnetIds`: a VPC with exactly two private subnets, in two availability zones. They are
    found at the creation and kept."""
    security_group_ids: SecurityGroupIds | None = None
    """One to five security groups. Left out: the group of the Network; without a Network one that is made for the
    environment in the VPC of its subnets, and goes with it."""
    bucket_ref: Reference | None = None
    """The Bucket with the DAGs."""
    source_bucket_arn: SourceBucket | None = None
    """Instead of `bucketRef`: the bucket with the DAGs, by its ARN, its name or its S3 URI."""
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
    dag_s3_path: Folder = S3Path("dags")
    """The folder with the DAGs in the bucket. `/dags/` and `s3://bucket/dags` mean `dags`."""
    plugins_s3_path: File | None = None
    """The archive with Airflow plugins in the bucket, such as `plugins.zip`. When it leaves the spec, AWS gets an empty
    archive in its place, since AWS cannot take one away."""
    plugins_s3_object_version: ObjectVersion | None = None
    """The version of the archive. Left out: the newest; an upload of other bytes is then an update."""
    requirements_s3_path: File | None = None
    """The file with Python requirements in the bucket, such as `requirements.txt`. When it leaves the spec, AWS gets an
    empty file in its place."""
    requirements_s3_object_version: ObjectVersion | None = None
    """The version of the requirements. Left out: the newest."""
    startup_script_s3_path: File | None = None
    """The shell script that runs before Airflow starts, such as `startup.sh`. When it leaves the spec, AWS gets an empty
    file in its place."""
    startup_script_s3_object_version: ObjectVersion | None = None
    """The version of the script. Left out: the newest."""
    on_bad_files: OnBadFiles = OnBadFiles.REPORT
    """What happens when it cannot be built with a file of a DagSource: `Report` leaves it as AWS has left it, and it is not
    Ready; with `LastGood` it goes back to the version with which it last ran well. Either way the bad one is quarantined."""
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
    fixed_workers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Instead of `minWorkers` and `maxWorkers`: so many workers always; nothing scales."""
    min_webservers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """The fewest web servers."""
    max_webservers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """The most web servers."""
    schedulers: Annotated[int, _SCHEDULERS] | None = None
    """The number of schedulers: 1 with `mw1.micro`, 2 to 5 with every other class."""
    webserver_access_mode: AccessMode | None = None
    """Who reaches the web server: `PUBLIC_ONLY` over the internet, `PRIVATE_ONLY` from the VPC, `PUBLIC_AND_PRIVATE` both
    (Airflow 3.2 and later). Left out: AWS's default, which is private."""
    endpoint_management: Annotated[EndpointManagement | None, Immutable(_KEEP, once=_CREATED)] = None
    """Who makes the VPC endpoints of the environment: `SERVICE` or `CUSTOMER`. Left out: AWS does."""
    way_in: WayIn | None = None
    """How people reach a private web server: `ClientVpn`, `Bastion`, `LoadBalancer` or `Other`. Nothing is made of it; while
    it is not said, `Preflight` reminds of it."""
    customer_endpoints: CustomerEndpoints = CustomerEndpoints()
    """With `endpointManagement: CUSTOMER`: who makes those VPC endpoints."""
    identity_center_configuration: IdentityCenterConfiguration | None = None
    """Sign-in through IAM Identity Center."""
    teams: Annotated[
        Mapping[str, Team],
        Field(max_length=20),
        Rule(
            f"self.all(key, key.matches({quoted(f'^{_TEAM}$')}))",
            "a team has the name of its group in IAM Identity Center: 3 to 50 letters, digits, '_' and '-', none of the "
            "last two in front",
            lambda teams: all(re.fullmatch(_TEAM, key) for key in teams),
        ),
    ] = Field(default_factory=dict)
    """Teams, each with DAGs of its own, by the name of their group in IAM Identity Center."""
    airflow_configuration_options: OptionMap = Field(default_factory=dict)
    """Airflow's configuration, such as `core.default_timezone: utc`."""
    airflow_configuration_options_from: OptionSources = Field(default_factory=dict)
    """Options whose values come from Secrets: `foo.token: {secretKeyRef: {name: x, key: token}}`."""
    options: AirflowOptions | None = None
    """Options with types; they end in the same map."""
    email: Email | None = None
    """How Airflow sends e-mail; it ends in the same map."""
    logging_configuration: LoggingConfiguration | None = None
    """Which of Airflow's logs are sent to CloudWatch Logs."""
    log_groups: LogGroups | None = None
    """How long the logs are kept, under which key, and what becomes of them when the object goes."""
    probes: Probes | None = None
    """What is looked at beside Airflow's own word. Nothing, unless it is asked for."""
    quota_increases: QuotaIncreases = ()
    """Quotas that AWS is asked to raise, once for each value; a person at AWS decides. Nothing waits for it, and deleting
    the object takes no request back."""
    worker_replacement_strategy: WorkerReplacementStrategy | None = None
    """How workers are replaced in an update: `GRACEFUL` lets running tasks end for up to 12 hours, `FORCED` does not wait.
    Left out: AWS's default, which is forced. It is sent with updates and is never one by itself."""
    weekly_maintenance_window_start: (
        Annotated[
            str,
            Field(max_length=64),
            matching(
                r"(MON|TUE|WED|THU|FRI|SAT|SUN):([01][0-9]|2[0-3]):(00|30)",
                "must be a day and a half hour in UTC, such as `TUE:03:30`",
            ),
        ]
        | None
    ) = None
    """When AWS may start its weekly maintenance of two hours, in UTC, such as `TUE:03:30`: a day in three capital letters
    and a full or a half hour."""
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
        Immutable(_KEEP, once=_CREATED, id_or_arn=True),
    ] = None
    """The KMS key, by id or ARN. Left out: a key that AWS owns."""
    kms_key_ref: Annotated[Reference | None, Immutable(_KEEP, once=_CREATED)] = None
    """The EncryptionKey whose key it is."""

    RULES = (
        ONE_PLACE,
        _one_of("bucketRef", "sourceBucketArn", "bucket_ref", "source_bucket_arn"),
        _not_both("kmsKeyRef", "kmsKey", "kms_key_ref", "kms_key"),
        _not_both("executionRoleRef", "executionRoleArn", "execution_role_ref", "execution_role_arn"),
        _up_to("minWorkers", "maxWorkers", "min_workers", "max_workers"),
        _up_to("minWebservers", "maxWebservers", "min_webservers", "max_webservers"),
        _not_both("fixedWorkers", "minWorkers", "fixed_workers", "min_workers"),
        _not_both("fixedWorkers", "maxWorkers", "fixed_workers", "max_workers"),
        _version_of("plugins", "plugins"),
        _version_of("requirements", "requirements"),
        _version_of("startupScript", "startup_script"),
        Rule(
            "!has(self.teams) || size(self.teams) == 0 || has(self.identityCenterConfiguration)",
            "teams needs identityCenterConfiguration beside it: a team is a group of IAM Identity Center",
            lambda spec: not spec.teams or spec.identity_center_configuration is not None,
            "teams",
        ),
        Rule(
            "!has(self.airflowConfigurationOptions) || !has(self.airflowConfigurationOptionsFrom) || "
            "self.airflowConfigurationOptionsFrom.all(key, !(key in self.airflowConfigurationOptions))",
            "an option is in airflowConfigurationOptions and in airflowConfigurationOptionsFrom: take it out of one",
            lambda spec: not spec.airflow_configuration_options.keys() & spec.airflow_configuration_options_from.keys(),
            "airflowConfigurationOptionsFrom",
        ),
        not_empty("options", AirflowOptions),
        given_once("options", AirflowOptions),
        given_once("email", Email),
    )


DEFINITION = Definition(
    kind="Environment",
    plural="environments",
    short_name="mwaaenv",
    spec=EnvironmentSpec,
    status=EnvironmentStatus,
    columns=(
        READY,
        REASON,
        SUSPENDED,
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
        ConditionType("Updating", "Only while True: AWS is at work on an update, which takes minutes."),
        ConditionType("WebserverReachable", "With `spec.probes.webserver`: the web server answers at its address."),
        ConditionType("SchedulerHealthy", "With `spec.probes.schedulerHeartbeat`: CloudWatch has a recent heartbeat."),
        ConditionType("RequirementsInstalled", "The logs of the components say that the requirements are installed."),
        ConditionType("StartupScriptSucceeded", "The logs of the components say that the startup script has ended well."),
        ConditionType(
            "Quarantined", "Only while True: it could not be built with a file of a DagSource, and holds that back."
        ),
        ConditionType("QuotaIncreased", "With `spec.quotaIncreases`: the quotas are as high as asked for."),
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
        NameRule(
            "!has(self.spec.replaces) || self.spec.replaces != self.metadata.name",
            "spec.replaces names this object itself: give the new environment an object of its own",
            lambda name, spec: spec.replaces != name,
        ),
    ),
)
