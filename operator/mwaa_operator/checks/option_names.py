"""What becomes of options on their way to Airflow: variables of the environment, and names of time zones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from zoneinfo import available_timezones

from ..core.finding import Finding, Severity
from .airflow_options import LAZY_LOAD, WHERE

ZONES = ("webserver.default_ui_timezone", "core.default_timezone")
SYSTEM = "system"
"""What Airflow takes beside the names of the database: the zone of the machine."""


def variable(option: str) -> str:
    """Name the environment variable that an option becomes (guide 02, section 6.1)."""
    section, _, name = option.rpartition(".")
    return f"AIRFLOW__{section.replace('.', '_')}__{name}".upper()


def variables(names: Iterable[str]) -> dict[str, str]:
    """Name the variable of each option."""
    return {name: variable(name) for name in sorted(names)}


def same_variable(names: Iterable[str]) -> Iterator[Finding]:
    """Name options of which only one can have its value: variables do not tell the case of letters apart."""
    taken: dict[str, str] = {}
    for name in sorted(names):
        if (other := taken.setdefault(variable(name), name)) != name:
            yield Finding(
                "OptionsOfOneVariable",
                f"{WHERE}[{name}]",
                f"it becomes {variable(name)}, and so does {other}: only one of the two values arrives. Take one out.",
            )


def time_zones(values: Mapping[str, str]) -> Iterator[Finding]:
    """Name time zones that the IANA database does not have."""
    for option in ZONES:
        given = values.get(option)
        if given is None or given in _zones() or (given == SYSTEM and option != ZONES[0]):
            continue
        # Airflow and its examples write `utc`
        if given.upper() == "UTC":
            continue
        yield Finding(
            "TimeZoneUnknown",
            f"{WHERE}[{option}]",
            f"{given!r} is not in the IANA time zone database. Write a name of it, such as `Europe/Berlin`, or `UTC`.",
        )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def lazy_load_not_set() -> Finding:
    """Say that nobody has said how plugins are loaded, where they must not be loaded late."""
    return Finding(
        "LazyLoadNotSet",
        f"{WHERE}[{LAZY_LOAD}]",
        f"the spec has plugins and no options, so that those in AWS stay: unless {LAZY_LOAD} is False there, Airflow 2 "
        "loads plugins late, and libraries in them, such as Oracle's libclntsh.so, are not found. Set "
        "options.lazyLoadPlugins: false, beside all options that the environment has.",
        Severity.WARNING,
    )
