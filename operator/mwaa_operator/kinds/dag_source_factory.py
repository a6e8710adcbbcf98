"""DAGs that a source makes of definitions in ConfigMaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..api.dag_source import DagSourceSpec
from ..core.kind import Context
from ..core.need import Need
from ..sources.dag_factory import generated
from ..sources.files import Source
from .dag_source_data import chosen, lacking
from .dag_source_inputs import absent as missing

WHERE = "spec.dagFactory.configMapRefs"


def documents(spec: DagSourceSpec) -> Sequence[str]:
    """Name the ConfigMaps with the definitions."""
    return [each.name for each in spec.dag_factory.config_map_refs] if spec.dag_factory else []


def files(spec: DagSourceSpec, context: Context) -> Iterator[Source]:
    """Give the DAG files of those ConfigMaps that are there."""
    for each in spec.dag_factory.config_map_refs if spec.dag_factory else ():
        if each.name in context.documents and spec.dag_factory:
            definitions = chosen(each, context.documents[each.name])
            yield generated(f"ConfigMap {each.name}", definitions, spec.dag_factory.operators, each.path or "")


def absent(spec: DagSourceSpec, context: Context) -> Iterator[Need]:
    """Hold the delivery while a ConfigMap or a key is missing: its DAGs would seem to have left the source."""
    for index, each in enumerate(spec.dag_factory.config_map_refs if spec.dag_factory else ()):
        if each.name not in context.documents:
            yield missing(f"{WHERE}[{index}]", each.name)
        elif gone := lacking(f"{WHERE}[{index}]", f"ConfigMap {each.name}", each, context.documents[each.name]):
            yield gone
