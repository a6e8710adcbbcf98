"""Lines of a requirements.txt that are not looked into."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .lint_requirements import Requirements
from .requirement_lines import LONGEST


def too_long(file: Requirements) -> Iterator[Finding]:
    """Find lines that no rule has read."""
    lines = [line for line in file.lines if line.is_too_long]
    if lines:
        more = f", and so have {len(lines) - 1} others" if len(lines) > 1 else ""
        yield Finding(
            "RequirementsLineTooLong",
            lines[0].where,
            f"the line has more than {LONGEST} characters{more}: what it asks for is not checked, while pip reads it. Put "
            "each package on a line of its own, and hashes on lines that a backslash continues.",
            Severity.WARNING,
            line=lines[0].number,
        )
