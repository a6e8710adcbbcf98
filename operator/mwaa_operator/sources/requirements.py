"""requirements.txt from declared parts (guide 02, section 12). It is written for pip, and read only as far as that needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..core.finding import Finding

PLUGINS = "/usr/local/airflow/plugins"
"""Where plugins.zip is unpacked, before pip runs."""
_COMMENT = re.compile(r"(^|\s)#.*$")
_NAMED = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*([^;]*)(?:;(.*))?$")
_PIN = re.compile(r"===?\s*([^\s,*;]+)\s*$")
_OPTION = re.compile(r"(--?[a-z][a-z-]*)(?:[\s=]+(.*))?$")
_SHORT = {"-c": "--constraint", "-i": "--index-url", "-f": "--find-links", "-r": "--requirement", "-e": "--editable"}


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
    options = {option[0] for each in inputs for _, line in units(each.text) if (option := _option(line))}
    return bool(options & {"--constraint", "--no-index"})


def render(head: Head, inputs: Sequence[Input]) -> bytes:
    """Write the file: what a text says again is left out, all else stays as it is, comments too."""
    lines = list(head.lines())
    seen = {_canonical(line) for line in lines}
    for each in inputs:
        for raw, line in units(each.text):
            if line and (known := _canonical(line)) in seen:
                continue
            if line:
                seen.add(known)
            lines.append(raw)
    return "".join(f"{line}\n" for line in lines).encode()


def conflicts(head: Head, inputs: Sequence[Input]) -> Iterator[Finding]:
    """Name what cannot be installed together whatever an index has: one package in two versions, and two first indexes."""
    pins: dict[tuple[str, str], tuple[str, str]] = {}
    index, said = head.index_url, "indexUrl"
    for each in inputs:
        for _, line in units(each.text):
            option = _option(line)
            if option and option[0] == "--index-url":
                if index and option[1] != index:
                    text = (
                        f"it has another --index-url than {said}, and pip takes one: the last. Keep one, and give the other "
                        "in extraIndexUrls."
                    )
                    yield Finding("ConflictingIndexes", each.where, text)
                index, said = option[1], each.where
            if option or not (pin := _pinned(line)):
                continue
            name, marker, version = pin
            before = pins.setdefault((name, marker), (version, each.where))
            if before[0] != version:
                text = f"{name} is pinned to {version} here and to {before[0]} in {before[1]}. Keep one of them."
                yield Finding("ConflictingPins", each.where, text)


def units(text: str) -> Iterator[tuple[str, str]]:
    """Give each line as it stands, with those that a backslash continues, and what pip reads of it."""
    whole: list[str] = []
    for line in text.splitlines():
        whole.append(line.rstrip())
        if not line.rstrip().endswith("\\") or line.lstrip().startswith("#"):
            yield _unit(whole)
            whole = []
    if whole:
        yield _unit(whole)


def _unit(lines: Sequence[str]) -> tuple[str, str]:
    return "\n".join(lines), _COMMENT.sub("", " ".join(line.removesuffix("\\") for line in lines)).strip()


def _option(line: str) -> tuple[str, str] | None:
    found = _OPTION.match(line)
    return (_SHORT.get(found[1], found[1]), (found[2] or "").strip().strip("\"'")) if found else None


def _canonical(line: str) -> str:
    """Write a line so that two that mean the same are the same."""
    if option := _option(line):
        return " ".join(option).strip()
    found = _NAMED.match(line)
    if not found or "://" in line:
        return line
    extras = ",".join(sorted(extra.strip() for extra in (found[2] or "").split(",") if extra.strip()))
    wanted, marker = "".join(found[3].split()), (found[4] or "").strip()
    return f"{_name(found[1])}[{extras}]{wanted};{marker}"


def _pinned(line: str) -> tuple[str, str, str] | None:
    """Give name, marker and version of a package that is pinned to one."""
    found = _NAMED.match(line)
    pin = found and _PIN.match(found[3])
    return (_name(found[1]), (found[4] or "").strip(), pin[1]) if found and pin else None


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
