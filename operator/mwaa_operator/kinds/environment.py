"""Environment: the MWAA environment, its log groups, and the word of its Airflow that all is well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ..api.duration import span
from ..api.environment import EnvironmentSpec
from ..api.environment_logs import LogGroupSettings
from ..api.source_bucket import bucket_arn as arn_of
from ..core.annotation import RESTART_AT
from ..core.catalogue import AirflowVersion
from ..core.kind import Context, Object, Reference
from ..core.observed import Observed, Sight, State
from ..core.part import Graph, Missing, Part, Ref
from ..core.window import Window
from ..resources.airflow import Health
from ..resources.iam import Served
from ..resources.logs import LogGroup
from ..resources.mwaa import LOG_GROUPS, Environment, log_group_name
from . import (
    airflow_options,
    code_artifact,
    environment_endpoints,
    environment_facts,
    environment_files,
    environment_findings,
    environment_installs,
    environment_key,
    environment_network,
    environment_probes,
    environment_providers,
    environment_quarantine,
    environment_quotas,
    environment_versions,
    least_role,
    replacement,
    sample_permissions,
)
from .capacity import capacity

ENVIRONMENT, AIRFLOW = "environment", "airflow"
LOGS: Mapping[str, str] = {
    "DagProcessingLogs": "dag_processing_logs",
    "SchedulerLogs": "scheduler_logs",
    "TaskLogs": "task_logs",
    "WebserverLogs": "webserver_logs",
    "WorkerLogs": "worker_logs",
}
"""The log categories of the API and the fields of `spec.loggingConfiguration`."""
CHECKS = (
    *("network", "access", "bucket", "files", "requirements", "artefacts", "role", "caller", "key", "quotas", "sharing"),
    "secrets",
)
"""All that is looked at before AWS is asked, also where objects of ours made it: others may have changed it since."""
HEALTH_EVERY, FOUNDATIONS_EVERY = 3, 6
"""In which of the checks Airflow is asked how it is, and log groups, endpoints and an own role are looked at."""
NO_AIRFLOW_YET = frozenset({"CREATING", "PENDING", "CREATE_FAILED"})
FACTS: Mapping[str, str] = {
    "environmentArn": "arn",
    "environmentStatus": "status",
    "createdAt": "created_at",
    "airflowVersion": "airflow_version",
    "environmentClass": "environment_class",
    "logGroups": "log_groups",
    "logGroupArns": "log_group_arns",
    "dagS3Path": "dag_s3_path",
    "executionRoleArn": "execution_role_arn",
    "subnetIds": "subnet_ids",
    "securityGroupIds": "security_group_ids",
    "minWorkers": "min_workers",
    "maxWorkers": "max_workers",
    "minWebservers": "min_webservers",
    "maxWebservers": "max_webservers",
    "schedulers": "schedulers",
    "webserverAccessMode": "webserver_access_mode",
    "endpointManagement": "endpoint_management",
    "databaseVpcEndpointService": "database_vpc_endpoint_service",
    "webserverVpcEndpointService": "webserver_vpc_endpoint_service",
    "celeryExecutorQueue": "celery_executor_queue",
    "serviceRoleArn": "service_role_arn",
    "weeklyMaintenanceWindowStart": "weekly_maintenance_window_start",
}
"""Status fields and the outputs of the environment that they show."""


class EnvironmentKind:
    """An environment that waits for what it stands on, and for its DAGs, before it is created."""

    NAME: ClassVar[str] = "Environment"
    PLURAL: ClassVar[str] = "environments"
    SPEC: ClassVar[type[Any]] = EnvironmentSpec
    REFERENCES: ClassVar[Mapping[str, str]] = {
        "networkRef": "Network",
        "bucketRef": "Bucket",
        "executionRoleRef": "ExecutionRole",
        "kmsKeyRef": "EncryptionKey",
        "dagSourceRefs": "DagSource",
        "replaces": "Environment",
    }
    REFERRERS: ClassVar[tuple[str, ...]] = ("Environment",)

    def references(self, spec: EnvironmentSpec) -> Sequence[Reference]:
        """Name network, bucket, role, DAG sources and key, where they are given by reference, and whose place it takes."""
        named = {
            "networkRef": ("Network", spec.network_ref),
            "bucketRef": ("Bucket", spec.bucket_ref),
            "executionRoleRef": ("ExecutionRole", spec.execution_role_ref),
            **{f"dagSourceRefs[{index}]": ("DagSource", ref) for index, ref in enumerate(spec.dag_source_refs)},
        }
        given = [Reference(kind, ref.name, path, ref.namespace or "") for path, (kind, ref) in named.items() if ref]
        given += environment_key.reference(spec)
        return (*given, *((Reference("Environment", spec.replaces, "replaces"),) if spec.replaces else ()))

    def documents(self, spec: EnvironmentSpec) -> Sequence[str]:
        """Name no ConfigMap."""
        return ()

    def secrets(self, spec: EnvironmentSpec) -> Sequence[str]:
        """Name every Secret that has the value of an option."""
        return tuple(dict.fromkeys(key.name for _, _, key in airflow_options.secret_keys(spec)))

    def desired(self, obj: Object[EnvironmentSpec], context: Context) -> Graph:
        """Say which parts should exist: log groups and role first, so that they carry tags and go with the environment."""
        bucket = bucket_arn(self, obj, context)
        groups = [_log_group(obj, category, environment_key.of_logs(obj, context)) for category in LOGS]
        role = _own_role(obj, context, bucket)
        place = self._place(obj, context)
        files = environment_files.files(obj, context, bucket)
        findings = tuple(environment_findings.findings(obj, context, bucket))
        model = self._environment(obj, context, files, place)
        endpoints = environment_endpoints.parts(obj, context, place, model, ENVIRONMENT)
        graph = Graph.of(
            *groups,
            *role,
            *(replace(part, every=FOUNDATIONS_EVERY) for part in place.parts),
            *(part for file in files for part in file.parts),
            Part(
                ENVIRONMENT,
                model,
                after=frozenset(part.name for part in (*groups, *role)),
                needs=(*environment_findings.blocking(findings), *(need for file in files for need in file.needs)),
                window=_window(obj.spec),
                settling=span(obj.spec.settle_for),
                remake=obj.spec.recreate_limit,
                checks=tuple(check for check in CHECKS if check != "access" or obj.spec.way_in is None),
            ),
            Part(
                AIRFLOW,
                Health(
                    environment=Ref(ENVIRONMENT, "name"),
                    airflow_version=Ref(ENVIRONMENT, "airflow_version"),
                    status=Ref(ENVIRONMENT, "status"),
                    heartbeat=bool(obj.spec.probes and obj.spec.probes.scheduler_heartbeat),
                ),
                condition="AirflowHealthy",
                every=HEALTH_EVERY,
            ),
            *(replace(part, every=FOUNDATIONS_EVERY) for part in endpoints),
            *environment_probes.parts(obj.spec.probes, ENVIRONMENT),
            *environment_quotas.parts(obj.spec.quota_increases),
            *environment_installs.parts(obj, context, ENVIRONMENT),
            findings=findings,
            let_go=environment_endpoints.let_go(obj),
        )
        return replacement.retired(graph, obj, context)

    def facts(self, obj: Object[EnvironmentSpec], context: Context, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Publish what is known. Name and bucket come first: the role's policy is made from them, and waited for."""
        sight = sights.get(ENVIRONMENT)
        there = sight.outputs if isinstance(sight, Observed) and _ours(obj, sight) else {}
        bucket, host = bucket_arn(self, obj, context), there.get("webserver_host")
        last = there.get("last_update")
        update = (
            {"status": last.get("status"), "error": last.get("error"), "createdAt": last.get("created_at")}
            if isinstance(last, Mapping)
            else {}
        )
        running = context.catalogue.versions.get(str(there.get("airflow_version")), AirflowVersion())
        return {
            "environmentName": environment_name(obj),
            "bucketArn": there.get("source_bucket_arn") or (None if isinstance(bucket, Missing) else bucket),
            **{fact: there.get(output) for fact, output in FACTS.items()},
            "pythonVersion": running.python,
            "pipVersion": running.pip,
            "capacity": self._capacity(obj, context, there) or None,
            "optionVariables": environment_versions.option_variables(obj.spec) or None,
            "codeArtifactRepositories": code_artifact.fact(obj, context),
            sample_permissions.FACT: sample_permissions.fact(obj, context),
            "kmsKey": environment_key.fact(obj, context, there),
            **environment_facts.facts(obj.spec, there),
            **environment_providers.facts(obj.spec, there, context.catalogue),
            **environment_files.facts(obj, context, there),
            "composedRequirements": environment_files.composed(obj, sights),
            **environment_quarantine.facts(obj, context, sights),
            **environment_endpoints.facts(there, sights),
            **environment_network.facts(sights),
            **environment_probes.facts(sights),
            **environment_quotas.facts(obj.spec.quota_increases, sights),
            **replacement.facts(obj, context, sight),
            "webserverUrl": f"https://{host}" if host else None,
            "airflowHealthy": _healthy(sight, sights.get(AIRFLOW)),
            "lastUpdate": {name: value for name, value in update.items() if value} or None,
        }

    def _capacity(self, obj: Object[EnvironmentSpec], context: Context, there: Mapping[str, Any]) -> dict[str, Any]:
        dags = environment_versions.dag_count(obj, context)
        exact = environment_versions.dag_count_is_exact(obj, context)
        return capacity(airflow_options.declared(obj.spec), there, context.catalogue, dags, exact=exact)

    def summary(self, facts: Mapping[str, Any]) -> str:
        """Say what is ready and where."""
        if facts.get("replacedBy"):
            return replacement.summary(facts)
        if facts["environmentStatus"] == "MAINTENANCE":
            return f"AWS is maintaining the environment: {facts['webserverUrl']} might be away"
        how = "runs, as far as CloudWatch tells," if facts["airflowHealthy"] is None else "is healthy"
        link = f"Airflow {facts['airflowVersion']} {how} at {facts['webserverUrl']}"
        return f"{link} (to open it, IAM must allow what the policy AmazonMWAAWebServerAccess allows)"

    def _place(self, obj: Object[EnvironmentSpec], context: Context) -> environment_network.Place:
        name = environment_name(obj)
        network = next((each for each in self.references(obj.spec) if each.path == "networkRef"), None)
        tags = _tags(obj, environment_network.GROUP, f"{name} Security Group")
        return environment_network.place(obj, context, network, name, tags)

    def _environment(
        self,
        obj: Object[EnvironmentSpec],
        context: Context,
        files: Sequence[environment_files.File],
        place: environment_network.Place,
    ) -> Environment:
        spec, name = obj.spec, environment_name(obj)
        refs = {reference.path: reference for reference in self.references(spec)}
        sources = [reference for path, reference in refs.items() if path.startswith("dagSourceRefs")]
        return Environment(
            name=name,
            execution_role_arn=_role(refs.get("executionRoleRef"), spec, context, name),
            source_bucket_arn=bucket_arn(self, obj, context),
            dag_s3_path=str(spec.dag_s3_path),
            subnet_ids=place.subnet_ids,
            security_group_ids=place.security_group_ids,
            airflow_version=spec.airflow_version,
            environment_class=spec.environment_class,
            **{field: value for file in files for field, value in file.fields.items()},
            min_workers=spec.fixed_workers or spec.min_workers,
            max_workers=spec.fixed_workers or spec.max_workers,
            min_webservers=spec.min_webservers,
            max_webservers=spec.max_webservers,
            schedulers=spec.schedulers,
            webserver_access_mode=spec.webserver_access_mode and spec.webserver_access_mode.value,
            endpoint_management=spec.endpoint_management and spec.endpoint_management.value,
            endpoints_by_others=environment_endpoints.by_others(spec),
            airflow_configuration_options=airflow_options.options(obj, context),
            identity_center_configuration=_identity_center(spec),
            teams=_teams(spec, context.partition),
            logging_configuration=_logging(spec),
            weekly_maintenance_window_start=spec.weekly_maintenance_window_start,
            kms_key=environment_key.key(obj, context),
            tags=_tags(obj, ENVIRONMENT, name),
            restart_at=obj.annotations.get(RESTART_AT),
            downtime_agreed=spec.upgrade.acknowledge_downtime or spec.change_window is not None,
            downgrade_allowed=spec.upgrade.allow_downgrade,
            running_version=str(obj.facts.get("airflowVersion") or ""),
            mismatches_accepted=spec.upgrade.accept_mismatches,
            worker_replacement_strategy=spec.worker_replacement_strategy and spec.worker_replacement_strategy.value,
            update_failed=(obj.facts.get("lastUpdate") or {}).get("status") == "FAILED",
            delivered=tuple(context.fact(source, "revision") for source in sources),
        )


