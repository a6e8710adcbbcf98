"""What can be said of a declared environment without asking AWS: a rule a function, all of them at every look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..api.environment import EnvironmentSpec
from ..checks import airflow_options as option_checks
from ..checks import (
    offered,
    option_spelling,
    plain_sight,
    replacement,
    schedulers,
    secrets_backend,
    task_logs,
    tenancy,
    upgrade,
)
from ..core.catalogue.known_options import known_options
from ..core.finding import PREFLIGHT, Finding, Severity
from ..core.kind import Context, Object
from ..core.need import EndsBy, Need
from . import (
    airflow_options,
    environment_artefacts,
    environment_dag_ids,
    environment_endpoints,
    environment_files,
    environment_installs,
    environment_versions,
    sample_permissions,
)
from . import replacement as replacing


def findings(obj: Object[EnvironmentSpec], context: Context, bucket: Any) -> Iterator[Finding]:
    """Give what is wrong or risky in an environment's spec, each at the field that the user wrote."""
    written = {
        f"{option_checks.WHERE}[{option}]": (f"spec.{field}", option) for field, option in airflow_options.fields(obj.spec)
    }
    for finding in upgrade.before(environment_versions.change(obj), _findings(obj, context, bucket)):
        field, option = written.get(finding.where, (finding.where, ""))
        message = finding.message if option in finding.message else f"{option}: {finding.message}"
        yield replace(finding, where=field, message=message)


def _findings(obj: Object[EnvironmentSpec], context: Context, bucket: Any) -> Iterator[Finding]:
    yield from _other_buckets(obj.spec, bucket)
    yield from _offered(obj, context)
    yield from _options(obj, context)
    yield from _replacement(obj, context)
    yield from schedulers.findings(_version_and_size(obj)[0], obj.spec.schedulers)
    yield from environment_endpoints.findings(obj)
    yield from _plain_sight(obj)
    yield from _tenancy(obj)
    yield from environment_versions.findings(obj, context)
    yield from environment_artefacts.findings(obj, context)
    yield from environment_dag_ids.findings(obj, context)
    yield from environment_installs.findings(obj, context)
    yield from sample_permissions.findings(obj, context)


def _replacement(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    yield from replacement.findings(obj.spec.replaces, replacing.circle(obj, context))


def _offered(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    spec, known = obj.spec, obj.facts
    version, size = _version_and_size(obj)
    asked = offered.Asked(
        region=context.region,
        version=version,
        size=size,
        exists="environmentArn" in known,
        max_workers=spec.fixed_workers or spec.max_workers,
        min_webservers=spec.min_webservers,
        max_webservers=spec.max_webservers,
        schedulers=spec.schedulers,
        access_mode=spec.webserver_access_mode or "",
        has_plugins=environment_artefacts.has_plugins(obj, context),
        present=offered.Present(
            size=str(known.get("environmentClass") or ""),
            min_webservers=known.get("minWebservers"),
            max_webservers=known.get("maxWebservers"),
            schedulers=known.get("schedulers"),
        ),
    )
    yield from offered.findings(asked, context.catalogue, context.today)


def _options(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    spec, (version, size) = obj.spec, _version_and_size(obj)
    values = airflow_options.declared(spec)
    names = frozenset(values) | {option for _, option, _ in airflow_options.secret_keys(spec)}
    yield from option_checks.findings(names, values, version, size, context.catalogue)
    yield from option_checks.unknown_sections(names, context.catalogue)
    yield from option_spelling.names(names, version, known_options(), context.catalogue)
    yield from option_spelling.values(values, known_options())
    yield from secrets_backend.findings(values, version)
    if airflow_options.loads_eagerly(obj, context):
        yield from option_checks.lazy_plugins(values.get(option_checks.LAZY_LOAD))
    if tasks := spec.logging_configuration and spec.logging_configuration.task_logs:
        yield from task_logs.findings(tasks.enabled, tasks.log_level.value)


def _plain_sight(obj: Object[EnvironmentSpec]) -> Iterator[Finding]:
    spec = obj.spec
    yield from plain_sight.names({"metadata.name": obj.name, "spec.name": spec.name or ""})
    yield from plain_sight.tags("spec.tags", spec.tags)
    values = {f"spec.airflowConfigurationOptions[{name}]": value for name, value in airflow_options.declared(spec).items()}
    yield from plain_sight.urls(values)


def _tenancy(obj: Object[EnvironmentSpec]) -> Iterator[Finding]:
    marks = [*obj.labels.items(), *obj.spec.tags.items()]
    yield from tenancy.teams(marks)
    yield from tenancy.health_data(marks, str(obj.facts.get("createdAt") or ""))


def _version_and_size(obj: Object[EnvironmentSpec]) -> tuple[str, str]:
    """Give what is declared, else what AWS has chosen."""
    version = obj.spec.airflow_version or str(obj.facts.get("airflowVersion") or "")
    return version, obj.spec.environment_class or str(obj.facts.get("environmentClass") or "")


def _other_buckets(spec: EnvironmentSpec, bucket: Any) -> Iterator[Finding]:
    paths = {"dagS3Path": spec.dag_s3_path, **{field: path for _, field, path in environment_files.paths(spec)}}
    for field, path in paths.items():
        if path and path.bucket and isinstance(bucket, str) and path.bucket != bucket.rpartition(":::")[2]:
            yield Finding(
                "OtherBucket",
                f"spec.{field}",
                f"it names the bucket {path.bucket}, but the environment's is {bucket}. Give the path alone: {path}",
            )


def blocking(findings: Sequence[Finding]) -> Iterator[Need]:
    """Hold every write to the environment that AWS would refuse, or that would not mean what it says."""
    for finding in findings:
        if finding.severity is Severity.ERROR and finding.condition == PREFLIGHT:
            yield Need(finding.code, f"{finding.where}: {finding.message}", EndsBy.USER, "Preflight")
