from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import Field

from mwaa_operator.api import KINDS
from mwaa_operator.api.crd import crd, schema
from mwaa_operator.api.definition import Definition
from mwaa_operator.api.schema import NotStructural, structural
from mwaa_operator.api.shared import ApiModel

FORBIDDEN = {
    "$ref",
    "$defs",
    "definitions",
    "title",
    "const",
    "anyOf",
    "oneOf",
    "discriminator",
    "prefixItems",
    "uniqueItems",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "patternProperties",
}


def nodes(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, node
    for name, each in node.get("properties", {}).items():
        yield from nodes(each, f"{path}.{name}")
    for keyword, step in (("items", "[]"), ("additionalProperties", "[*]")):
        if keyword in node:
            yield from nodes(node[keyword], path + step)


def faults_of(node: dict[str, Any]) -> Iterator[str]:
    """Name what keeps a node from being structural."""
    yield from node.keys() & FORBIDDEN
    if "type" not in node:
        yield "no type"
    if {"properties", "additionalProperties"} <= node.keys():
        yield "known and free fields side by side"
    if node.get("default", ...) in (None, {}, []):
        yield "an empty default"
    if node.get("type") == "array" and "items" not in node:
        yield "a list of anything"
    keys = {*node.get("x-kubernetes-list-map-keys", ())}
    if bool(keys) != (node.get("x-kubernetes-list-type") == "map"):
        yield "keys without a map, or a map without keys"
    if keys and not keys <= {*node["items"]["required"]}:
        yield "keys that may be absent"
    if not {*node.get("required", ())} <= {*node.get("properties", ())}:
        yield "a required field that is not known"


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.kind)
def test_every_node_is_structural(each: Definition) -> None:
    assert [(path, fault) for path, node in nodes(schema(each)) for fault in faults_of(node)] == []


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.kind)
def test_everything_has_a_bound(each: Definition) -> None:
    """The API server reckons with the worst case: one string without end makes every rule around it too dear."""
    bounds = {"string": {"maxLength", "enum"}, "array": {"maxItems"}, "object": {"maxProperties", "properties"}}
    unbound = [
        path for path, node in nodes(schema(each)) if node["type"] in bounds and not node.keys() & bounds[node["type"]]
    ]
    assert unbound == [".apiVersion", ".kind"]


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.kind)
def test_every_field_is_described(each: Definition) -> None:
    tops = ("spec", "status")
    fields = [
        (f"{top}{path}.{name}", field)
        for top in tops
        for path, node in nodes(schema(each)["properties"][top])
        for name, field in node.get("properties", {}).items()
    ]
    assert [path for path, field in fields if not field.get("description")] == []


def test_status_says_that_nobody_has_looked_yet_and_nothing_else() -> None:
    for each in KINDS:
        status = schema(each)["properties"]["status"]
        assert status["default"] == {"observedGeneration": -1}
        assert not [path for path, node in nodes(status) if path and "default" in node]


def test_names_are_what_kubectl_takes() -> None:
    names = {each.kind: crd(each)["spec"]["names"] for each in KINDS}
    assert {kind: each["shortNames"] for kind, each in names.items()} == {
        "Network": ["mwaanet"],
        "EncryptionKey": ["mwaakey"],
        "Bucket": ["mwaabucket"],
        "ExecutionRole": ["mwaarole"],
        "DagSource": ["mwaadags"],
        "Environment": ["mwaaenv"],
    }
    assert all(each["categories"] == ["mwaa"] for each in names.values())
    assert all(crd(each)["spec"]["scope"] == "Namespaced" for each in KINDS)
    assert all(crd(each)["metadata"]["name"] == f"{each.plural}.mwaa-operator.dev" for each in KINDS)


class Loop(ApiModel):
    """Contains itself."""

    again: Loop | None = None
    """Once more."""


class Union(ApiModel):
    """One or the other."""

    either: int | str
    """A number or a name."""


class Anything(ApiModel):
    """A value of any type."""

    free: Any
    """Whatever."""


class Free(ApiModel):
    """A map without known keys or values."""

    free: dict[str, Any]
    """Whatever."""


class Exact(ApiModel):
    """A bound that OpenAPI writes differently."""

    above: Annotated[int, Field(gt=3)]
    """More than three."""


class Places(ApiModel):
    """A tuple."""

    two: tuple[int, str]
    """A number and a name."""


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Loop, "Loop.again: Loop contains itself"),
        (Union, "Union.either: more than one type"),
        (Anything, "Anything.free: has no type"),
        (Free, "Free.free: an object without known fields"),
        (Exact, "Exact.above: exclusiveMinimum"),
        (Places, "Places.two: prefixItems"),
    ],
)
def test_what_a_crd_cannot_say_is_refused_by_place(model: type[ApiModel], names: str) -> None:
    with pytest.raises(NotStructural, match=names):
        structural(model)


def test_an_optional_value_may_be_absent_and_not_null() -> None:
    class Maybe(ApiModel):
        """Perhaps."""

        name: Annotated[str, Field(max_length=3)] | None = None
        """Perhaps a name."""

    assert structural(Maybe)["properties"] == {"name": {"type": "string", "description": "Perhaps a name.", "maxLength": 3}}


def test_a_default_leaves_out_what_is_not_given() -> None:
    class Inner(ApiModel):
        """What may be left out."""

        url: Annotated[str, Field(max_length=3)] | None = None
        """Where."""
        check: bool = True
        """Whether."""

    class Outer(ApiModel):
        """What has it."""

        inner: Inner = Inner()
        """It."""

    assert structural(Outer)["properties"]["inner"]["default"] == {"check": True}
