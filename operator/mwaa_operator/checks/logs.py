"""What known lines in an environment's logs mean, and that a log has none (guide 04, section 10.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from ..core.finding import Finding, Severity

QUIET = timedelta(minutes=10)
"""How long a component of a running environment may have written nothing."""
KILLED = re.compile(r"reports task instance .*although the (task|TaskInstance).* says its|Was the task killed externally")
LIBRARY = re.compile(r"Cannot locate a 64-bit Oracle Client library")


def told(where: str, lines: Iterable[str]) -> Iterator[Finding]:
    """Explain what is known among the lines of a log, each code once."""
    every = "\n".join(lines)
    if KILLED.search(every):
        yield Finding(
            "TaskTimeLimit",
            where,
            "a task ran for longer than 12 hours, and was taken from its worker. Split it, or wait in a sensor or a "
            "deferrable operator.",
            Severity.WARNING,
        )
    if LIBRARY.search(every):
        yield Finding(
            "PluginsLoadedLazily",
            where,
            "a library of the plugins is not there when it is needed. Set core.lazy_load_plugins to False.",
            Severity.WARNING,
        )


def silent(where: str, role: str, running: timedelta) -> Iterator[Finding]:
    """Say what a log without a single line means, once the environment has run for long enough.

    Args:
        where: the log group.
        role: the ARN of the execution role.
        running: since when the environment is AVAILABLE.
    """
    if running >= QUIET:
        yield Finding(
            "LogsEmpty",
            where,
            f"the log is enabled and empty. Allow {role} logs:CreateLogStream, logs:PutLogEvents and logs:GetLogEvents on "
            "it, logs:DescribeLogGroups on *, and s3:GetObject*, s3:GetBucket* and s3:List* on the bucket.",
            Severity.WARNING,
        )
