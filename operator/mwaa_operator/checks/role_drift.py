"""Has somebody taken a right away from a role that environments need (guide part 1, section 15.1)? Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.finding import Finding, Severity
from .document import many


def lacking(document: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the actions that one policy allows and another one allows nowhere. Resources and conditions are not judged.

    Args:
        document: the policy in force.
        wanted: the policy that is needed.
    """
    allowed = [pattern.lower() for pattern in _allowed(document)]
    missing = (each for each in _allowed(wanted) if not any(fnmatch.fnmatchcase(each.lower(), one) for one in allowed))
    return tuple(sorted(set(missing)))


def findings(actions: Sequence[str]) -> Iterator[Finding]:
    """Warn of actions that the policy in force lacks."""
    if actions:
        yield Finding(
            "RoleLostPermission",
            "status.lackingActions",
            f"the role's policy in AWS does not allow {', '.join(actions)}, which its environments need: DAGs may fail at "
            "once. Put that back, or let the operator do so (`driftPolicy: Correct`).",
            Severity.WARNING,
        )


def _allowed(document: Mapping[str, Any]) -> Iterator[str]:
    for statement in many(document.get("Statement")):
        if statement.get("Effect") == "Allow":
            yield from many(statement.get("Action"))
