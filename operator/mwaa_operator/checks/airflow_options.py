"""Are Airflow's options such that they do what they seem to say? Pure; values that come from Secrets are not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..core.catalogue import Catalogue, EnvironmentClass, Option, version_tuple
from ..core.finding import Finding, Severity
from .option_sections import SECTIONS

WHERE = "spec.airflowConfigurationOptions"
IMPORT, PROCESSOR = "core.dagbag_import_timeout", "core.dag_file_processor_timeout"
FETCH, UPDATE = "core.min_serialized_dag_fetch_interval", "core.min_serialized_dag_update_interval"
DEFAULTS: Mapping[str, int] = {IMPORT: 30, PROCESSOR: 50, FETCH: 10, UPDATE: 30}
"""Seconds, as MWAA sets them (guide 04, section 2.5)."""
FALSE = ("false", "f", "0")
"""How Airflow reads that something is off, in any case."""
LAZY_LOAD = "core.lazy_load_plugins"
AUTOSCALE, PARSING, SYNC = "celery.worker_autoscale", "scheduler.parsing_processes", "celery.sync_parallelism"


def findings(
    names: frozenset[str], values: Mapping[str, str], version: str, size: str, catalogue: Catalogue
) -> Iterator[Finding]:
    """Look at options.

    Args:
        names: all that are set.
        values: of those whose values are known.
        version: of Airflow; empty when it is not known.
        size: the environment class; empty when it is not known.
        catalogue: what MWAA offers.
    """
    for name in sorted(names & catalogue.options.keys()):
        yield from _known(name, catalogue.options[name], version)
    yield from _autoscale(values.get(AUTOSCALE), size, catalogue.classes.get(size, EnvironmentClass()))
    yield from _parsing(values.get(PARSING), size, catalogue.classes.get(size, EnvironmentClass()))
    yield from _timeouts(values)
    yield from _mail(values)
    if values.get(SYNC) == "0":
        yield Finding(
            "TaskLogDelivery",
            f"{WHERE}[{SYNC}]",
            "0 takes as many processes as there are, and logs of tasks may then not reach CloudWatch. Take 1.",
            Severity.WARNING,
        )


def unknown_sections(names: frozenset[str], catalogue: Catalogue) -> Iterator[Finding]:
    """Name options that nothing of Airflow reads, as far as is known: they may well be meant for code of the user's own."""
    for name in sorted(names - catalogue.options.keys()):
        section, _, _ = name.rpartition(".")
        if section not in SECTIONS:
            yield Finding(
                "OptionSectionUnknown",
                f"{WHERE}[{name}]",
                f"Airflow has no section {section!r}: the option is right only if your own code or a provider "
                "reads it. Correct the name if it is meant for Airflow (`section.option`).",
                Severity.WARNING,
            )


def lazy_plugins(value: str | None) -> Iterator[Finding]:
    """Look at `core.lazy_load_plugins` where plugins must be loaded eagerly. Left out, the operator sets it itself."""
    if value is not None and value.lower() not in FALSE:
        yield Finding(
            "PluginsLoadedLazily",
            f"{WHERE}[{LAZY_LOAD}]",
            f"Airflow 2 does not load plugins at the start of a process while {LAZY_LOAD} is {value}. Leave it out.",
            Severity.WARNING,
        )


def _known(name: str, option: Option, version: str) -> Iterator[Finding]:
    where, instead = f"{WHERE}[{name}]", f" Set {option.instead} instead." if option.instead else " Take it out."
    if option.refused:
        yield Finding("OptionRefused", where, f"it cannot be set on MWAA: {option.refused}.{instead}")
    if option.ignored:
        yield Finding("OptionIgnored", where, f"it has no effect: {option.ignored}.{instead}", Severity.WARNING)
    runs = version_tuple(version)
    if not runs:
        return
    if option.since and runs < version_tuple(option.since):
        text = f"Airflow has it from {option.since} on, and this is {version}.{instead}"
        yield Finding("OptionUnknownToVersion", where, text, Severity.WARNING)
    if option.until and runs >= version_tuple(option.until):
        text = f"Airflow has it up to {option.until} only, and this is {version}.{instead}"
        yield Finding("OptionUnknownToVersion", where, text, Severity.WARNING)


