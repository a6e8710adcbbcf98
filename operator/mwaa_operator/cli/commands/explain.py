"""`kubectl mwaa explain`: what a code means, and what to do."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping, Sequence

import click

from ...checks import catalogue
from .. import pages
from ..options import Options, subcommand
from ..output import show

WIDTH = 110
HELP = """Explain a code of preflight, or a type or reason of a condition. Without CODE: list them all."""


def _known(entries: Sequence[pages.Entry]) -> list[str]:
    return sorted({*catalogue.ENTRIES, *(each.code for each in entries)})


def _codes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    every = _known(list(pages.entries(pages.page(pages.CONDITIONS))))
    return [code for code in every if code.lower().startswith(incomplete.lower())]


@subcommand(HELP)
@click.argument("code", required=False, metavar="[CODE]", shell_complete=_codes)
def command(options: Options, code: str | None) -> None:
    """Print the page."""
    known = list(pages.entries(pages.page(pages.CONDITIONS)))
    names = _known(known)
    if code is None:
        show(names, options.output, lambda: names)
        return
    if check := next((name for name in catalogue.ENTRIES if name.lower() == code.lower()), None):
        text = catalogue.explain(check)
        show([{"code": check, "text": text}], options.output, text.rstrip().splitlines)
        return
    found = [each for each in known if each.code.lower() == code.lower()]
    if not found:
        near = difflib.get_close_matches(code, names, n=3)
        hint = f" Do you mean {' or '.join(near)}?" if near else " `kubectl mwaa explain` lists them all."
        raise click.ClickException(f"{code!r} is no code, type or reason.{hint}")
    advice = pages.page(pages.ADVICE)
    show([described(each, advice) for each in found], options.output, lambda: lines(found, advice))


def described(entry: pages.Entry, advice: str) -> Mapping[str, str]:
    """Give all that is known of a code."""
    cells = {name.lower(): pages.unlinked(text) for name, text in entry.cells.items()}
    more = next((text for cell in entry.cells.values() if (text := pages.section(advice, pages.anchor(cell)))), "")
    return {"code": entry.code, "section": entry.section, **cells, **({"advice": more} if more else {})}


def lines(found: Sequence[pages.Entry], advice: str) -> Iterator[str]:
    """Write it for people."""
    for number, entry in enumerate(found):
        if number:
            yield ""
        said = dict(described(entry, advice))
        yield f"{said.pop('code')}  ({said.pop('section')})"
        more = said.pop("advice", "")
        for name, text in said.items():
            yield from textwrap.wrap(f"{name}: {text}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        if more:
            yield ""
            yield from more.splitlines()
