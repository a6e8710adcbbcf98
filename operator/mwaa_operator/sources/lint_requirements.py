"""A requirements.txt as the rules see it: its lines, and the Airflow that will install it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..core.catalogue import AirflowVersion, Catalogue, version_tuple
from ..core.finding import Finding
from ..core.wording import some
from .requirement_lines import Line
from .rule import Rule

PROVIDER = "apache-airflow-providers-"
CONSTRAINT_SINCE, WEBSERVER_SINCE = "2.7.2", "2.2.2"
"""From then on MWAA wants constraints, and the web server installs requirements too."""
SHOWN = 5


@dataclass(frozen=True)
class Installer:
    """An Airflow that installs the file. What is not known is empty."""

    version: str = ""
    known: AirflowVersion = field(default_factory=AirflowVersion)
    """What the catalogue says of the version."""
    is_private: bool = False
    """Its web server is known to have no way to the internet."""

    @property
    def python(self) -> str:
        """Give the version of Python."""
        return self.known.python or ""

    @property
    def providers(self) -> Mapping[str, str]:
        """Give the provider packages that it has already, with their versions."""
        return self.known.providers

    def is_before(self, other: str) -> bool:
        """Tell whether its version is known and older than another; without a version AWS takes its newest."""
        known = version_tuple(self.version)
        return bool(known) and known < version_tuple(other)


@dataclass(frozen=True)
class Requirements:
    """A file, for one installer."""

    lines: Sequence[Line]
    installer: Installer = Installer()
    wheels: Sequence[tuple[str, str]] = ()
    """Wheels that lie beside it, by their places and names."""

    @cached_property
    def packages(self) -> Sequence[Line]:
        """Give the lines that name a package."""
        return [line for line in self.lines if line.is_package]

    @cached_property
    def installed(self) -> Sequence[Line]:
        """Give the lines that install something."""
        return [line for line in self.lines if line.text and not line.options]

    def option(self, *names: str) -> Iterator[tuple[Line, str]]:
        """Give the values of options of pip, with their lines."""
        for line in self.lines:
            yield from ((line, value) for name, value in line.options if name in names)

    def has(self, *names: str) -> bool:
        """Tell whether one of the options of pip is given."""
        return any(True for _ in self.option(*names))


def installers(versions: Iterable[str], catalogue: Catalogue) -> Sequence[Installer]:
    """Make an installer of each version; without any, one of which nothing is known."""
    found = [installer(version, catalogue) for version in sorted({*versions} - {""})]
    return found or [Installer()]


def installer(version: str, catalogue: Catalogue, *, is_private: bool = False) -> Installer:
    """Look up what is known of a version."""
    return Installer(version, catalogue.versions.get(version, AirflowVersion()), is_private)


def judged(
    lines: Sequence[Line],
    wheels: Sequence[tuple[str, str]],
    installers: Iterable[Installer],
    rules: Iterable[Rule[Requirements]],
) -> Sequence[Finding]:
    """Name what is wrong with a file for any of those who install it, each thing once."""
    found: dict[Finding, None] = {}
    known = tuple(rules)
    for each in installers:
        seen = Requirements(lines, each, wheels)
        for rule in known:
            if rule.holds([each.version]):
                found.update(dict.fromkeys(rule.look(seen)))
    return tuple(found)


def listed(lines: Sequence[Line]) -> str:
    """Name packages, the first of many."""
    names = list(dict.fromkeys(line.name or line.shown for line in lines))
    return some(names, SHOWN)


def placed(finding: Finding, where: str) -> Finding:
    """Say a finding of a file of which the user knows the field that names it."""
    return replace(finding, where=where, line=None)
