"""What Amazon MWAA offers, as dated data with its sources: versions, classes, options, quotas, regions.

Pure data and its reader. Nothing that is missing here is refused: it is warned about, and AWS decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date
from importlib import resources
from typing import Any, TypeVar

import yaml

E = TypeVar("E", bound="AirflowVersion | EnvironmentClass | Option")


@dataclass(frozen=True)
class AirflowVersion:
    """A version of Airflow. A date that is not known is None."""

    python: str | None = None
    pip: str | None = None
    available: date | None = None
    limitedSupport: date | None = None  # noqa: N815 - the names of the file
    """From then on nothing new can be created with it."""
    endOfSupport: date | None = None  # noqa: N815
    """From then on AWS promises nothing for what runs on it."""
    providers: Mapping[str, str] = field(default_factory=dict)
    """Its provider packages and their versions, without `apache-airflow-providers-`; empty where they are not known."""
    mayBeNewer: str | None = None  # noqa: N815
    """The provider that the guide lets one replace by a newer version."""
    source: str = ""


@dataclass(frozen=True)
class EnvironmentClass:
    """A size. A number that is not known is None."""

    vcpu: int | None = None
    """Of a scheduler, and of a worker."""
    memoryGiB: int | None = None  # noqa: N815
    tasksPerWorker: int | None = None  # noqa: N815
    dagCapacity: int | None = None  # noqa: N815
    triggersPerTriggerer: int | None = None  # noqa: N815
    schedulers: tuple[int, int] | None = None
    """The fewest and the most."""
    webservers: tuple[int, int] | None = None
    """The fewest and the most, where the quota does not decide."""
    source: str = ""


@dataclass(frozen=True)
class Option:
    """An option of Airflow that the AWS guide names: its value is no secret."""

    since: str | None = None
    """The first version that has it."""
    until: str | None = None
    """The first version that has it no more."""
    instead: str | None = None
    """What takes its place."""
    ignored: str | None = None
    """Why it has no effect on MWAA."""
    refused: str | None = None
    """Why it must not be set on MWAA."""


@dataclass(frozen=True)
class Catalogue:
    """All that is known."""

    as_of: date
    versions: Mapping[str, AirflowVersion] = field(default_factory=dict)
    classes: Mapping[str, EnvironmentClass] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)
    declared_quotas: frozenset[str] = frozenset()
    """Those that an administrator has named: they are the account's own, where the others are defaults of the service."""
    regions: frozenset[str] = frozenset()

    def extended(self, text: str) -> Catalogue:
        """Add what a file of the same form says; it wins over what is known.

        Raises:
            ValueError: the file is not of that form; the message names the place and the fix.
        """
        more = parse(text)
        return replace(
            self,
            as_of=max(self.as_of, more.as_of),
            versions={**self.versions, **more.versions},
            classes={**self.classes, **more.classes},
            options={**self.options, **more.options},
            quotas={**self.quotas, **more.quotas},
            declared_quotas=self.declared_quotas | more.quotas.keys(),
            regions=self.regions | more.regions,
        )

    def pythons(self, versions: Iterable[str]) -> frozenset[str]:
        """Give the Pythons of some versions of Airflow, as far as they are known. `3` is every version of Airflow 3."""
        asked = [version_tuple(each) for each in versions]
        known = ((version_tuple(name), version.python) for name, version in self.versions.items())
        return frozenset(
            python for name, python in known if python and any(each and name[: len(each)] == each for each in asked)
        )


SECTIONS = ("asOf", "sources", "airflowVersions", "environmentClasses", "quotas", "regions", "options")


def parse(text: str) -> Catalogue:
    """Read a catalogue (YAML, of which JSON is a part).

    Raises:
        ValueError: naming the place and the fix.
    """
    try:
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"the catalogue is not YAML: {error}") from error
    if not isinstance(data, dict) or (unknown := data.keys() - set(SECTIONS)):
        what = f"unknown: {', '.join(sorted(map(str, unknown)))}" if isinstance(data, dict) else "it is no mapping"
        raise ValueError(f"the catalogue has these sections: {', '.join(SECTIONS)}; {what}")
    quotas, regions = data.get("quotas") or {}, data.get("regions") or []
    if not isinstance(quotas, dict) or not all(isinstance(each, int) and each > 0 for each in quotas.values()):
        raise ValueError("the catalogue: quotas is a mapping of names to numbers above 0")
    if not isinstance(regions, list):
        raise ValueError("the catalogue: regions is a list of codes, such as us-east-1")
    return Catalogue(
        as_of=_date("asOf", data.get("asOf", date.min)),
        versions=_entries(data, "airflowVersions", AirflowVersion),
        classes=_entries(data, "environmentClasses", EnvironmentClass),
        options=_entries(data, "options", Option),
        quotas={str(name): number for name, number in quotas.items()},
        regions=frozenset(map(str, regions)),
    )


def _entries(data: Mapping[str, Any], section: str, entry: type[E]) -> dict[str, E]:
    given = data.get(section) or {}
    if not isinstance(given, dict):
        raise ValueError(f"the catalogue: {section} is a mapping")
    return {str(name): _entry(f"{section}.{name}", each or {}, entry) for name, each in given.items()}


def _entry(where: str, given: Any, entry: type[E]) -> E:
    known = {each.name: str(each.type) for each in fields(entry)}
    if not isinstance(given, dict) or (unknown := given.keys() - known.keys()):
        what = f", not {', '.join(sorted(map(str, unknown)))}" if isinstance(given, dict) else ""
        raise ValueError(f"the catalogue: {where} may say {', '.join(known)}{what}")
    return entry(**{name: _value(f"{where}.{name}", known[name], value) for name, value in given.items()})


def _value(where: str, type_: str, value: Any) -> Any:
    if type_.startswith("date"):
        return _date(where, value)
    if type_.startswith("tuple"):
        if not (isinstance(value, list) and len(value) == 2 and all(isinstance(each, int) for each in value)):
            raise ValueError(f"the catalogue: {where} is a list of two numbers, not {value!r}")
        return tuple(value)
    if type_.startswith("Mapping"):
        if not (isinstance(value, dict) and all(isinstance(each, str) for each in value.values())):
            raise ValueError(f"the catalogue: {where} is a mapping of names to texts (in quotes), not {value!r}")
        return {str(name): text for name, text in value.items()}
    expected = int if type_.startswith("int") else str
    if not isinstance(value, expected) or isinstance(value, bool):
        raise ValueError(f"the catalogue: {where} is a {'number' if expected is int else 'text (in quotes)'}, not {value!r}")
    return value


def _date(where: str, value: Any) -> date:
    if isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if not isinstance(value, date):
        raise ValueError(f"the catalogue: {where} is a date such as 2026-11-21, not {value!r}")
    return value


def version_tuple(version: str) -> tuple[int, ...]:
    """Give a version for comparing; empty when it is none."""
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        return ()


BUILT_IN = parse(resources.files(__package__).joinpath("mwaa.yaml").read_text())
