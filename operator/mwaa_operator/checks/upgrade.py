"""What of an environment does not fit the version that it shall change to (guide 02, section 7.3). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..core.catalogue import version_tuple
from ..core.finding import Finding, Severity

MISMATCHES = frozenset(
    {
        "ConstraintOfOtherVersion",
        "ExtrasOfOtherVersion",
        "OptionUnknownToVersion",
        "PluginsOfOtherMajor",
        "WebserverInstallsNothing",
    }
)
"""Findings that may make AWS roll a change of version back, which takes it hours. Otherwise they are warnings."""


@dataclass(frozen=True)
class VersionChange:
    """A change of version that is asked for and has not been made yet."""

    running: str
    asked: str
    accepted: bool
    """Whether the user wants it in spite of what does not fit."""

    @property
    def pending(self) -> bool:
        """Whether there is one."""
        return bool(self.running and self.asked) and self.running != self.asked


def before(change: VersionChange, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Let what does not fit the new version hold the change, as long as nobody has accepted it."""
    for finding in findings:
        holds = change.pending and not change.accepted and finding.code in MISMATCHES
        yield _holding(finding, change) if holds else finding


def plugins(change: VersionChange) -> Iterator[Finding]:
    """Name plugins that go from one major version to another."""
    if change.pending and version_tuple(change.running)[:1] != version_tuple(change.asked)[:1]:
        text = (
            f"they were written for Airflow {change.running}, and {change.asked} has other ways to extend its user "
            "interface: views and blueprints of Airflow 2 may be missing in Airflow 3. Try them with the new version first."
        )
        yield Finding("PluginsOfOtherMajor", "spec.pluginsS3Path", text, Severity.WARNING)


def _holding(finding: Finding, change: VersionChange) -> Finding:
    then = (
        f" This holds the change from {change.running} to {change.asked}; with spec.upgrade.acceptMismatches: true it is "
        "made all the same."
    )
    return replace(finding, message=finding.message + then, severity=Severity.ERROR)