def environment_name(obj: Object[EnvironmentSpec]) -> str:
    """Give the name in AWS."""
    return obj.spec.name or obj.name


def bucket_arn(kind: EnvironmentKind, obj: Object[EnvironmentSpec], context: Context) -> Any:
    """Give the bucket's ARN, or what is waited for to know it."""
    reference = next((ref for ref in kind.references(obj.spec) if ref.path == "bucketRef"), None)
    return context.fact(reference, "bucketArn") if reference else arn_of(str(obj.spec.source_bucket_arn), context.partition)


def _tags(obj: Object[EnvironmentSpec], part: str, name: str) -> dict[str, str]:
    given = {key: value for key, value in obj.spec.tags.items() if value}  # MWAA has no tags with empty values
    # what is taken over keeps the name that it has
    named = {} if obj.spec.adoption == "Always" else {"Name": name}
    return {**named, **given, **obj.owner.tags(part)}


def _ours(obj: Object[EnvironmentSpec], sight: Observed) -> bool:
    """Tell whether an environment is ours to speak of: with `adoption: Always` also one that nobody has marked."""
    return sight.owner == obj.uid or (obj.spec.adoption == "Always" and not sight.owner)


def _role(reference: Reference | None, spec: EnvironmentSpec, context: Context, name: str) -> Any:
    """Give the role's ARN: a declared one once its policy covers this very environment, else its own."""
    if reference:
        return context.fact(reference, "roleArn", covers=("environments", name))
    return spec.execution_role_arn or Ref(least_role.ROLE, "arn")


