"""What a check or a linter found wrong: data, so that it can be shown, counted and tested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Severity(StrEnum):
    """How far a finding stops the work."""

    NOTICE = "Notice"
    """It could not be looked at: nothing is known to be wrong."""
    WARNING = "Warning"
    ERROR = "Error"


PREFLIGHT = "Preflight"
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)
"""The worst first."""


@dataclass(frozen=True)
class Finding:
    """One fault in the input, with its fix. `code` is stable and CamelCase; `where` is a field or a file."""

    code: str
    where: str
    message: str
    severity: Severity = Severity.ERROR
    lacks: tuple[str, ...] = ()
    """The actions, as IAM names them, that the operator itself may not take by this."""
    conclusive: bool = True
    """Whether that is so for certain: not where a policy that the check does not see may allow them."""
    condition: str = PREFLIGHT
    """The condition that shows it beside Ready. One of another name is True while there is such a finding."""
    line: int | None = None
    """The line, where `where` is a file."""
    since: str = field(default="", compare=False)
    """Since when checks have found it (RFC 3339); empty where it follows from the spec alone, and at first."""

    @property
    def place(self) -> str:
        """Say where it is, with the line."""
        return f"{self.where}:{self.line}" if self.line else self.where

    def __str__(self) -> str:
        return f"{self.code}: {self.place}: {self.message}"


def harmless(finding: Finding) -> Finding:
    """Let a fault be a warning where there is nothing that it stops."""
    return replace(finding, severity=Severity.WARNING) if finding.severity is Severity.ERROR else finding


def worst_first(of_spec: Iterable[Finding], asked: Iterable[Finding] = ()) -> list[Finding]:
    """Put findings in order, each only once: by severity, and among equals what AWS was asked about first.

    What AWS says is wrong by now; what follows from the spec alone was there from the beginning.

    Args:
        of_spec: what follows from the spec.
        asked: what checks that ask AWS have found; they may find what follows from the spec as well.
    """
    known = tuple(of_spec)
    old = frozenset(known)
    return sorted(dict.fromkeys((*known, *asked)), key=lambda each: (SEVERITIES.index(each.severity), each in old))
