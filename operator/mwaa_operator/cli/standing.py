"""What keeps an object from being as declared, beside the steps of its plan: in the words of its conditions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..core.condition import Condition, Truth, find
from ..core.finding import Severity
from ..core.need import EndsBy
from ..core.observed import Observed, State, Unreadable
from ..core.report import report
from ..engine import situations
from ..engine.run import Run
from .planning import Planned


def standing(planned: Planned) -> list[dict[str, Any]]:
    """Say what is in the way of an object, or that AWS is at work on it.

    Returns:
        Each with `reason` and `message` as a condition has them, and `stalled`: nothing goes on before somebody changes
        something. What the steps, the findings and the unseen parts of a plan say already is left out.
    """
    return [{"reason": each.reason, "message": each.message, "stalled": stalled} for each, stalled in _standing(planned)]


def blocked(run: Run) -> set[str]:
    """Name the parts whose step cannot be taken before somebody changes something; to approve the plan is not meant."""
    found = {
        name
        for name, sight in run.sights.items()
        if isinstance(sight, Observed) and sight.state is State.FAILED and run.plan.step(name) is None
    }
    for step in run.plan.steps:
        part = run.graph.parts.get(step.part)
        stopped = any(need.ends_by is EndsBy.USER and need.condition != "AwaitingApproval" for need in step.needs)
        waits = not step.due and all(need.reason == "PartNotReady" for need in step.needs)
        if stopped or (waits and part and part.depends_on() & found):
            found.add(step.part)
    return found


def _standing(planned: Planned) -> Iterator[tuple[Condition, bool]]:
    if planned.holders:
        yield situations.held(list(planned.holders))[0], True
        return
    unknown = [] if planned.obj.deleting else [part.unknown for part in planned.run.graph.parts.values() if part.unknown]
    for need in dict.fromkeys(unknown):
        yield Condition("Ready", Truth.UNKNOWN, need.reason, need.message), False
    said = {each.type: each for each in _report(planned)}
    ready, stalled, plan = said["Ready"], said.get("Stalled"), planned.run.plan
    codes = {each.code for each in planned.run.graph.findings if each.severity is Severity.ERROR}
    told = {need.message for step in plan.steps for need in step.needs}
    if stalled and stalled.reason not in codes and stalled.message not in told:
        yield (ready if ready.reason == stalled.reason else stalled), True
    elif not plan.steps and ready.status is not Truth.TRUE and ready.reason not in codes | {need.reason for need in unknown}:
        yield ready, bool(stalled)
    if plan.due and not stalled and (last := _last_word(planned)):
        yield last, True


def _report(planned: Planned) -> tuple[Condition, ...]:
    """Report on the look as a run does. What only you may not ask of Airflow says nothing of the object."""
    run = planned.run
    models = {name: part.model for name, part in run.graph.parts.items()}
    hidden = {
        name
        for name, sight in run.sights.items()
        if isinstance(sight, Unreadable) and name in models and models[name].READ_ONLY
    }
    found = run.found()
    found = replace(
        found,
        sights={name: sight for name, sight in found.sights.items() if name not in hidden},
        unready_since=situations.unready_since(planned.body),
    )
    return report(found, False, situations.was_ready(planned.body), "").conditions


def _last_word(planned: Planned) -> Condition | None:
    """Give what stopped the operator when it tried: checks and refusals of AWS are met only then."""
    body = planned.body
    entry: Mapping[str, Any] | None = find(body.get("status", {}).get("conditions", ()), "Stalled")
    if entry is None or not planned.as_stored or entry.get("observedGeneration") != body["metadata"].get("generation"):
        return None
    return Condition("Stalled", Truth.TRUE, str(entry["reason"]), str(entry["message"]))
