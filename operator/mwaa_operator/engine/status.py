"""The status document of one run. Pure; written only when it differs from the one that is there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from ..core.adapter import Adapter
from ..core.annotation import FLUX_RECONCILE_AT, RECONCILE_AT
from ..core.call import calls_behind
from ..core.change import written
from ..core.condition import Condition, merged
from ..core.duration import whole
from ..core.finding import SEVERITIES, Finding, worst_first
from ..core.memory import PartMemory
from ..core.need import Need
from ..core.observed import Observed, Sight, State, Unreadable
from ..core.part import Graph
from ..core.report import deadline
from ..core.step import Plan
from .ports import Body
from .world import BOOKKEEPING

STEP_LIMIT, CHANGE_LIMIT, WAIT_LIMIT = 50, 50, 20
"""A status beyond the bounds of its schema would be refused whole (api/shared.py)."""
FINDING_LIMIT, TEXT_LIMIT = 50, 2000
MESSAGE_LIMIT = 500
VALUE_LIMIT = 16_384
"""The longest value of a change: all options that an environment may have, with their values masked, are shorter."""
CUT = "..."
"""What a value that is longer ends with; of a mapping it is a key, whose value counts those that are left out."""


def document(
    body: Body,
    conditions: tuple[Condition, ...],
    facts: Mapping[str, Any],
    parts: list[dict[str, Any]],
    plan: dict[str, Any] | None,
    findings: dict[str, Any] | None,
    now: str,
) -> dict[str, Any]:
    """Put a status together.

    Args:
        body: the object as it was read.
        conditions: what is to be said now.
        facts: the kind's own fields; those that are None are left out.
        parts: from `part_list`.
        plan: from `plan_view`, when there is something to do.
        findings: from `findings_view`, when there are any.
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
    if findings:
        status["findings"] = findings
    return {**status, **handled(body)}


def handled(body: Body) -> dict[str, Any]:
    """Echo the annotation by which a user asked for a look, so that they can wait for it."""
    annotations = body["metadata"].get("annotations", {})
    asked = next((annotations[name] for name in (RECONCILE_AT, FLUX_RECONCILE_AT) if name in annotations), None)
    return {"lastHandledReconcileAt": asked} if asked else {}


def unchanged_but(body: Body, conditions: tuple[Condition, ...], now: str) -> dict[str, Any]:
    """Say something new, and keep all else as it was, each condition of its own generation: nothing could be looked at."""
    before = body.get("status", {})
    facts = {name: value for name, value in before.items() if name not in BOOKKEEPING}
    new = document(body, conditions, facts, list(before.get("parts", ())), before.get("plan"), before.get("findings"), now)
    spoken = {*(condition.type for condition in conditions), "Ready", "Reconciling", "Stalled", "Suspended"}
    kept = [entry for entry in before.get("conditions", ()) if entry["type"] not in spoken]
    return {**new, "conditions": [*new["conditions"], *kept]}


def part_list(
    graph: Graph,
    sights: Mapping[str, Sight],
    memory: Mapping[str, PartMemory],
    waits: Mapping[str, Sequence[Need]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Show each part with id and state, and keep what must be remembered of it.

    Args:
        graph: all parts.
        sights: what was seen of them.
        memory: what is remembered, also of those that left the graph.
        waits: of a plan: what is not asked before something else is ready is not gone.
    """
    names = [*graph.order(), *(name for name in memory if name not in graph.parts)]
    entries = {name: _part(name, graph, sights.get(name), memory.get(name)) for name in names}
    for name, needs in waits.items():
        if needs and sights.get(name) is None and graph.parts[name].model.READ_ONLY:
            entries[name] |= {"state": State.WAITING.value, "message": needs[0].message[:MESSAGE_LIMIT]}
    return list(entries.values())


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
        entry |= {key: value for key, value in known.written().items() if key not in entry}
        if isinstance(sight, Observed) and (end := deadline(sight, known)):
            entry["deadline"] = end.isoformat(timespec="seconds")
        if known.remember:
            entry["remember"] = dict(known.remember)
    return entry


def findings_view(of_spec: Sequence[Finding], asked: Sequence[Finding] = ()) -> dict[str, Any] | None:
    """Show what was found wrong with the input or around it, the worst first: each only once, and how many there are.

    Args:
        of_spec: what follows from the spec.
        asked: what checks that ask AWS have found.
    """
    ordered = worst_first(of_spec, asked)
    if not ordered:
        return None
    totals = {s.value.lower() + "s": sum(f.severity is s for f in ordered) for s in SEVERITIES}
    return {**totals, "items": [finding_view(each) for each in ordered[:FINDING_LIMIT]]}


def finding_view(f: Finding) -> dict[str, Any]:
    """Show one finding."""
    shown: dict[str, Any] = {
        "code": f.code,
        "severity": f.severity.value,
        "where": f.where[:MESSAGE_LIMIT],
        "line": f.line,
        "message": f.message[:TEXT_LIMIT],
        "since": f.since,
    }
    return {name: value for name, value in shown.items() if value or name not in ("line", "since")}


def plan_view(
    plan: Plan,
    adapters: Mapping[str, Adapter[Any]],
    types: Mapping[str, str],
    memory: Mapping[str, PartMemory],
) -> dict[str, Any] | None:
    """Show a plan: what each step does, by which call, how long that took before, and what it waits for.

    Secrets are masked.
    """
    if not plan.steps:
        return None
    steps = []
    for step in plan.steps[:STEP_LIMIT]:
        action = step.action.value
        entry: dict[str, Any] = {"part": step.part, "action": action}
        if call := calls_behind(adapters[types[step.part]].CALLS, step):
            entry["call"] = call
        if step.changes:
            entry["changes"] = [
                {key: value if key in ("path", "effect") else _shown(value) for key, value in change.shown().items()}
                for change in step.changes[:CHANGE_LIMIT]
            ]
        known = memory.get(step.part)
        if known and (seconds := known.took.get(action)):
            entry["lastTime"] = whole(timedelta(seconds=int(seconds)))
        if step.needs:
            entry["waitsFor"] = [need.message[:MESSAGE_LIMIT] for need in step.needs[:WAIT_LIMIT]]
        steps.append(entry)
    return {"hash": plan.hash, "steps": steps}


def _shown(value: object) -> str:
    text = written(value)
    if len(text) <= VALUE_LIMIT:
        return text
    if not isinstance(value, Mapping):
        return text[: VALUE_LIMIT - len(CUT)] + CUT
    kept: dict[str, Any] = {}
    room = VALUE_LIMIT - 50
    for key, each in value.items():
        room -= len(json.dumps({key: each}, ensure_ascii=False))
        if room < 0:
            break
        kept[key] = each
    return json.dumps({**kept, CUT: f"{len(value) - len(kept)} more"}, ensure_ascii=False)
