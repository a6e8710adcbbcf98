"""References between kinds cannot form a circle, only `replaces` stays within one; a circle of parts is refused by name."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest
import yaml

from devcluster.stack.deployment import REPOSITORY
from mwaa_operator.api import parse
from mwaa_operator.api.dag_source_files import ConfigMapReference, SecretReference
from mwaa_operator.api.shared import Reference
from mwaa_operator.app.registry import KINDS
from mwaa_operator.core.kind import named
from mwaa_operator.core.part import Graph, Part
from mwaa_operator.resources.s3 import Folder

SAMPLES = [REPOSITORY / "manifests" / "samples" / name for name in ("quickstart.yaml", "encrypted.yaml")]
"""The quick start, and what has a key beside it."""


def specs() -> dict[str, Any]:
    documents = [each for sample in SAMPLES for each in yaml.safe_load_all(sample.read_text())]
    given: dict[str, dict[str, Any]] = {}
    for each in documents:
        given.setdefault(each["kind"], {}).update(each.get("spec", {}))
    return {kind: parse(kind, spec, "sample") for kind, spec in given.items()}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_the_sample_uses_every_reference_that_a_kind_has(kind: Any) -> None:
    spec = specs()[kind.NAME]
    fields = [name for name, field in kind.SPEC.model_fields.items() if Reference.__name__ in _names(field.annotation)]
    assert [name for name in fields if not getattr(spec, name)] == []
    assert {reference.path.partition("[")[0] for reference in kind.references(spec)} == {_written(name) for name in fields}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_a_kind_names_the_same_objects_whether_its_spec_can_be_parsed_or_not(kind: Any) -> None:
    types = {each.__name__ for each in (Reference, ConfigMapReference, SecretReference)}
    fields = {_written(name) for name, field in kind.SPEC.model_fields.items() if types & _names(field.annotation)}
    by_name = {"replaces"} & {_written(name) for name in kind.SPEC.model_fields}
    assert kind.REFERENCES.keys() == fields | by_name
    given: dict[str, Any] = {
        field: [{"name": f"{field.lower()}-1"}, {"name": f"{field.lower()}-2"}] for field in fields if field.endswith("s")
    }
    given |= {field: {"name": field.lower(), "namespace": "other"} for field in fields if not field.endswith("s")}
    given |= {field: field.lower() for field in by_name}
    spec = kind.SPEC.model_validate(given | ({"allowEmpty": True} if kind.NAME == "DagSource" else {}))
    parsed = {(each.kind, each.name, each.namespace) for each in kind.references(spec)}
    parsed |= {("ConfigMap", name, "") for name in kind.documents(spec)}
    parsed |= {("Secret", name, "") for name in kind.secrets(spec)}
    assert {(each.kind, each.name, each.namespace) for each in named(kind.REFERENCES, given)} == parsed


def _written(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _names(annotation: Any) -> set[str]:
    """Name all types in an annotation, however deep."""
    inner = getattr(annotation, "__args__", ()) or getattr(annotation, "__metadata__", ())
    return {getattr(annotation, "__name__", ""), *(name for each in inner for name in _names(each))}


def test_references_between_kinds_point_one_way() -> None:
    kinds, known = {kind.NAME: kind for kind in KINDS}, specs()
    known["Environment"] = known["Environment"].model_copy(update={"replaces": "another"})
    graph = {name: {reference.kind for reference in kind.references(known[name])} for name, kind in kinds.items()}
    # an object of its own kind is only named: nothing waits for it, and while it goes itself it holds nobody
    within = {
        (name, each.path) for name, kind in kinds.items() for each in kind.references(known[name]) if each.kind == name
    }
    assert within == {("Environment", "replaces")}
    graph["Environment"] -= {"Environment"}
    order = tuple(TopologicalSorter(graph).static_order())
    assert set(order) == kinds.keys()
    assert order[-1] == "Environment"


def test_a_circle_of_parts_is_named() -> None:
    parts = [
        Part(name, Folder(bucket="b", prefix=name), after=frozenset({after})) for name, after in (("a", "b"), ("b", "a"))
    ]
    with pytest.raises(CycleError) as refused:
        Graph.of(*parts).order()
    assert {"a", "b"} <= set(refused.value.args[1])
