"""What there is to do and why it may not be done yet. Pure: the same input gives the same plan and the same hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .change import Change, changes, digest, fingerprint
from .memory import Memory, PartMemory
from .need import Kind, Need
from .observed import Observed, Sight, State, Unreadable
from .owner import ADOPT_TAG, GROUP, OWNER_TAG
from .part import Effect, Graph, Missing, Model, Part, Ref, Until


class Action(StrEnum):
    """What a step does to its part."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class Adoption(StrEnum):
    """When a thing that exists already may be taken over."""

    NEVER = "Never"
    IF_TAGGED = "IfTagged"
    ALWAYS = "Always"


class DriftPolicy(StrEnum):
    """What happens to a difference that somebody made in AWS."""

    CORRECT = "Correct"
    REPORT = "Report"


@dataclass(frozen=True)
class Policy:
    """What the object allows the engine to do."""

    uid: str
    address: str = ""
    """`namespace/name`: what a thing that is let go invites to adopt it again."""
    adoption: Adoption = Adoption.NEVER
    drift: DriftPolicy = DriftPolicy.CORRECT
    manual: bool = False
    approved: str | None = None
    """The plan hash that the user approved."""
    retain: bool = False
    deleting: bool = False


@dataclass(frozen=True)
class Step:
    """One action on one part."""

    part: str
    action: Action
    model: Model | None
    changes: tuple[Change, ...] = ()
    needs: tuple[Need, ...] = ()
    checks: tuple[str, ...] = ()
    is_drift: bool = False

    @property
    def due(self) -> bool:
        """Whether nothing stands before it."""
        return not self.needs

    def essence(self) -> object:
        """Give what an approval is for: not the needs, which come and go, and not the uid, which a plan may come before."""
        asked = fingerprint(_unnamed(self.model)) if self.model and self.action is Action.CREATE else None
        return [
            self.part,
            self.action.value,
            asked,
            [[c.path, *map(_without_owner, (c.observed, c.desired))] for c in self.changes],
        ]


def _unnamed(model: Model) -> Model:
    tags = getattr(model, "tags", None)
    return replace(model, tags=_without_owner(tags)) if isinstance(tags, Mapping) else model  # type: ignore[call-arg]


def _without_owner(value: object) -> object:
    return {key: each for key, each in value.items() if key != OWNER_TAG} if isinstance(value, Mapping) else value


