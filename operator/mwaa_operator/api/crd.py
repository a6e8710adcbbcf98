"""A kind as a CustomResourceDefinition."""

from __future__ import annotations

from typing import Any

from .definition import Column, Definition
from .meta import CATEGORY, GROUP, NAME_LIMIT, VERSION
from .rule import VALIDATIONS, marks, rendered
from .schema import Schema, structural, without_defaults

NOT_LOOKED_AT = {"observedGeneration": -1}
"""Status before the operator's first look: tools that wait by kstatus see that nothing has happened yet."""


def crd(definition: Definition) -> dict[str, Any]:
    """Write the CustomResourceDefinition of a kind."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{definition.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": definition.kind,
                "listKind": f"{definition.kind}List",
                "plural": definition.plural,
                "singular": definition.singular,
                "shortNames": [definition.short_name],
                "categories": [CATEGORY],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema(definition)},
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [_column(column) for column in definition.columns],
                }
            ],
        },
    }


def schema(definition: Definition) -> Schema:
    """Write the schema of the whole object."""
    spec = structural(definition.spec)
    needed = bool(spec.get("required")) or definition.needs_spec
    if not needed:
        # the API server runs the rules on this very value: it must be whole
        spec["default"] = {name: each["default"] for name, each in spec["properties"].items() if "default" in each}
    result: Schema = {
        "type": "object",
        "description": spec["description"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": NAME_LIMIT}}},
            "spec": spec,
            "status": {**without_defaults(structural(definition.status)), "default": NOT_LOOKED_AT},
        },
    }
    if needed:
        result["required"] = ["spec"]
    rules = [*(rendered(rule.cel, rule.message) for rule in definition.name_rules), *marks(definition.spec, once=True)]
    if rules:
        result[VALIDATIONS] = rules
    return result


def _column(column: Column) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": column.name, "type": column.type, "jsonPath": column.path}
    return entry | ({"priority": 1} if column.wide else {})
