"""What there is to do and why it may not be done yet. Pure: the same input gives the same plan and the same hash."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from .annotation import APPROVE
from .change import Change, changes, creation
from .deletion import deletion, ending, going, pruning
from .memory import Memory, PartMemory
from .need import EndsBy, Need
from .observed import Observed, Sight, State, Unreadable
from .obstacles import before_change, before_creation, lost
from .owner import GROUP
from .part import Effect, Graph, Model, Part, Ref, Until
from .policy import Policy, as_found, foreign, others
from .settled import is_drift
from .step import Action, Plan, Step, wish
from .wording import some


def known_values(
    graph: Graph, sights: Mapping[str, Sight], settled: Mapping[str, bool], policy: Policy
) -> dict[Ref, object]:
    """Collect the value of each Ref whose part is far enough, and not somebody else's: nothing is built upon that."""
    values: dict[Ref, object] = {}
    for part in graph.parts.values():
        for _, late in part.model.late():
            if not isinstance(late, Ref):
                continue
            sight = sights.get(late.part)
            far_enough = settled.get(late.part, False) or late.until is Until.KNOWN
            if not isinstance(sight, Observed) or foreign(sight, policy):
                continue
            if far_enough and late.output in sight.outputs:
                values[late] = sight.outputs[late.output]
    return values


def make_plan(
    graph: Graph,
    sights: Mapping[str, Sight],
    memory: Memory,
    policy: Policy,
    now: datetime,
    held: Collection[str] = (),
) -> Plan:
    """Compare what should exist with what does.

    A part that was not looked at (`Unreadable`), or of which nobody knows what is wanted, gets no step; those that depend on
    it wait. Of `held` parts the change was refused a moment ago: they stay as they are, and what only looks at them goes on,
    as it does where AWS could not finish a change and restored what was there.
    """
    if policy.deleting:
        last = deletion(graph, sights, memory, policy)
        return Plan(tuple(_seen_by_the_user(last, memory, policy, _why(last, policy))), address=policy.address)
    end = _retirement(graph, sights, memory, policy)
    if end is not None and (graph.over or not any(map(_asks, end))):
        return Plan(end, address=policy.address, retires=True)
    models: dict[str, Model] = {}
    settled: dict[str, bool] = {}
    stays = {
        name: True
        for name, sight in sights.items()
        if isinstance(sight, Observed) and sight.answers and (name in held or sight.state is State.FAILED)
    }
    waits: dict[str, tuple[Need, ...]] = {}
    steps: list[Step] = []
    for name in graph.order():
        part = graph.parts[name]
        far = {**settled, **stays} if part.model.READ_ONLY else settled
        models[name] = part.model.with_values(known_values(graph, sights, far, policy))
        sight = sights.get(name)
        step = _step(part, models[name], sight, memory.get(name), policy, settled, now)
        if part.unknown or _stands_without(graph, name, sights, policy):
            step = None
        ready = isinstance(sight, Observed) and sight.state is State.READY and _stands(step, sight, policy)
        settled[name] = ready and part.unknown is None
        if part.unknown:
            waits[name] = (part.unknown,)
        elif step:
            steps.append(step)
        elif sight is None and models[name].READ_ONLY:
            waits[name] = before_creation(part, models[name], far)
        elif gone := lost(part, models[name]):
            waits[name] = gone
    steps = _of_use(graph, steps)
    changing = {name for name, part in graph.parts.items() if part.unknown or not _as_asked(name, sights, models, steps)}
    steps.extend(pruning(graph, sights, memory, policy, changing))
    if end and len(held_up := _held_up(graph, steps)) == len(steps):
        # what is not as asked is not noted as settled either
        standing = {name: model for name, model in models.items() if name not in held_up}
        return Plan(end, standing, waits, policy.address)
    return Plan(tuple(_seen_by_the_user(steps, memory, policy)), models, waits, policy.address)


def _why(steps: Sequence[Step], policy: Policy) -> str:
    going = [step.part for step in steps if step.action is Action.DELETE]
    return ending([step.part for step in steps if step.releases], going, retain=policy.retain)


def _as_asked(name: str, sights: Mapping[str, Sight], models: Mapping[str, Model], steps: Collection[Step]) -> bool:
    """Tell whether AWS has nothing of a part but what the present spec asks for: a part that is not there has nothing."""
    sight = sights.get(name)
    if sight is None or models[name].READ_ONLY:
        return True
    settled = isinstance(sight, Observed) and sight.state is State.READY and not any(models[name].late())
    return settled and all(step.part != name for step in steps)


def _retirement(graph: Graph, sights: Mapping[str, Sight], memory: Memory, policy: Policy) -> tuple[Step, ...] | None:
    """Give the steps that take down what has had its time: the user approves them, whatever else needs no approval.

    Until then everything goes on as it is, and what changes meanwhile is done first. Where nothing that is there is ours,
    there is nothing to approve, and all goes on until the object itself goes.
    """
    if not graph.retired:
        return None
    steps = deletion(graph, sights, memory, policy)
    if not steps and not graph.over and any(sights.values()):
        return None
    return tuple(_seen_by_the_user(steps, memory, replace(policy, manual=True), graph.retired))


def _of_use(graph: Graph, steps: Sequence[Step]) -> list[Step]:
    """Hold back what would be made only to be handed to things that AWS cannot make what is asked."""
    never = {step.part for step in steps if any(need.reason == "ImmutableField" for need in step.needs)}
    wants = {
        step.part: {late.part for _, late in step.model.late() if isinstance(late, Ref)} for step in steps if step.model
    }

    def held(step: Step) -> Step:
        users = graph.dependents(step.part)
        if step.action is not Action.CREATE or not users or not all(u in never and step.part in wants[u] for u in users):
            return step
        text = (
            f"{step.part} is not made: only {some(sorted(users), SHOWN_STEPS)} would use it, and cannot become what is asked"
        )
        return step.waiting(Need("PartNotReady", text, EndsBy.USER))

    return [held(step) for step in steps]