@dataclass(frozen=True)
class Plan:
    """All steps, in the order of their needs."""

    steps: tuple[Step, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    """Each part's model with the values known so far."""
    waits: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    """What stands before the parts that are only ever looked at, and what those that are there have lost."""

    @property
    def hash(self) -> str:
        """Give the hash that an approval names."""
        return digest([step.essence() for step in self.steps])

    @property
    def due(self) -> tuple[Step, ...]:
        """Give the steps whose needs are all met."""
        return tuple(step for step in self.steps if step.due)

    def step(self, part: str) -> Step | None:
        """Find the step for a part."""
        return next((step for step in self.steps if step.part == part), None)


def known_values(graph: Graph, sights: Mapping[str, Sight], settled: Mapping[str, bool]) -> dict[Ref, object]:
    """Collect the value of each Ref whose part is far enough."""
    values: dict[Ref, object] = {}
    for part in graph.parts.values():
        for _, late in part.model.late():
            if not isinstance(late, Ref):
                continue
            sight = sights.get(late.part)
            far_enough = settled.get(late.part, False) or late.until is Until.KNOWN
            if isinstance(sight, Observed) and far_enough and late.output in sight.outputs:
                values[late] = sight.outputs[late.output]
    return values


def make_plan(graph: Graph, sights: Mapping[str, Sight], memory: Memory, policy: Policy) -> Plan:
    """Compare what should exist with what does.

    A part that was not looked at (`Unreadable`) gets no step; those that depend on it wait.
    """
    if policy.deleting:
        return _deletion(graph, sights, memory, policy)
    models: dict[str, Model] = {}
    settled: dict[str, bool] = {}
    waits: dict[str, tuple[Need, ...]] = {}
    steps: list[Step] = []
    for name in graph.order():
        part = graph.parts[name]
        models[name] = part.model.with_values(known_values(graph, sights, settled))
        sight = sights.get(name)
        step = _step(part, models[name], sight, memory.get(name), policy, settled)
        if step and _stands_without(graph, name, sights, policy):
            step = None
        settled[name] = isinstance(sight, Observed) and sight.state is State.READY and _stands(step, sight, policy)
        if step:
            steps.append(step)
        elif sight is None and models[name].READ_ONLY:
            waits[name] = _needs(part, models[name], settled)
        elif lost := _lost(part, models[name]):
            waits[name] = lost
    steps.extend(_pruning(graph, sights, memory))
    if policy.manual and steps and Plan(tuple(steps)).hash != policy.approved:
        steps = _awaiting_approval(steps)
    return Plan(tuple(steps), models, waits)


STANDING = frozenset({"DriftReported", "ImmutableField", "UpdateRolledBack"})
"""Needs that leave a part as it is for as long as the user wants: others may go on using it."""


def _stands(step: Step | None, sight: Observed, policy: Policy) -> bool:
    """Tell whether others may build on a part that is there: it is as asked, or will not be touched for now."""
    if step is None:
        return True
    waits = {need.reason for need in step.needs}
    asks = policy.manual and not waits - STANDING
    return not foreign(sight, policy) and (asks or (bool(waits) and waits <= STANDING))


def _step(
    part: Part,
    model: Model,
    sight: Sight,
    memory: PartMemory | None,
    policy: Policy,
    settled: Mapping[str, bool],
) -> Step | None:
    if isinstance(sight, Unreadable):
        return None
    if sight is None:
        if model.READ_ONLY:
            return None
        return Step(part.name, Action.CREATE, model, needs=_needs(part, model, settled), checks=part.checks)
    found = changes(model, sight)
    if not found or (as_found(sight, policy) and _only_marks(found)):
        return None
    is_drift = memory is not None and memory.applied == fingerprint(model)
    needs = (*_change_needs(part, model, sight, found, memory, policy, is_drift), *part.needs)
    return Step(part.name, Action.UPDATE, model, found, needs, is_drift=is_drift)


def _needs(part: Part, model: Model, settled: Mapping[str, bool]) -> tuple[Need, ...]:
    """List what must be there before a part can be created."""
    missing = [late.need for _, late in model.late() if isinstance(late, Missing)]
    waits = {late.part for _, late in model.late() if isinstance(late, Ref)}
    waits |= {name for name in part.after if not settled.get(name, False)}
    named = [Need("PartNotReady", f"{part.name} waits for {other}") for other in sorted(waits)]
    return (*part.needs, *missing, *named)


def _lost(part: Part, model: Model) -> tuple[Need, ...]:
    """List what a part that is there was built upon and that exists no more."""
    missing = [late.need for _, late in model.late() if isinstance(late, Missing)]
    return tuple(need for need in (*part.needs, *missing) if need.reason == "DependencyNotFound")


def _change_needs(
    part: Part,
    model: Model,
    sight: Observed,
    found: tuple[Change, ...],
    memory: PartMemory | None,
    policy: Policy,
    is_drift: bool,
) -> tuple[Need, ...]:
    what = ", ".join(change.label for change in found)
    if foreign(sight, policy):
        return (
            Need(
                "NotOurs",
                f"{part.name}: {sight.id} exists already and belongs to somebody else. Choose another name, or take it over "
                f"with `adoption: Always` (or `IfTagged` and the tag {ADOPT_TAG} = {policy.address} on it).",
                Kind.USER,
                "Synced",
            ),
        )
    if refused := [change for change in found if change.effect is Effect.REFUSED]:
        names = ", ".join(f"{c.label} (is {c.shown()['observed']}, asked {c.shown()['desired']})" for c in refused)
        return (
            Need(
                "ImmutableField",
                f"{part.name}: AWS cannot change {names}. Put the old value back, or make a new object and switch over.",
                Kind.USER,
                "Synced",
            ),
        )
    needs: list[Need] = []
    if is_drift and policy.drift is DriftPolicy.REPORT:
        needs.append(Need("DriftReported", f"{part.name} was changed in AWS: {what}", Kind.USER, "Drifted"))
    if sight.failure and memory and memory.attempted == fingerprint(model):
        needs.append(
            Need(
                "UpdateRolledBack",
                f"{part.name}: AWS could not apply {what}: {sight.failure.code}: {sight.failure.message}. "
                "It is not sent again until the spec changes.",
                Kind.USER,
                "Synced",
            )
        )
    if sight.state is not State.READY and not (sight.state is State.FAILED and sight.failure):
        word = sight.reason or sight.state
        if sight.state is State.FAILED:
            needs.append(
                Need(sight.reason or "Failed", f"{part.name} is {word}: {what} cannot be changed", Kind.USER, "Synced")
            )
        elif memory and memory.attempted == fingerprint(model):
            needs.append(Need("Applying", f"{part.name} is {word}: {what} is on the way"))
        else:
            needs.append(Need("Busy", f"{part.name} is {word}: {what} waits", condition="UpdatePending"))
    return tuple(needs)


def foreign(sight: Observed, policy: Policy) -> bool:
    """Tell whether a thing belongs to somebody else and must be left alone."""
    if sight.owner is None or sight.owner == policy.uid:
        return False
    if policy.adoption is Adoption.ALWAYS:
        return False
    return not (policy.adoption is Adoption.IF_TAGGED and sight.adoptable)


def as_found(sight: Sight, policy: Policy) -> bool:
    """Tell whether a thing is used as it is, without being marked as ours: it was there before, and stays when we go.

    With `adoption: Always` nobody else's mark counts, and with `deletionPolicy: Retain` nothing is deleted that a mark would
    have to allow. The marks come with the first change that is made anyway.
    """
    unmarked = isinstance(sight, Observed) and sight.owner == ""
    return unmarked and policy.adoption is Adoption.ALWAYS and policy.retain


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


def _pruning(graph: Graph, sights: Mapping[str, Sight], memory: Memory) -> list[Step]:
    """Delete what an earlier spec asked for and the present one does not."""
    gone = [name for name in memory if name not in graph.parts and isinstance(sights.get(name), Observed)]
    return [Step(name, Action.DELETE, None, needs=_going(sights[name])) for name in gone]


def _going(sight: Sight) -> tuple[Need, ...]:
    if isinstance(sight, Observed) and sight.state is State.GOING:
        return (Need("Deleting", f"AWS is deleting {sight.id}"),)
    return ()


def _deletion(graph: Graph, sights: Mapping[str, Sight], memory: Memory, policy: Policy) -> Plan:
    """Take away what is ours, dependents first; let go of what is kept."""
    present = {name for name, sight in sights.items() if sight is not None and not _is_others(sight, policy)}
    steps: list[Step] = []
    for name in (*(n for n in memory if n not in graph.parts), *reversed(graph.order())):
        sight, part = sights.get(name), graph.parts.get(name)
        if not isinstance(sight, Observed) or (part and part.model.READ_ONLY):
            continue
        if _is_others(sight, policy):
            continue
        if policy.retain or (part and part.keep):
            steps.extend(_release(name, part, sight, policy))
            continue
        users = sorted(graph.dependents(name) & present) if part else []
        waits = tuple(Need("PartStillThere", f"{name} waits until {user} is gone") for user in users if _blocks(graph, user))
        steps.append(Step(name, Action.DELETE, part.model if part else None, needs=(*waits, *_going(sight))))
    if policy.manual and steps and Plan(tuple(steps)).hash != policy.approved:
        steps = _awaiting_approval(steps)
    return Plan(tuple(steps))


def _is_others(sight: Sight, policy: Policy) -> bool:
    return isinstance(sight, Observed) and sight.owner is not None and sight.owner != policy.uid


def _release(name: str, part: Part | None, sight: Observed, policy: Policy) -> list[Step]:
    """Let go of a thing that stays: nobody owns it then, and an object of the same address may adopt it."""
    if part is None or sight.owner is None:
        return []
    change = Change("tags", {}, {OWNER_TAG: "", ADOPT_TAG: policy.address}, Effect.IN_PLACE)
    return [Step(name, Action.UPDATE, part.model, (change,))]


def _blocks(graph: Graph, user: str) -> bool:
    return not graph.parts[user].model.READ_ONLY and not graph.parts[user].keep


def _awaiting_approval(steps: list[Step]) -> list[Step]:
    hash_ = Plan(tuple(steps)).hash
    need = Need(
        "AwaitingApproval",
        f"approve plan {hash_} with the annotation mwaa-operator.dev/approve={hash_}",
        Kind.USER,
        "AwaitingApproval",
    )
    return [Step(s.part, s.action, s.model, s.changes, (*s.needs, need), s.checks, s.is_drift) for s in steps]
