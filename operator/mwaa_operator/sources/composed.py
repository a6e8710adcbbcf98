"""One requirements.txt of several: what they agree on, each line once, and where they do not agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .requirement_lines import Line, read
from .requirements import Head, Input, render

ONE_OF = ("--constraint", "--index-url")
"""Options of which pip heeds one, or none that contradict each other."""
FOR_ALL = "--no-index"


def compose(texts: Mapping[str, str]) -> bytes:
    """Write the lines of all of them. The order does not depend on who is named first.

    Args:
        texts: by the name of each source.
    """
    return render(Head(), [Input(name, texts[name]) for name in sorted(texts)])


def disagreements(texts: Mapping[str, str]) -> Iterator[str]:
    """Name both lines, and whose they are, wherever two of them cannot be had in one file.

    That is one package in two versions, or from two places; two constraints; two first indexes; an index that only one may
    use. What a resolver alone can tell is not looked for.
    """
    lines = {name: [line for line in read(texts[name], name) if line.text] for name in sorted(texts)}
    said: dict[tuple[str, ...], Line] = {}
    for line in (line for name in lines for line in lines[name]):
        for what in _meant(line):
            before = said.setdefault(what, line)
            if before.where != line.where and before.canonical != line.canonical and _clash(before, line):
                yield f"{_told(before)}, and {_told(line)}"
    yield from _indexes(lines)


def _meant(line: Line) -> Iterator[tuple[str, ...]]:
    """Give what a line says something of that only one may say."""
    if line.name and (line.pin or line.is_placed):
        yield "package", line.name, line.marker
    for name, _ in line.options:
        if name in ONE_OF:
            yield "option", name


def _clash(one: Line, other: Line) -> bool:
    return not one.name or one.pin != other.pin or one.is_placed or other.is_placed


def _indexes(lines: Mapping[str, Sequence[Line]]) -> Iterator[str]:
    without = {name: line for name in lines for line in lines[name] if FOR_ALL in {option for option, _ in line.options}}
    others = [name for name in lines if name not in without and any(line.name for line in lines[name])]
    if without and others:
        yield f"{_told(without[min(without)])}, and DagSource {others[0]} takes packages from an index"


def _told(line: Line) -> str:
    return f"DagSource {line.where} has `{line.shown}` in line {line.number}"
