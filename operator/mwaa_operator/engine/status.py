"""The status document of one run. Pure; written only when it differs from the one that is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.adapter import Adapter
from ..core.condition import Condition, merged
from ..core.memory import PartMemory
from ..core.observed import Observed, Sight, Unreadable
from ..core.part import Graph
from ..core.plan import Plan
from .ports import Body
from .world import BOOKKEEPING

STEP_LIMIT, CHANGE_LIMIT, WAIT_LIMIT = 50, 50, 20
"""A status beyond the bounds of its schema would be refused whole (api/shared.py)."""
MESSAGE_LIMIT = 500
RECONCILE_AT = ("mwaa-operator.dev/reconcile-at", "reconcile.fluxcd.io/requestedAt")


def document(
    body: Body,
    conditions: tuple[Condition, ...],
    facts: Mapping[str, Any],
    parts: list[dict[str, Any]],
    plan: dict[str, Any] | None,
    now: str,
) -> dict[str, Any]:
    """Put a status together.

    Args:
        body: the object as it was read.
        conditions: what is to be said now.
        facts: the kind's own fields; those that are None are left out.
        parts: from `part_list`.
        plan: from `plan_view`, when there is something to do.
        now: RFC 3339.
    """
    generation = body["metadata"].get("generation", 0)
    before = body.get("status", {})
    status: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
    status["observedGeneration"] = generation
    status["conditions"] = merged(before.get("conditions", ()), conditions, generation, now)
    if parts:
        status["parts"] = parts
    if plan:
        status["plan"] = plan
    return {**status, **handled(body)}


def handled(body: Body) -> dict[str, Any]:
    """Echo the annotation by which a user asked for a look, so that they can wait for it."""
    annotations = body["metadata"].get("annotations", {})
    asked = next((annotations[name] for name in RECONCILE_AT if name in annotations), None)
    return {"lastHandledReconcileAt": asked} if asked else {}


def unchanged_but(body: Body, conditions: tuple[Condition, ...], now: str) -> dict[str, Any]:
    """Keep facts, parts and plan as they are and say something new: nothing could be looked at."""
    before = body.get("status", {})
    facts = {name: value for name, value in before.items() if name not in BOOKKEEPING}
    return document(body, conditions, facts, list(before.get("parts", ())), before.get("plan"), now)


def part_list(graph: Graph, sights: Mapping[str, Sight], memory: Mapping[str, PartMemory]) -> list[dict[str, Any]]:
    """Show each part with id and state, and keep what must be remembered of it."""
    names = [*graph.order(), *(name for name in memory if name not in graph.parts)]
    return [_part(name, graph, sights.get(name), memory.get(name)) for name in names]


def _part(name: str, graph: Graph, sight: Sight, known: PartMemory | None) -> dict[str, Any]:
    type_ = graph.parts[name].model.TYPE if name in graph.parts else known.type if known else ""
    entry: dict[str, Any] = {"name": name, "type": type_, "state": "Absent"}
    if isinstance(sight, Observed):
        entry |= {"state": sight.state.value, "id": sight.id}
        if sight.message:
            entry["message"] = sight.message[:MESSAGE_LIMIT]
    elif isinstance(sight, Unreadable):
        entry |= {"state": "Unknown", "message": sight.problem.message[:MESSAGE_LIMIT]}
    if known:
        memory = {name: getattr(known, name) for name in ("id", "made", "since", "applied", "attempted")}
        entry |= {key: value for key, value in memory.items() if value is not None and key not in entry}
        if known.remember:
            entry["remember"] = dict(known.remember)
    return entry


def plan_view(plan: Plan, adapters: Mapping[str, Adapter[Any]], types: Mapping[str, str]) -> dict[str, Any] | None:
    """Show a plan: what each step does, by which call, and what it waits for. Secrets are masked."""
    if not plan.steps:
        return None
    steps = []
    for step in plan.steps[:STEP_LIMIT]:
        action = step.action.value
        entry: dict[str, Any] = {"part": step.part, "action": action}
        if call := adapters[types[step.part]].CALLS.get(action.lower()):
            entry["call"] = call
        if step.changes:
            entry["changes"] = [
                {key: value if key in ("path", "effect") else _shown(value) for key, value in change.shown().items()}
                for change in step.changes[:CHANGE_LIMIT]
            ]
        if step.needs:
            entry["waitsFor"] = [need.message[:MESSAGE_LIMIT] for need in step.needs[:WAIT_LIMIT]]
        steps.append(entry)
    return {"hash": plan.hash, "steps": steps}


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else "none" if value is None else json.dumps(value, ensure_ascii=False)
    return text[:MESSAGE_LIMIT]
