"""Doing: every step whose needs are met, side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..core.adapter import Target
from ..core.call import calls_sent
from ..core.change import fingerprint
from ..core.errors import OutsideError, Problem, Trouble
from ..core.finding import Finding, Severity
from ..core.memory import PartMemory, noted
from ..core.observed import Observed, Sight
from ..core.part import Model
from ..core.step import Action, Step
from . import denied
from .ports import ConflictError, Registry

Foretell = Callable[[Step], Awaitable[None]]
"""Told of a disruptive update right before it is sent, so that a crash does not make it forgotten."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What came of one step."""

    step: Step
    sight: Sight = None
    problem: Problem | None = None
    findings: tuple[Finding, ...] = ()
    asked: bool = True
    """Whether AWS was asked, and not spared since it has denied the same before."""

    @property
    def refused(self) -> bool:
        """Whether it is certain that nothing came of it."""
        return self.problem is not None and self.problem.trouble is not Trouble.UNAVAILABLE

    @property
    def stopped(self) -> bool:
        """Whether a check kept it from being done."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


async def act(
    registry: Registry,
    steps: Sequence[Step],
    targets: Mapping[str, tuple[str, Target[Any]]],
    sights: Mapping[str, Sight],
    memory: Mapping[str, PartMemory],
    foretell: Foretell,
    now: datetime,
) -> list[Outcome]:
    """Carry out steps that are due, all at once, and say what came of each."""
    taken = (_take(registry, s, *targets[s.part], sights.get(s.part), memory.get(s.part), foretell, now) for s in steps)
    return await asyncio.gather(*taken)


async def _take(
    registry: Registry,
    step: Step,
    type_: str,
    target: Target[Any],
    sight: Sight,
    known: PartMemory | None,
    foretell: Foretell,
    now: datetime,
) -> Outcome:
    adapter = registry.adapters[type_]
    findings: tuple[Finding, ...] = ()
    try:
        if step.model:
            findings = await check(registry, step.checks, step.model, target.region)
        if Outcome(step, findings=findings).stopped:
            return Outcome(step, sight, findings=findings)
        if problem := denied.still(step, known, findings, now):
            return Outcome(step, sight, problem, findings, asked=False)
        log.info("%s %s", step.action.value.lower(), step.part, extra={"call": calls_sent(adapter.CALLS, step)})
        if step.action is Action.CREATE:
            return Outcome(step, await adapter.create(target), findings=findings)
        if not isinstance(sight, Observed):
            return Outcome(step, sight)
        if step.action is Action.UPDATE:
            if step.disruptive:
                await foretell(step)
            return Outcome(step, await adapter.update(target, sight, step.changes), findings=findings)
        await adapter.delete(target, sight)
        return Outcome(step)
    except ConflictError:
        # the status cannot be written either, so nobody ever reads this
        changed = Problem(Trouble.NOT_YET, "Progressing", "the object was edited meanwhile, and is looked at again")
        return Outcome(step, sight, changed, findings)
    except OutsideError as error:
        log.warning("%s %s: %s", step.action.value.lower(), step.part, error.problem.message)
        return Outcome(step, sight, denied.explained(error.problem, findings), findings)
    except Exception as error:
        # a fault of our own in one step must not hide what came of the others
        log.exception("%s %s failed in a way nobody foresaw", step.action.value.lower(), step.part)
        return Outcome(step, sight, internal(error), findings)


def internal(error: Exception) -> Problem:
    """Show a fault of our own: what it was, and where to find more."""
    text = f"a fault of the operator itself: {type(error).__name__}: {error}. Its log has more; please report it"
    return Problem(Trouble.UNAVAILABLE, "InternalError", text)


async def check(registry: Registry, names: Sequence[str], model: Model, region: str) -> tuple[Finding, ...]:
    """Make preflight checks, all at once.

    Raises:
        OutsideError: the facts of one could not be read.
    """
    found = await asyncio.gather(*(registry.checks[name].findings(model, region) for name in names))
    return tuple(finding for findings in found for finding in findings)


def remembered(memory: Mapping[str, PartMemory], outcome: Outcome, type_: str, now: datetime) -> dict[str, PartMemory]:
    """Note what a step has left behind."""
    step = outcome.step
    if step.action is Action.DELETE:
        return noted(memory, step.part, type_, doing=step.action.value) if outcome.problem is None else dict(memory)
    news: dict[str, object] = {}
    if isinstance(outcome.sight, Observed):
        news["id"] = outcome.sight.id
    if step.model and not outcome.refused and not outcome.stopped:
        news |= attempt(step, outcome.sight, sure=outcome.problem is None)
    if outcome.asked and not outcome.stopped:
        news["denied"] = denied.mark(step, outcome.problem, now)
    return noted(memory, step.part, type_, **news)


def attempt(step: Step, sight: Sight, *, sure: bool) -> dict[str, object]:
    """Give what is noted of asking AWS for something; unless it is sure that this arrived, also after what else it was."""
    assert step.model
    after = sight.worked if isinstance(sight, Observed) and step.action is Action.UPDATE and not sure else None
    return {"attempted": fingerprint(step.model), "attempted_after": after, "doing": step.action.value}
