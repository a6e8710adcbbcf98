"""A change of version, the load and the names of options, as an environment declares them: what can be said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from ..api.environment import EnvironmentSpec
from ..checks import load, option_names, role_name, upgrade
from ..core.catalogue import EnvironmentClass
from ..core.finding import Finding
from ..core.kind import Context, Object, Reference
from . import airflow_options


def change(obj: Object[EnvironmentSpec]) -> upgrade.VersionChange:
    """Give the change of version that is asked for."""
    running, spec = str(obj.facts.get("airflowVersion") or ""), obj.spec
    return upgrade.VersionChange(running, spec.airflow_version or running, spec.upgrade.accept_mismatches)


def findings(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    """Say what follows from the spec, from what runs, and from what DAG sources have delivered."""
    spec, known = obj.spec, obj.facts
    if spec.plugins_s3_path is not None:
        yield from upgrade.plugins(change(obj))
    size = spec.environment_class or str(known.get("environmentClass") or "")
    yield from load.dags(dag_count(obj, context), size, context.catalogue.classes.get(size, EnvironmentClass()))
    fewest = spec.fixed_workers or spec.min_workers or known.get("minWorkers")
    most = spec.fixed_workers or spec.max_workers or known.get("maxWorkers")
    yield from load.bursts(obj.labels.get(load.LOAD), known.get("idleGapMinutes"), fewest, most, _built(known))
    yield from option_names.same_variable(option_variables(spec))
    yield from option_names.time_zones(airflow_options.declared(spec))
    if airflow_options.leaves_lazy_load(obj):
        yield option_names.lazy_load_not_set()
    if role := _role(obj, context):
        yield from role_name.room("spec.executionRoleArn" if spec.execution_role_arn else "spec.executionRoleRef", role)


def dag_count(obj: Object[EnvironmentSpec], context: Context) -> int | None:
    """Count the DAGs that the sources of an environment define; None where none of them knows."""
    counts = [_fact(context, "DagSource", ref.name, "dagCount") for ref in obj.spec.dag_source_refs]
    known = [count for count in counts if isinstance(count, int)]
    return sum(known) if known else None


def dag_count_is_exact(obj: Object[EnvironmentSpec], context: Context) -> bool:
    """Tell whether these are surely all."""
    return all(_fact(context, "DagSource", ref.name, "dagCountExact") for ref in obj.spec.dag_source_refs)


def option_variables(spec: EnvironmentSpec) -> dict[str, str]:
    """Name the environment variable of every option that is declared, also of those whose values come from Secrets."""
    return option_names.variables(
        {*airflow_options.declared(spec), *(name for _, name, _ in airflow_options.secret_keys(spec))}
    )


def _built(known: Mapping[str, Any]) -> date | None:
    """Say when the containers of an environment were last made anew: at its creation, or by an update that went well."""
    last = known.get("lastUpdate") or {}
    moments = [known.get("createdAt"), last.get("createdAt") if last.get("status") == "SUCCESS" else None]
    return max((datetime.fromisoformat(str(moment)).date() for moment in moments if moment), default=None)


def _role(obj: Object[EnvironmentSpec], context: Context) -> str | None:
    spec = obj.spec
    given = spec.execution_role_arn
    if given is None and spec.execution_role_ref:
        given = _fact(context, "ExecutionRole", spec.execution_role_ref.name, "roleArn")
    return given or None


def _fact(context: Context, kind: str, name: str, fact: str) -> Any:
    there = context.neighbour(Reference(kind, name, ""))
    return there.facts.get(fact) if there else None
