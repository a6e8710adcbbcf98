"""A plan as data and as text: what each step does, by which call, with which values, and what it waits for. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

from ..core.change import brief, masked, refused_values
from ..core.deletion import ending
from ..core.finding import Severity
from ..core.observed import Unreadable
from ..core.owner import GROUP
from ..core.part import Effect, Missing, Model, Ref
from ..core.step import Action, Step
from ..engine.ports import Registry
from ..engine.status import plan_view
from .change_view import mapping_of, parsed, rows
from .output import table, wrapped
from .planning import NEW_UID, Planned
from .standing import blocked, standing

VALUE_LIMIT = 60
"""How much of a value a line shows; JSON and YAML have all of it."""
LEFT_TO_AWS, NOT_SET = "AWS's default", "not set"
MORE = "  "
"""The indent of what goes on in the next line."""
NOTHING_CAN_BE_DONE = "nothing can be done"
APPROVAL = "waits for approval"
"""What a need says that names the whole plan; the plan is shown here already."""


def view(planned: Planned, registry: Registry, checked: Mapping[str, Any]) -> dict[str, Any]:
    """Give all that a plan says. It is what `status.plan` would say, and the values of what is to be created beside that.

    Args:
        planned: the object, and the look at it.
        registry: knows the calls.
        checked: what is wrong with it, from `checking.checked`.
    """
    run, meta = planned.run, planned.body["metadata"]
    shown = plan_view(run.plan, registry.adapters, run.types, run.memory) or {"hash": run.plan.hash, "steps": []}
    stuck = blocked(run)
    steps = [_with_more(entry, planned, step, stuck) for entry, step in zip(shown["steps"], run.plan.steps, strict=False)]
    unseen = [
        {"part": name, "message": sight.problem.message}
        for name, sight in run.sights.items()
        if isinstance(sight, Unreadable) and not (name in run.graph.parts and run.graph.parts[name].model.READ_ONLY)
    ]
    return {
        "kind": planned.obj.kind,
        "namespace": planned.obj.namespace,
        "name": planned.obj.name,
        "applied": meta["uid"] != NEW_UID,
        "suspended": planned.obj.spec.suspend,
        "deleting": said_of_the_end(steps, retain=run.policy.retain) if run.policy.deleting else "",
        "hash": shown["hash"],
        "steps": steps,
        **checked,
        "unseen": unseen,
        "standing": standing(planned),
    }


def said_of_the_end(steps: Iterable[Mapping[str, Any]], *, retain: bool) -> str:
    """Say of an object that is being deleted what becomes of its parts; its plan has no other steps."""
    of = {action: [step["part"] for step in steps if step["action"] == action] for action in (Action.UPDATE, Action.DELETE)}
    return ending(of[Action.UPDATE], of[Action.DELETE], retain=retain) if any(of.values()) else ""


def _with_more(entry: Mapping[str, Any], planned: Planned, step: Step, stuck: Collection[str]) -> dict[str, Any]:
    more = {**entry, **({"drift": True} if step.is_drift else {}), **({"blocked": True} if step.part in stuck else {})}
    if step.action is Action.CREATE and step.model:
        more.pop("changes", None)  # each field says where its value is from instead
        more["fields"] = list(_fields(step.model, planned.obj.spec))
    if usually := _usually(step):
        more["usuallyMinutes"] = int(usually.total_seconds() // 60)
    return more


def _usually(step: Step) -> timedelta | None:
    if step.model is None or not (step.action is Action.CREATE or step.disruptive):
        return None
    known = step.model.TAKES.get(step.action.value)
    return known or (step.model.USUALLY if step.action is Action.CREATE else None)


def _fields(model: Model, spec: Any) -> Iterator[dict[str, object]]:
    """Give every field of a thing that is to be made, and where its value is from."""
    for each in fields(model):
        if not each.metadata["compare"]:
            continue
        origin = _origin(each.name, getattr(model, each.name), model, spec)
        if origin == NOT_SET and each.name not in type(spec).model_fields:
            continue  # nobody can declare it, and AWS has no value for it: such as a restart
        first, *rest = each.name.split("_")
        value = getattr(model, each.name)
        yield {
            "path": first + "".join(word.capitalize() for word in rest),
            "value": _value(value),
            "origin": origin,
        }


def _value(value: object) -> object:
    """Give a value as JSON can hold it; the owner tags, which everything gets, say nothing here."""
    if isinstance(value, Missing):
        return "(not known yet)"
    if isinstance(value, Ref):
        return f"({value.output} of {value.part})"
    if isinstance(value, Mapping):
        return masked({key: each for key, each in value.items() if not str(key).startswith(f"{GROUP}/")})
    return masked(tuple(_value(item) for item in value)) if isinstance(value, tuple) else masked(value)


def _origin(name: str, value: object, model: Model, spec: Any) -> str:
    """Say whether the user has declared a value, a default of ours gives it, it follows from others, or AWS decides."""
    if value is None:
        return NOT_SET if name in model.NO_DEFAULT else LEFT_TO_AWS
    field = type(spec).model_fields.get(name)
    # the API server writes defaults into what it stores: nobody can tell whether a user has written one too
    if name in spec.model_fields_set and getattr(spec, name) is not None and field and getattr(spec, name) != field.default:
        return "declared"
    return "default" if field is not None and getattr(spec, name) == value else "derived"


def lines(view: Mapping[str, Any]) -> Iterator[str]:
    """Write a plan for people."""
    called = f"{view['kind']} {view['namespace']}/{view['name']}"
    notice = Severity.NOTICE.value
    yield from _findings(each for each in view.get("findings", ()) if each["severity"] != notice)
    if unmade := len(view.get("notMade", ())):
        yield f"{unmade} check{'s' * (unmade != 1)} could not be made: `kubectl mwaa preflight` says why"
    for unseen in view.get("unseen", ()):
        yield from wrapped(f"{unseen['part']} could not be looked at: {unseen['message']}", "", MORE)
    yield from _plan(called, view)
    if notices := list(_findings(each for each in view.get("findings", ()) if each["severity"] == notice)):
        yield ""
        yield from notices


def _findings(findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for finding in findings:
        yield from wrapped(f"{finding['severity']} {finding['code']}: {finding['where']}: {finding['message']}", "", MORE)


def _plan(called: str, view: Mapping[str, Any]) -> Iterator[str]:
    steps, stands = view["steps"], view.get("standing", ())
    if not steps:
        yield f"{called}: {_nothing(stands)}"
        yield from _stands(view)
        return
    new = "" if view.get("applied", True) else " (not applied yet)"
    count = f"{len(steps)} step{'s' * (len(steps) != 1)}" if would_change(view) else NOTHING_CAN_BE_DONE
    yield f"{called}{new}: {count}, plan {view['hash']}"
    if end := view.get("deleting"):
        yield from wrapped(end, "", MORE)
        steps = [{**step, "action": "Release"} if step["action"] == Action.UPDATE else step for step in steps]
    yield from _stands(view)
    if all(asks_approval(step) for step in steps):
        yield f"all of it {APPROVAL}: kubectl mwaa approve {view['kind'].lower()}/{view['name']} -n {view['namespace']}"
        steps = [{**step, "waitsFor": [need for need in step["waitsFor"] if APPROVAL not in need]} for step in steps]
    number = 0
    for same in _alike(steps):
        yield ""
        yield from _step(number + 1, same)
        number += len(same)


def _nothing(stands: Sequence[Mapping[str, Any]]) -> str:
    """Say why a plan has no steps."""
    if any(each["stalled"] for each in stands):
        return NOTHING_CAN_BE_DONE
    if any(each["reason"] == "DependencyNotFound" for each in stands):
        return "what is to do cannot be told yet"
    return "nothing to do that could be told here" if any(map(_is_unknown, stands)) else "nothing to do"


def asks_approval(step: Mapping[str, Any]) -> bool:
    """Tell whether a step waits for the approval of its plan."""
    return any(APPROVAL in need for need in step.get("waitsFor", ()))


def _alike(steps: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Put steps together that follow each other and do the same to different parts, such as a tag to five log groups."""
    for _, same in itertools.groupby(steps, key=lambda step: {name: step[name] for name in step if name != "part"}):
        yield list(same)