def _own_role(obj: Object[EnvironmentSpec], context: Context, bucket: Any) -> tuple[Part, ...]:
    """Make a role with the least policy for an environment that names none, as the console does (section 15)."""
    if obj.spec.execution_role_ref or obj.spec.execution_role_arn:
        return ()
    region = obj.spec.region or context.region
    name = environment_name(obj)
    parts = least_role.role_parts(
        obj.owner,
        least_role.role_name(obj.owner),
        context,
        trusted=[Served(name, region)],
        granted=environment_key.granted(obj, context, name, region, bucket),
        tags=obj.spec.tags,
    )
    return tuple(replace(part, every=FOUNDATIONS_EVERY) for part in parts)


def _window(spec: EnvironmentSpec) -> Window | None:
    window = spec.change_window
    return Window(window.schedule, span(window.duration), window.time_zone) if window else None


def _log_group(obj: Object[EnvironmentSpec], category: str, key: str | Missing | None) -> Part:
    """Give a log group as it is declared: for this category, else for all of them, else with the environment's key."""
    name, part = log_group_name(environment_name(obj), category), f"logs/{LOG_GROUPS[category]}"
    model = LogGroup(name=name, tags=_tags(obj, part, name), kms_key=key)
    if (every := obj.spec.log_groups) is None:
        return Part(part, model, every=FOUNDATIONS_EVERY)
    own = getattr(every, LOGS[category]) or LogGroupSettings()
    model = replace(
        model,
        retention_in_days=own.retention_in_days or every.retention_in_days,
        kms_key=own.kms_key or every.kms_key or key,
    )
    keep = (own.deletion_policy or every.deletion_policy) == "Keep"
    return Part(part, model, keep=keep, every=FOUNDATIONS_EVERY)


