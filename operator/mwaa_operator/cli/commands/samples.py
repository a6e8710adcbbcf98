"""`kubectl mwaa samples`: what `spec.samples` of a DagSource may name, and what each brings and needs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import click

from ...api.samples import CATALOGUE, Entry
from ..options import Options, subcommand
from ..output import show, table, wrapped

HELP = """List the samples that a DagSource can bring by name in spec.samples. With NAME: all that one brings and needs.

Which of them a DagSource brings shows `kubectl get mwaadags -o wide`.
"""


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in CATALOGUE if name.lower().startswith(incomplete.lower())]


@subcommand(HELP)
@click.argument("name", required=False, metavar="[NAME]", shell_complete=_names)
def command(options: Options, name: str | None) -> None:
    """Print the list, or an entry."""
    if name is None:
        every = [described(entry) for entry in CATALOGUE.values()]
        show(every, options.output, lambda: table(("NAME", "BRINGS", "DOES"), map(_row, CATALOGUE.values())))
        return
    found = next((entry for entry in CATALOGUE.values() if entry.name.lower() == name.lower()), None)
    if not found:
        lower = {each.lower(): each for each in CATALOGUE}
        near = [lower[each] for each in difflib.get_close_matches(name.lower(), lower, n=3)]
        hint = f"Do you mean {' or '.join(near)}?" if near else "`kubectl mwaa samples` lists them all."
        raise click.ClickException(f"there is no sample {name!r}. {hint}")
    show(described(found), options.output, lambda: lines(found))


def described(entry: Entry) -> Mapping[str, Any]:
    """Give all that is known of an entry."""
    return {
        "name": entry.name,
        "does": entry.does,
        "guide": entry.guide,
        "dag": entry.dag or None,
        "plugins": list(entry.plugins),
        "requirements": list(entry.requirements),
        "options": dict(entry.options),
        "permissions": [{"actions": list(each.actions), "resources": list(each.resources)} for each in entry.permissions],
        "parameters": {
            name: {"means": each.means, "matches": each.matches, "default": each.default}
            for name, each in entry.parameters.items()
        },
        "byHand": entry.by_hand or None,
    }


def lines(entry: Entry) -> Iterator[str]:
    """Write an entry for people."""
    yield entry.name
    yield from _said("does", entry.does)
    yield from _said("guide", entry.guide)
    yield from _said("DAG file", entry.dag)
    yield from _said("plugins", ", ".join(entry.plugins))
    yield from _said("requirements", ", ".join(entry.requirements))
    for name, value in entry.options.items():
        yield from _said("option", f"{name} = {value}")
    for each in entry.permissions:
        yield from _said("permission", f"{', '.join(each.actions)} on {', '.join(each.resources)}")
    for name, about in entry.parameters.items():
        default = "must be given" if about.default is None else f"{about.default!r} if not given"
        yield from _said("parameter", f"{name}: {about.means} ({default}; form: {about.matches})")
    yield from _said("by hand", entry.by_hand)


def _said(what: str, text: str) -> Iterator[str]:
    if text:
        yield from wrapped(f"{what}: {text}", "  ", "    ")


def _row(entry: Entry) -> tuple[str, str, str]:
    needs = {
        "DAG": entry.dag,
        "plugins": entry.plugins,
        "requirements": entry.requirements,
        "permissions": entry.permissions,
    }
    return entry.name, ", ".join(name for name, there in needs.items() if there), entry.does
