"""DAG ids that two sources of one environment define. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..api.environment import EnvironmentSpec
from ..core.finding import Finding, Severity
from ..core.kind import Context, Object

SHOWN = 10


def findings(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    """Name every id that two of the sources have published."""
    sources = defaultdict[str, list[str]](list)
    for reference in obj.spec.dag_source_refs:
        there = context.targets.get(("DagSource", reference.name))
        for id_ in (there.facts.get("dagIds") or ()) if there else ():
            sources[id_].append(reference.name)
    for id_, names in sorted((id_, names) for id_, names in sources.items() if len(names) > 1)[:SHOWN]:
        yield Finding(
            "DuplicateDagId",
            "spec.dagSourceRefs",
            f"the DAG id {id_} is in the DagSources {' and '.join(names)}: Airflow shows one of them only. Rename one",
            Severity.WARNING,
        )
