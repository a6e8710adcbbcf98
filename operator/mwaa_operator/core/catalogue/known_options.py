"""Which options each version of Airflow has: dated data from its packages, read from `airflow_options.txt` when needed.

Sections of providers, and those that Airflow passes on whole, are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class KnownOption:
    """An option, with the versions of Airflow that have it: of those only that are in the data."""

    type: str
    """`int`, `float`, `bool`; empty where it is text, or nobody knows."""
    versions: tuple[str, ...]


@dataclass(frozen=True)
class KnownOptions:
    """All that is known of Airflow's own options."""

    versions: tuple[str, ...]
    sections: Mapping[str, tuple[str, ...]]
    """Each section, with the versions whose section it is."""
    options: Mapping[str, KnownOption]
    """By `section.option`."""

    def like(self, version: str) -> tuple[str, ...]:
        """Give the versions to judge by: this one, else all of the same major version; all where it is not known yet."""
        if version in self.versions or not version:
            return (version,) if version else self.versions
        major, _, _ = version.partition(".")
        return tuple(each for each in self.versions if each.partition(".")[0] == major)


def parse(text: str) -> KnownOptions:
    """Read the list: all versions, then each section with its options; the first and the last version where some lack it."""
    versions: tuple[str, ...] = ()
    sections: dict[str, tuple[str, ...]] = {}
    options: dict[str, KnownOption] = {}
    section = ""
    for line in text.splitlines():
        word, *rest = line.split() or ["#"]
        if word == "versions":
            versions = tuple(rest)
        elif word.startswith("["):
            section = word.strip("[]")
            sections[section] = _between(rest, versions)
        elif word != "#":
            type_ = rest.pop(0) if rest and rest[0].isalpha() else ""
            options[f"{section}.{word}"] = KnownOption(type_, _between(rest, versions))
    return KnownOptions(versions, sections, options)


def _between(ends: list[str], versions: tuple[str, ...]) -> tuple[str, ...]:
    return versions[versions.index(ends[0]) : versions.index(ends[1]) + 1] if ends else versions


@cache
def known_options() -> KnownOptions:
    """Give the list that comes with the operator."""
    return parse(resources.files(__package__).joinpath("airflow_options.txt").read_text())
