"""Provider packages of Airflow in a requirements.txt (guide part 2, sections 1.2 and 1.3; part 4, section 10.2)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.catalogue import BUILT_IN, version_tuple
from ..core.finding import Finding, Severity
from .lint_requirements import CONSTRAINT_SINCE, PROVIDER, Requirements
from .requirement_lines import Line

BACKPORT = "apache-airflow-backport-providers-"
WATCHTOWER, OF_AIRFLOW_TWO, OF_AIRFLOW_ONE = "watchtower", "2.0.1", "1.0.6"
"""What MWAA installs for CloudWatch after everything else, and what the guide pins beside packages for Airflow 1."""
TWO_ONE = "2.1"
FIRST_OF_TWO_ONE = {"google": 4}
"""The first major version of a provider that wants Airflow 2.1. Of all others it is the second (their change logs)."""


def preinstalled(file: Requirements) -> Iterator[Finding]:
    """Find providers that every environment of the version has already, in this version or another."""
    for line, name in _providers(file):
        there = file.installer.providers.get(name)
        if there is None or _is_newer(line.pin, there):
            continue
        other = line.pin and version_tuple(line.pin) != version_tuple(there)
        text = (
            f"Airflow {file.installer.version} on MWAA has {line.name} {there} already"
            + (f", and {line.pin} contradicts that: pip refuses it or replaces what MWAA was built with" if other else "")
            + ". Take the line out."
        )
        yield Finding("ProviderPreinstalled", line.where, text, Severity.WARNING, line=line.number)


def replaced(file: Requirements) -> Iterator[Finding]:
    """Find providers that are to be newer than the one that every environment has, and how that is documented."""
    version = file.installer.version
    for line, name in _providers(file):
        there = file.installer.providers.get(name)
        if there is None or not _is_newer(line.pin, there):
            continue
        allowed = [each for each, known in BUILT_IN.versions.items() if known.mayBeNewer == name]
        if file.installer.known.mayBeNewer != name:
            where = f"for {', '.join(sorted(allowed, key=version_tuple))} only" if allowed else "for no version"
            yield Finding(
                "ProviderOverrideUndocumented",
                line.where,
                f"{line.name} {line.pin} is to replace {there} of Airflow {version}: AWS documents a newer "
                f"one of it {where}. "
                "Try it in an environment that nobody needs, or update Airflow.",
                Severity.WARNING,
                line=line.number,
            )
        if _published(file):
            yield Finding(
                "ProviderAgainstConstraints",
                line.where,
                f"{line.name}=={line.pin} against constraints that Airflow publishes: they have {name} "
                f"{there} for {version}, and "
                "pip refuses both at once. Give a constraints file with the new version: `requirements.providers` of a "
                "DagSource makes it.",
                Severity.WARNING,
                line=line.number,
            )


def too_new(file: Requirements) -> Iterator[Finding]:
    """Find providers that want a newer Airflow than this one, which pip would then install over it."""
    version = file.installer.version
    limited = file.has("--constraint", "--no-index")
    for line, name in _providers(file):
        if not version or line.is_placed:
            continue
        there = file.installer.providers.get(name)
        if line.pin:
            major = (version_tuple(line.pin) or (0,))[0]
            wrong = file.installer.is_before(TWO_ONE) and major >= FIRST_OF_TWO_ONE.get(name, 2)
            why = f"{line.name} {line.pin} is for Airflow {TWO_ONE} and later"
        else:
            # from 2.7.2 on MWAA puts in the constraints; what is there already is not replaced without need
            loose = not there or bool(line.wanted) or file.installer.is_before(TWO_ONE)
            wrong = loose and not limited and file.installer.is_before(CONSTRAINT_SINCE)
            why = f"the newest {line.name} is for a newer Airflow"
        if wrong:
            yield Finding(
                "ProviderTooNew",
                line.where,
                f"{why}, and this is {version}: pip may replace Airflow itself, and tasks write no logs then. "
                "Ask for the extra, "
                f"which takes the one that fits: `apache-airflow[{_extra(name)}]=={version}`.",
                Severity.WARNING,
                line=line.number,
            )


def watchtower(file: Requirements) -> Iterator[Finding]:
    """Find a pin that MWAA overwrites."""
    for line in file.packages:
        if line.name == WATCHTOWER:
            yield Finding(
                "WatchtowerReplaced",
                line.where,
                f"{line.shown} has no effect: MWAA installs {WATCHTOWER} {OF_AIRFLOW_TWO} after "
                "the requirements, so "
                "that logs reach CloudWatch. Take the line out.",
                Severity.WARNING,
                line=line.number,
            )


def backports(file: Requirements) -> Iterator[Finding]:
    """Find packages of Airflow 1 that take the library for CloudWatch back to an old version."""
    of_two = bool(file.installer.version) and not file.installer.is_before("2")
    pinned = any(line.name == WATCHTOWER and line.pin == OF_AIRFLOW_ONE for line in file.packages)
    for line in file.packages:
        if not line.name.startswith(BACKPORT) or (pinned and not of_two):
            continue
        instead = f"{PROVIDER}{line.name.removeprefix(BACKPORT)}"
        fix = f"Take {instead}." if of_two else f"Add {WATCHTOWER}=={OF_AIRFLOW_ONE}; with Airflow 2 take {instead}."
        yield Finding(
            "BackportDowngradesWatchtower",
            line.where,
            f"{line.name} is for Airflow 1.10, and takes {WATCHTOWER} back to a version that cannot write to "
            "log streams that "
            f"exist (ResourceAlreadyExistsException in CloudTrail). {fix}",
            Severity.WARNING,
            line=line.number,
        )


def _providers(file: Requirements) -> Iterator[tuple[Line, str]]:
    for line in file.packages:
        if line.name.startswith(PROVIDER):
            yield line, line.name.removeprefix(PROVIDER)


def _is_newer(pin: str, there: str) -> bool:
    return bool(version_tuple(pin)) and version_tuple(pin) > version_tuple(there)


def _published(file: Requirements) -> bool:
    return any("raw.githubusercontent.com/apache/airflow/" in value for _, value in file.option("--constraint"))


def _extra(name: str) -> str:
    """Give the name that Airflow's extra for a provider has."""
    return name.replace("-", ".")
