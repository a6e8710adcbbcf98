"""Do the logs show what the startup script and the requirements came to? Pure (guide part 2, sections 8 and 12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.finding import Finding, Severity

HEARD = frozenset({"INFO", "DEBUG"})
WHERE = "spec.loggingConfiguration"


def findings(quiet: Sequence[str], *, script: bool, requirements: bool) -> Iterator[Finding]:
    """Name logs that are off, or that take only what is worse than INFO.

    Args:
        quiet: the logs of components that are so, such as `schedulerLogs`.
        script: whether there is a startup script.
        requirements: whether there is a requirements.txt.
    """
    if quiet and script:
        yield Finding(
            "StartupLogsOff",
            WHERE,
            f"{_named(quiet)} {'is' if len(quiet) == 1 else 'are'} not sent at INFO: what becomes of the startup script "
            "there is seen by nobody. Enable, with logLevel INFO.",
            Severity.WARNING,
        )
    if requirements and "schedulerLogs" in quiet:
        yield Finding(
            "InstallLogsTooQuiet",
            f"{WHERE}.schedulerLogs",
            "what pip says of the requirements goes to the scheduler's log at INFO, which is not sent. Enable it, with "
            "logLevel INFO.",
            Severity.WARNING,
        )


def _named(logs: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(logs[:-1]), logs[-1]]))
