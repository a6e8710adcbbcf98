"""What AWS denied is not asked for again while a check says for certain that it is not allowed, for an hour at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..core.change import fingerprint
from ..core.errors import Problem, Trouble
from ..core.finding import Finding
from ..core.memory import PartMemory
from ..core.step import Step

AGAIN_AFTER = timedelta(hours=1)
"""After this AWS is asked whatever a check says: no check sees all that decides."""


def explained(problem: Problem, findings: Sequence[Finding]) -> Problem:
    """Add to a denial what a check says of it: who lacks what, where AWS itself may name neither."""
    said = next(_naming(problem.action, findings), None)
    return replace(problem, message=f"{problem.message} {said.message}") if said else problem


def mark(step: Step, problem: Problem | None, now: datetime) -> str | None:
    """Give what is to be remembered of a step: the action that was denied, what was asked for, and when."""
    if step.model is None or problem is None or not problem.action:
        return None
    return f"{problem.action} {fingerprint(step.model)} {now.isoformat(timespec='seconds')}"


def still(step: Step, known: PartMemory | None, findings: Sequence[Finding], now: datetime) -> Problem | None:
    """Say that a step would be denied again: a check is sure that the operator lacks the very action that AWS denied.

    Where no check is, as with a policy of the organization or of a key, there is nothing to wait for but AWS itself: then
    the step is tried again.
    """
    if step.model is None or known is None or not known.denied:
        return None
    action, asked, when = (*known.denied.split(" "), "", "")[:3]
    said = next((each for each in _naming(action, findings) if each.conclusive), None)
    if said is None or asked != fingerprint(step.model) or not when:
        return None
    # a clock that was put back must not make this wait for longer
    if abs(now - datetime.fromisoformat(when)) >= AGAIN_AFTER:
        return None
    message = (
        f"AWS denied {action}, and it is not asked again before the policies or the spec change or an hour has passed, "
        f"since that is still not allowed: {said.message}"
    )
    return Problem(Trouble.DENIED, "AccessDenied", message, action)


def _naming(action: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    return (each for each in findings if action in each.lacks)