def _held_up(graph: Graph, steps: Iterable[Step]) -> set[str]:
    """Name the parts whose step only the user can let go on, and those that wait for nothing but such a one."""
    found: set[str] = set()
    for step in steps:
        part = graph.parts.get(step.part)
        waits = all(need.reason == "PartNotReady" for need in step.needs) and not step.due
        if any(need.ends_by is EndsBy.USER for need in step.needs) or (waits and part and part.depends_on() & found):
            found.add(step.part)
    return found


def _asks(step: Step) -> bool:
    return any(need.condition == "AwaitingApproval" for need in step.needs)


STANDING = frozenset({"DriftReported", "ImmutableField", "UpdateRolledBack", "OutsideChangeWindow", "Settling"})
"""Needs that leave a part as it is for a long while, as those do that end by the user: others may go on using it."""


def _stands(step: Step | None, sight: Observed, policy: Policy) -> bool:
    """Tell whether others may build on a part that is there: it is as asked, or will not be touched for now."""
    if step is None:
        return True
    passing = [need for need in step.needs if need.reason not in STANDING and need.ends_by is not EndsBy.USER]
    return not foreign(sight, policy) and not passing and (policy.manual or bool(step.needs))


def _step(
    part: Part,
    model: Model,
    sight: Sight,
    memory: PartMemory | None,
    policy: Policy,
    settled: Mapping[str, bool],
    now: datetime,
) -> Step | None:
    if isinstance(sight, Unreadable):
        return None
    if sight is None:
        if model.READ_ONLY:
            return None
        needs, asked = before_creation(part, model, settled), wish(part.model)
        return Step(part.name, Action.CREATE, model, creation(model), needs, part.checks, asked=asked)
    if sight.stillborn and not others(sight, policy) and (memory.remade if memory else 0) < part.remake:
        return Step(part.name, Action.DELETE, model)
    found = changes(model, sight)
    if not found or (as_found(sight, policy) and _only_marks(found)):
        return None
    if any(change.effect is Effect.REPLACE for change in found) and not others(sight, policy):
        return Step(part.name, Action.DELETE, model, needs=going(sight))
    needs = before_change(part, model, sight, found, memory, policy, now)
    drift, taken = is_drift(model, sight, memory, policy), others(sight, policy)
    step = Step(part.name, Action.UPDATE, model, found, needs, is_drift=drift, adopts=taken)
    return replace(step, checks=part.checks) if step.disruptive else step


def _only_marks(found: tuple[Change, ...]) -> bool:
    """Tell whether owner tags are all that differs."""
    return all(change.path == "tags" and _marks_alone(change.observed, change.desired) for change in found)


def _marks_alone(present: object, wanted: object) -> bool:
    assert isinstance(present, Mapping) and isinstance(wanted, Mapping)
    return all(key.startswith(f"{GROUP}/") for key, value in wanted.items() if present.get(key) != value)


def _stands_without(graph: Graph, name: str, sights: Mapping[str, Sight], policy: Policy) -> bool:
    """Tell whether a part that is not there only goes before things that somebody else has made without it."""
    users = graph.dependents(name)
    return sights.get(name) is None and bool(users) and all(as_found(sights.get(user), policy) for user in users)


def _seen_by_the_user(steps: list[Step], memory: Memory, policy: Policy, why: str = "") -> list[Step]:
    """Hold back what must be shown first, and what must be approved."""
    hash_ = Plan(tuple(steps), address=policy.address).hash
    if policy.shown is not None and policy.shown != hash_:
        taken = [step for step in steps if step.adopts and step.due]
        steps = [step.waiting(_first_shown(taken)) if step in taken else step for step in steps]
    if not policy.manual or hash_ == policy.approved:
        return steps
    asks = [step for step in steps if not _approved(step, memory)]
    need = _awaits_approval(asks, hash_, policy, why)
    return [step.waiting(need) if step in asks else step for step in steps]


def _approved(step: Step, memory: Memory) -> bool:
    known = memory.get(step.part)
    return known is not None and known.approved is not None and set(step.keys) <= set(known.approved.split())


SHOWN_STEPS = 5


def _first_shown(steps: list[Step]) -> Need:
    """Say once for all that is taken over what that changes."""
    text = f"what exists is taken over at the next look: {_shown(steps)}"
    return Need("AdoptionShown", text, condition="UpdatePending")


def _shown(steps: Sequence[Step]) -> str:
    return some(list(map(str, steps)), SHOWN_STEPS, "; ") + (" (see status.plan)" if len(steps) > SHOWN_STEPS else "")


def _awaits_approval(steps: list[Step], hash_: str, policy: Policy, why: str) -> Need:
    """Name what an approval is for, what interrupts users first, and how to give it."""
    namespace, _, name = policy.address.partition("/")
    because = f"{why}: " if why else ""
    first = sorted(steps, key=lambda step: not step.disruptive)
    text = (
        f"{because}plan {hash_} waits for approval: {_shown(first)}. Approve it with "
        f"`kubectl mwaa approve {name} -n {namespace}`, or with the annotation {APPROVE}={hash_}"
    )
    return Need("AwaitingApproval", text, EndsBy.USER, "AwaitingApproval")
