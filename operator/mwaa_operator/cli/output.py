"""Printing: plain, narrow, aligned tables, and the same as JSON or YAML. Pure but for `show`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
import yaml

GAP = "   "
WIDTH = 110


class Dumper(yaml.SafeDumper):
    """Writes a value that occurs twice twice, and lists below their key with an indent."""

    def ignore_aliases(self, data: object) -> bool:
        """Know no aliases."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the entries of lists."""
        super().increase_indent(flow, False)


def to_yaml(data: object) -> str:
    """Write YAML in the order of the data."""
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, width=120, allow_unicode=True)


def show(data: object, output: str, lines: Callable[[], Iterable[str]]) -> None:
    """Print data as JSON or YAML, or the lines of its table."""
    if output == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    elif output == "yaml":
        click.echo(to_yaml(data), nl=False)
    else:
        for line in lines():
            click.echo(line)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], indent: str = "") -> list[str]:
    """Align columns as kubectl does; without a head there is no first line."""
    cells = [[_cell(value) for value in row] for row in rows]
    lines = [list(head), *cells] if head else cells
    if not lines:
        return []
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        indent + GAP.join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def wrapped(message: str, first: str = "", more: str = "") -> list[str]:
    """Break a message into lines, each with its indent, and leave addresses whole."""
    wrapper = textwrap.TextWrapper(WIDTH, initial_indent=first, subsequent_indent=more)
    wrapper.break_on_hyphens = wrapper.break_long_words = False
    return wrapper.wrap(message)


def age(since: str | None, now: datetime) -> str:
    """Say how long ago something was, in one unit, as kubectl does."""
    if not since:
        return ""
    seconds = max(0, int((now - datetime.fromisoformat(since)).total_seconds()))
    for unit, size, until in (("s", 1, 120), ("m", 60, 120 * 60), ("h", 3600, 48 * 3600)):
        if seconds < until:
            return f"{seconds // size}{unit}"
    return f"{seconds // 86400}d"


def ready(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the Ready condition of an object; empty while nothing was said of it."""
    conditions: Iterable[Mapping[str, Any]] = body.get("status", {}).get("conditions", ())
    return next((each for each in conditions if each["type"] == "Ready"), {})


def suspended(body: Mapping[str, Any]) -> bool:
    """Tell whether the operator leaves an object alone."""
    return any(each["type"] == "Suspended" for each in body.get("status", {}).get("conditions", ()))
