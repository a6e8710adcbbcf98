"""What AWS denied is not asked for again while a check still says that it is not allowed, and nothing else is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..core.change import fingerprint
from ..core.errors import Problem, Trouble
from ..core.finding import Finding
from ..core.memory import PartMemory
from ..core.step import Step


def explained(problem: Problem, findings: Sequence[Finding]) -> Problem:
    """Add to a denial what a check says of it: who lacks what, where AWS itself may name neither."""
    said = _named(problem.action, findings)
    return replace(problem, message=f"{problem.message} {said.message}") if said else problem


def mark(step: Step, problem: Problem | None) -> str | None:
    """Give what is to be remembered of a step: the action that was denied, and what was asked for."""
    if step.model is None or problem is None or not problem.action:
        return None
    return f"{problem.action} {fingerprint(step.model)}"


def still(step: Step, known: PartMemory | None, findings: Sequence[Finding]) -> Problem | None:
    """Say that a step would be denied again: by the same words a check names the very action that AWS denied.

    Where no check sees the denial, as with a policy of the organization, there is nothing to wait for but AWS itself: then
    the step is tried again.
    """
    if step.model is None or known is None or not known.denied:
        return None
    action, _, asked = known.denied.partition(" ")
    said = _named(action, findings)
    if said is None or asked != fingerprint(step.model):
        return None
    message = (
        f"AWS denied {action}, and it is not asked again before the policies or the spec change, since that is still not "
        f"allowed: {said.message}"
    )
    return Problem(Trouble.DENIED, "AccessDenied", message, action)


def _named(action: str, findings: Sequence[Finding]) -> Finding | None:
    return next((each for each in findings if action and action in each.message), None)