def _stands(view: Mapping[str, Any]) -> Iterator[str]:
    """Write what is in the way of all of it."""
    if view.get("suspended"):
        yield "spec.suspend is true: nothing is done before that is taken back"
    for each in view.get("standing", ()):
        word = "blocked" if each["stalled"] else "not known" if _is_unknown(each) else "on the way"
        yield from wrapped(f"{word}: {each['reason']}: {each['message']}", "", MORE)


def _is_unknown(standing: Mapping[str, Any]) -> bool:
    return standing["reason"] in ("NotFetched", "DependencyNotFound")


def _step(number: int, same: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Write steps that do the same to different parts."""
    step, parts = same[0], ", ".join(each["part"] for each in same)
    numbers = f"{number}-{number + len(same) - 1}" if len(same) > 1 else str(number)
    creates = step["action"] == Action.CREATE  # what a change would do says nothing of what is made
    effects = [] if creates else sorted({change["effect"] for change in step.get("changes", ())} - {"InPlace"})
    usually = f"usually {step['usuallyMinutes']} min" if "usuallyMinutes" in step else ""
    before = f"the last time {step['lastTime']}" if "lastTime" in step else ""
    drift = "changed in AWS by somebody else" if step.get("drift") else ""
    words = [f"{numbers}. {step['action']} {parts}", step.get("call", ""), *effects, usually, before, drift]
    yield "   ".join(word for word in words if word)
    changed = [row for change in step.get("changes", ()) for row in rows(change)]
    yield from table((), [(path, said, "" if creates else effect) for path, said, effect in changed], indent=" " * 5)
    yield from _fields_of(step.get("fields", ()))
    ahead = f"{step['part']} waits for "
    if first := [need.removeprefix(ahead) for need in step.get("waitsFor", ()) if need.startswith(ahead)]:
        yield from wrapped(f"after: {', '.join(first)}", " " * 5, " " * 7)
    waits = dict.fromkeys(need for need in step.get("waitsFor", ()) if not need.startswith(ahead))
    # what AWS cannot change stands above with both values
    refused = [each for each in step.get("changes", ()) if each["effect"] == Effect.REFUSED]
    beside = [refused_values(each["observed"], each["desired"]) for each in refused]
    for need in waits:
        for values in beside:
            need = need.replace(values, "", 1)
        yield from wrapped(APPROVAL if APPROVAL in need else f"waits: {need}", " " * 5, " " * 7)


def _fields_of(fields: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write the fields of what is to be made: those with a value one by one, the others by their names."""
    named = {LEFT_TO_AWS: list[str](), NOT_SET: list[str]()}
    given = list[tuple[str, str, str]]()
    for each in fields:
        if each["origin"] in named:
            named[each["origin"]].append(each["path"])
        elif of := mapping_of(each["value"]):
            given.append((each["path"], "", each["origin"]))
            given += [(f"  {key}", text(value), "") for key, value in of.items()]
        else:
            given.append((each["path"], text(each["value"]), each["origin"]))
    yield from table((), given, indent="     ")
    for origin, paths in named.items():
        if paths:
            said = f"{origin}{'s' * (origin == LEFT_TO_AWS)}: {', '.join(paths)}"
            yield from wrapped(said, " " * 5, " " * 7)


def text(value: object) -> str:
    """Give a value in one short piece; the status of an object has a mapping or a list as JSON."""
    value = parsed(value)
    if value is not None and not isinstance(value, str):
        return brief(value, VALUE_LIMIT)
    shown = "none" if value is None else value
    return shown if len(shown) <= VALUE_LIMIT else shown[:VALUE_LIMIT] + "..."


def would_change(view: Mapping[str, Any]) -> bool:
    """Tell whether there is something to do, and nobody has to change something else before."""
    return not all(step.get("blocked") for step in view["steps"])


def is_standing(view: Mapping[str, Any]) -> bool:
    """Tell whether it is not as declared, or nobody can tell here, although there is nothing to do."""
    return not would_change(view) and bool(view["steps"] or view["standing"])


def is_broken(view: Mapping[str, Any]) -> bool:
    """Tell whether the plan cannot be relied upon: something could not be seen, or the input has an error."""
    # a fault that a check finds stops a step, and leaves the plan what it is
    errors = [each for each in view["findings"] if each["severity"] == Severity.ERROR.value and "check" not in each]
    return bool(view["unseen"] or errors)
