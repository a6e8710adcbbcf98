"""Environment variables that belong to MWAA (guide part 2, section 9.1): it restores its own value of each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.finding import Finding
from .shell import Command
from .startup_script import StartupScript, is_assignment

RESERVED = (
    *("MWAA__AIRFLOW__COMPONENT", "AIRFLOW__WEBSERVER__SECRET_KEY", "AIRFLOW__CORE__FERNET_KEY"),
    *("AIRFLOW_HOME", "AIRFLOW_VERSION"),
    *("AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND"),
    *("AIRFLOW__CELERY__DEFAULT_QUEUE", "AIRFLOW__OPERATORS__DEFAULT_QUEUE", "AIRFLOW__CELERY__WORKER_AUTOSCALE"),
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT",
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__REGION",
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES",
    *("SQL_ALCHEMY_CONN", "AIRFLOW__CORE__SQL_ALCHEMY_CONN"),
    *("AIRFLOW_CONN_AWS_DEFAULT", "AWS_DEFAULT_REGION", "AWS_REGION"),
    *("AIRFLOW__METRICS__METRICS_BLOCK_LIST", "AIRFLOW__METRICS__STATSD_ALLOW_LIST", "AIRFLOW__METRICS__STATSD_ON"),
    *("AIRFLOW__METRICS__STATSD_HOST", "AIRFLOW__METRICS__STATSD_PORT", "AIRFLOW__METRICS__STATSD_PREFIX"),
    *("AIRFLOW__CORE__DAG_CONCURRENCY", "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG", "AIRFLOW__CORE__PARALLELISM"),
    *("AIRFLOW__SCHEDULER__PARSING_PROCESSES", "AIRFLOW__SCHEDULER__ALLOWED_RUN_ID_PATTERN"),
    *("AIRFLOW__CORE__LOAD_EXAMPLES", "AIRFLOW__WEBSERVER__BASE_URL", "PYTHONUNBUFFERED"),
)
"""All 33, as the guide lists them."""
OPTIONS = frozenset(
    {
        *("AIRFLOW__CELERY__WORKER_AUTOSCALE", "AIRFLOW__CORE__PARALLELISM", "AIRFLOW__CORE__DAG_CONCURRENCY"),
        *("AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG", "AIRFLOW__SCHEDULER__PARSING_PROCESSES"),
        "AIRFLOW__SCHEDULER__ALLOWED_RUN_ID_PATTERN",
    }
)
"""Those that MWAA takes as configuration options (guide part 2, sections 6 and 16.2)."""
EXPORTING = frozenset({"export", "declare", "typeset", "readonly", "local"})


def _spelled(name: str) -> str:
    """Write a name with single underscores: editions of the guide differ in how many there are."""
    return re.sub("_+", "_", name)


_KNOWN = {_spelled(name): name for name in RESERVED}


def reserved(script: StartupScript) -> Iterator[Finding]:
    """Find assignments of them. One before a command holds for that command alone, and is nobody's business."""
    for command in script.commands:
        for name in _assigned(command):
            if known := _KNOWN.get(_spelled(name)):
                yield Finding("ReservedVariable", "", f"it sets {name}. {_instead(known)}", line=command.line)


def _assigned(command: Command) -> Iterator[str]:
    words = list(command.words)
    exports = words[0] in EXPORTING
    if not exports and not all(map(is_assignment, words)):
        return
    for word in words[exports:]:
        if is_assignment(word):
            yield word.partition("=")[0].removesuffix("+")


def _instead(name: str) -> str:
    lead = "MWAA restores its own value of that variable. Take it out"
    if name not in OPTIONS:
        return f"{lead}."
    section, _, option = name.removeprefix("AIRFLOW__").lower().partition("__")
    return f"{lead}, and give the option {section}.{option} in airflowConfigurationOptions of the Environment."