def _autoscale(value: str | None, size: str, known: EnvironmentClass) -> Iterator[Finding]:
    if value is None:
        return
    match = re.fullmatch(r"([0-9]+), ?([0-9]+)", value)
    if not match or int(match[1]) < int(match[2]):
        text = f"{value} is not the most and the fewest tasks of a worker, in this order, such as `16,12`. Correct it."
        yield Finding("WorkerAutoscaleUnfit", f"{WHERE}[{AUTOSCALE}]", text)
    elif known.tasksPerWorker and int(match[1]) > known.tasksPerWorker:
        yield Finding(
            "WorkerAutoscaleAboveClass",
            f"{WHERE}[{AUTOSCALE}]",
            f"a worker of {size} takes {known.tasksPerWorker} tasks by default; with {match[1]} its memory may not suffice, "
            "and tasks then fail. Take a larger class if they do.",
            Severity.WARNING,
        )


def _parsing(value: str | None, size: str, known: EnvironmentClass) -> Iterator[Finding]:
    threads = parsing_threads(known)
    if value and value.isdecimal() and threads and int(value) > threads:
        yield Finding(
            "ParsingProcessesAboveClass",
            f"{WHERE}[{PARSING}]",
            f"{value} are more than the {threads} that a scheduler of {size} has beside itself: tasks may be scheduled "
            "late. Take fewer, or a larger class.",
            Severity.WARNING,
        )


def parsing_threads(known: EnvironmentClass) -> int | None:
    """Give how many threads parse DAGs at most: two for each vCPU, less one for the scheduler (guide 04, section 2.3)."""
    return 2 * known.vcpu - 1 if known.vcpu else None


def _timeouts(values: Mapping[str, str]) -> Iterator[Finding]:
    if (IMPORT in values or PROCESSOR in values) and _seconds(values, IMPORT) >= _seconds(values, PROCESSOR):
        yield Finding(
            "ImportTimeoutTooLong",
            f"{WHERE}[{IMPORT}]",
            f"{IMPORT} is {_seconds(values, IMPORT)} s and must be less than {PROCESSOR}, which is "
            f"{_seconds(values, PROCESSOR)} s. Lower the first or raise the second.",
            Severity.WARNING,
        )
    if (FETCH in values or UPDATE in values) and _seconds(values, FETCH) <= _seconds(values, UPDATE):
        yield Finding(
            "SerializedDagIntervals",
            f"{WHERE}[{FETCH}]",
            f"{FETCH} is {_seconds(values, FETCH)} s, and should be above {UPDATE}, which is {_seconds(values, UPDATE)} s: "
            "the same DAGs are read again and again. Raise the first or lower the second.",
            Severity.WARNING,
        )


def _seconds(values: Mapping[str, str], name: str) -> int:
    given = values.get(name, "")
    return int(given) if given.isdecimal() else DEFAULTS[name]


def _mail(values: Mapping[str, str]) -> Iterator[Finding]:
    port, ssl, start = values.get("smtp.smtp_port"), values.get("smtp.smtp_ssl"), values.get("smtp.smtp_starttls")
    if port == "25":
        text = "AWS blocks port 25 for what goes out, unless you have asked AWS to open it. Use 587."
        yield Finding("SmtpPortBlocked", f"{WHERE}[smtp.smtp_port]", text, Severity.WARNING)
    if ssl == "True" and (start == "True" or port == "587"):
        other = "with smtp.smtp_starttls" if start == "True" else "at port 587"
        yield Finding(
            "SmtpTlsContradiction",
            f"{WHERE}[smtp.smtp_ssl]",
            f"TLS from the first byte does not go {other}: set smtp.smtp_starttls alone for port 587, smtp.smtp_ssl alone "
            "for port 465.",
            Severity.WARNING,
        )