def _identity_center(spec: EnvironmentSpec) -> dict[str, str] | None:
    given = spec.identity_center_configuration
    return {"StartUrl": given.start_url, "IdentityStoreId": given.identity_store_id} if given else None


def _teams(spec: EnvironmentSpec, partition: str) -> dict[str, Mapping[str, str]] | None:
    """Tell an empty map, which takes all teams away, from none, which leaves them as they are."""
    if "teams" not in spec.model_fields_set:
        return None
    return {
        name: {"SourceBucketArn": arn_of(team.source_bucket_arn, partition), "DagS3Path": str(team.dag_s3_path)}
        for name, team in spec.teams.items()
    }


def _logging(spec: EnvironmentSpec) -> dict[str, Mapping[str, object]] | None:
    if spec.logging_configuration is None:
        return None
    modules = {category: getattr(spec.logging_configuration, name) for category, name in LOGS.items()}
    return {
        category: {"Enabled": module.enabled, "LogLevel": module.log_level.value}
        for category, module in modules.items()
        if module
    }


def _healthy(environment: Sight, airflow: Sight) -> bool | None:
    """Say whether Airflow is well; None while nobody knows, above all before there is one."""
    if not isinstance(environment, Observed):
        return None
    if isinstance(airflow, Observed):
        healthy = airflow.outputs.get("healthy")
        return bool(healthy) if healthy is not None else None
    known = environment.state is not State.READY and environment.outputs.get("status") not in NO_AIRFLOW_YET
    return False if known else None
