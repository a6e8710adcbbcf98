"""Do the logs of tasks get to where Airflow's pages read them? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity

SEEN = frozenset({"DEBUG", "INFO"})


def findings(enabled: bool, level: str) -> Iterator[Finding]:
    """Look at `spec.loggingConfiguration.taskLogs` (guide part 4, section 10.2)."""
    if not enabled or level not in SEEN:
        yield Finding(
            "TaskLogsTooQuiet",
            "spec.loggingConfiguration.taskLogs",
            "Airflow's pages show the logs of tasks only where they are sent at INFO. Enable them, with logLevel INFO.",
            Severity.WARNING,
        )
