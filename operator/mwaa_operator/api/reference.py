"""The reference page of a kind, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from .crd import schema
from .definition import CONDITIONS, Definition
from .meta import API_VERSION, CATEGORY
from .rule import VALIDATIONS
from .schema import Schema

Row = tuple[str, ...]


def page(definition: Definition, example: str) -> str:
    """Write the page of a kind.

    Args:
        definition: the kind.
        example: a manifest of it.
    """
    whole = schema(definition)
    spec, status = whole["properties"]["spec"], whole["properties"]["status"]
    general = [rule["message"] for each in (whole, spec) for rule in each.get(VALIDATIONS, ()) if "fieldPath" not in rule]
    return "\n".join(
        (
            f"# {definition.kind}",
            "",
            spec["description"],
            "",
            f"`{API_VERSION}`, namespaced. `kubectl get {definition.short_name}`; with all others `kubectl get {CATEGORY}`.",
            "",
            "```yaml",
            example.strip(),
            "```",
            "",
            "## Spec",
            "",
            *_table(("Field", "Type", "Default", "Meaning"), _fields(spec)),
            *(("", "Besides:", "", *(f"- {message}" for message in general)) if general else ()),
            "",
            "## Status",
            "",
            *_table(("Field", "Type", "Meaning"), _shown(status)),
            "",
            "## Conditions",
            "",
            *_table(
                ("Type", "Meaning"), ((f"`{each.name}`", each.meaning) for each in (*CONDITIONS, *definition.conditions))
            ),
            "",
            "## Columns of `kubectl get`",
            "",
            *_table(
                ("Column", "Shows", "When"),
                ((each.name, f"`{each.path}`", "with `-o wide`" if each.wide else "always") for each in definition.columns),
            ),
            "",
        )
    )


def index(definitions: Sequence[Definition], pages: Sequence[str]) -> str:
    """Write the list of all pages."""
    rows = (
        (f"[{each.kind}]({page})", f"`{each.short_name}`", schema(each)["description"])
        for each, page in zip(definitions, pages, strict=True)
    )
    return "\n".join(("# Reference", "", *_table(("Kind", "Short name", "What it is"), rows), ""))


def _table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    yield _line(head)
    yield _line(("---",) * len(head))
    yield from map(_line, rows)


def _line(cells: Row) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _fields(node: Schema, prefix: str = "") -> Iterator[Row]:
    beside = node.get(VALIDATIONS, ())
    for name, each in node["properties"].items():
        rules = [rule["message"] for rule in beside if rule.get("fieldPath") == f".{name}"]
        yield f"`{prefix}{name}`", _type(each), _default(name, node), _meaning(each, rules)
        inner, step = each, ""
        while "items" in inner:
            inner, step = inner["items"], f"{step}[]"
        if "properties" in inner:
            yield from _fields(inner, f"{prefix}{name}{step}.")


def _shown(node: Schema) -> Iterator[Row]:
    """Leave out of status what only its writer must know."""
    for name, type_, _, meaning in _fields(node):
        yield name, type_, meaning.split("<br>", 1)[0]


def _type(node: Schema) -> str:
    if node["type"] == "array":
        return f"list of {_type(node['items'])}"
    if "additionalProperties" in node:
        return f"map of {_type(node['additionalProperties'])}"
    return str(node.get("format", node["type"]))


def _default(name: str, parent: Schema) -> str:
    if name in parent.get("required", ()):
        return "required"
    default = parent["properties"][name].get("default")
    return "" if default is None else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _meaning(node: Schema, about_it: Iterable[str]) -> str:
    inner = node.get("items", {})
    rules = [
        *_limits(node),
        *(f"each: {limit}" for limit in _limits(inner)),
        *(rule["message"] for each in (node, inner) for rule in each.get(VALIDATIONS, ()) if "fieldPath" not in rule),
        *about_it,
    ]
    return "<br>".join((node.get("description", ""), *(f"*{_sentence(rule)}*" for rule in rules)))


def _limits(node: Schema) -> Iterator[str]:
    if "enum" in node:
        yield "one of " + ", ".join(f"`{value}`" for value in node["enum"])
    for least, most, unit in (
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "items"),
        ("minimum", "maximum", ""),
        ("", "maxProperties", "entries"),
    ):
        low, high = node.get(least), node.get(most)
        if high is None:
            continue
        span = f"exactly {high}" if low == high else f"{low} to {high}" if low is not None else f"at most {high}"
        yield f"{span} {unit}".strip()


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
