"""requirements.txt from declared parts (guide 02, section 12). It is written for pip, and read only as far as that needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..core.finding import Finding
from .requirement_lines import Line, read

PLUGINS = "/usr/local/airflow/plugins"
"""Where plugins.zip is unpacked, before pip runs."""


@dataclass(frozen=True)
class Input:
    """One of the texts that the file is made of."""

    where: str
    """The field of the spec that has it."""
    text: str


@dataclass(frozen=True)
class Head:
    """The options that come before the packages."""

    constraint: str = ""
    """A URL or a path on MWAA; empty: none."""
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False

    def lines(self) -> Iterator[str]:
        """Give the lines. Offline wheels come first, then the constraint, as the guide has both."""
        if self.no_index:
            yield from (f"--find-links {link}" for link in self.find_links or (PLUGINS,))
            yield "--no-index"
        if self.constraint:
            yield f'--constraint "{self.constraint}"'
        if self.index_url:
            yield f"--index-url {self.index_url}"
        yield from (f"--extra-index-url {url}" for url in self.extra_index_urls)
        if not self.no_index:
            yield from (f"--find-links {link}" for link in self.find_links)


def constraint_url(airflow: str, python: str) -> str:
    """Name the constraints that Airflow publishes for a version of it and of Python."""
    base = "https://raw.githubusercontent.com/apache/airflow"
    return f"{base}/constraints-{airflow}/constraints-{python}.txt"


def names_own_versions(inputs: Sequence[Input]) -> bool:
    """Tell whether a text says itself what may be installed: it has a constraint, or takes nothing from an index."""
    return bool({"--constraint", "--no-index"} & {name for line in _lines(inputs) for name, _ in line.options})


def render(head: Head, inputs: Sequence[Input]) -> bytes:
    """Write the file: what a text says again is left out, all else stays as it is, comments too."""
    return written(joined(head, inputs))


def written(lines: Iterable[Line]) -> bytes:
    """Write lines as they stand."""
    return "".join(f"{line.raw}\n" for line in lines).encode()


def joined(head: Head, inputs: Sequence[Input], where: str = "") -> Iterator[Line]:
    """Give the lines of the file, each with what it is from.

    Args:
        head: comes first.
        inputs: in their order.
        where: what the lines of the head shall say that they are from.
    """
    seen: set[str] = set()
    for text in head.lines():
        line = Line(text, text, where=where)
        seen.add(line.canonical)
        yield line
    for line in _lines(inputs):
        if line.text and line.canonical in seen:
            continue
        if line.text:
            seen.add(line.canonical)
        yield line


def conflicts(head: Head, inputs: Sequence[Input]) -> Iterator[Finding]:
    """Name what cannot be installed together whatever an index has: one package in two versions, and two first indexes."""
    pins: dict[tuple[str, str], tuple[str, str]] = {}
    index, said = head.index_url, "indexUrl"
    for line in _lines(inputs):
        for name, value in line.options:
            if name != "--index-url":
                continue
            if index and value != index:
                text = (
                    f"it has another --index-url than {said}, and pip takes one: the last. Keep one, and give the other "
                    "in extraIndexUrls."
                )
                yield Finding("ConflictingIndexes", line.where, text)
            index, said = value, line.where
        if not line.pin:
            continue
        before = pins.setdefault((line.name, line.marker), (line.pin, line.where))
        if before[0] != line.pin:
            text = f"{line.name} is pinned to {line.pin} here and to {before[0]} in {before[1]}. Keep one of them."
            yield Finding("ConflictingPins", line.where, text)


def _lines(inputs: Sequence[Input]) -> Iterator[Line]:
    for each in inputs:
        yield from read(each.text, each.where)
