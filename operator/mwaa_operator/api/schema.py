"""From the JSON schema that pydantic writes to the structural schema that the API server takes. Pure.

What has no structural form is refused here, with its path, instead of by a cluster later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from .rule import VALIDATIONS

Schema = dict[str, Any]

KEPT = (
    "type",
    "description",
    "default",
    "enum",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "required",
    "properties",
    "items",
    "additionalProperties",
    VALIDATIONS,
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
)
"""All that a structural schema may say here, in the order in which it is written."""
DROPPED = frozenset({"title", "$defs"})


class NotStructural(ValueError):  # noqa: N818 - it reads as what was found
    """A model uses something that CRDs cannot say; the message has the path."""


def structural(model: type[BaseModel]) -> Schema:
    """Write a model as a structural schema.

    Raises:
        NotStructural: naming the place that has no such form.
    """
    raw = model.model_json_schema(by_alias=True)
    return _structural(raw, raw.get("$defs", {}), model.__name__, ())


def without_defaults(schema: Schema) -> Schema:
    """Leave all defaults out: the API server must not fill in what only the operator can know (status)."""
    return {
        key: _each(value, without_defaults)
        if key == "properties"
        else without_defaults(value)
        if key in ("items", "additionalProperties")
        else value
        for key, value in schema.items()
        if key != "default"
    }


def _each(properties: Mapping[str, Schema], change: Any) -> dict[str, Schema]:
    return {name: change(schema) for name, schema in properties.items()}


def _structural(node: Schema, defs: Mapping[str, Schema], path: str, within: tuple[str, ...]) -> Schema:
    node, within = _inlined(node, defs, path, within)
    if unknown := node.keys() - set(KEPT) - DROPPED:
        raise NotStructural(f"{path}: {', '.join(sorted(unknown))} cannot be said in a CRD")
    if "type" not in node:
        raise NotStructural(f"{path}: has no type")
    if node["type"] == "object" and "properties" not in node and not isinstance(node.get("additionalProperties"), dict):
        raise NotStructural(f"{path}: an object without known fields")
    result = {key: node[key] for key in KEPT if key in node}
    if node.get("default") in (None, {}, []):
        # absent says the same, and does not show up in everybody's objects
        result.pop("default", None)
    elif isinstance(node["default"], dict):
        result["default"] = {name: value for name, value in node["default"].items() if value is not None}
    if "description" in node:
        result["description"] = " ".join(node["description"].split())
    if "properties" in node:
        # pydantic allows further keys or refuses them; the API server prunes them in any case
        result.pop("additionalProperties", None)
        result["properties"] = {
            name: _structural(each, defs, f"{path}.{name}", within) for name, each in node["properties"].items()
        }
    elif "additionalProperties" in node:
        result["additionalProperties"] = _structural(node["additionalProperties"], defs, f"{path}[*]", within)
    if "items" in node:
        result["items"] = _structural(node["items"], defs, f"{path}[]", within)
    return result


def _inlined(node: Schema, defs: Mapping[str, Schema], path: str, within: tuple[str, ...]) -> tuple[Schema, tuple[str, ...]]:
    """Replace a reference and an optional value by what they stand for; what is said beside them wins."""
    while node.keys() & {"$ref", "anyOf"}:
        if "$ref" in node:
            name = node["$ref"].removeprefix("#/$defs/")
            if name in within:
                raise NotStructural(f"{path}: {name} contains itself")
            within, inner = (*within, name), defs[name]
            beside = {key: value for key, value in node.items() if key != "$ref"}
        else:
            choices = [choice for choice in node["anyOf"] if choice != {"type": "null"}]
            if len(choices) != 1:
                raise NotStructural(f"{path}: more than one type")
            inner = choices[0]
            beside = {key: value for key, value in node.items() if key != "anyOf"}
        rules = [*inner.get(VALIDATIONS, ()), *beside.pop(VALIDATIONS, ())]
        node = {**inner, **beside, **({VALIDATIONS: rules} if rules else {})}
    return node, within
