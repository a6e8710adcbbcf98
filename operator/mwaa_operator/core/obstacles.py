"""What stands before a step: each obstacle is a `Need` with a sentence that says what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from .change import Change, fingerprint, refused_values, written
from .memory import PartMemory
from .need import EndsBy, Need
from .observed import Observed, State
from .owner import ADOPT_TAG, OWNER_TAG
from .part import Effect, Missing, Model, Part, Ref
from .policy import Adoption, DriftPolicy, Policy, foreign, marked_by
from .settled import is_drift
from .wording import some

SAID_CHANGES = 10
"""How many differences a message names."""


def before_creation(part: Part, model: Model, settled: Mapping[str, bool]) -> tuple[Need, ...]:
    """List what must be there before a part can be created."""
    missing = [late.need for _, late in model.late() if isinstance(late, Missing)]
    waits = {late.part for _, late in model.late() if isinstance(late, Ref)}
    waits |= {name for name in part.after if not settled.get(name, False)}
    named = [Need("PartNotReady", f"{part.name} waits for {other}") for other in sorted(waits)]
    return (*part.needs, *missing, *named)


def lost(part: Part, model: Model) -> tuple[Need, ...]:
    """List what a part that is there was built upon and that exists no more."""
    missing = [late.need for _, late in model.late() if isinstance(late, Missing)]
    return tuple(need for need in (*part.needs, *missing) if need.reason == "DependencyNotFound")


def before_change(
    part: Part,
    model: Model,
    sight: Observed,
    found: tuple[Change, ...],
    memory: PartMemory | None,
    policy: Policy,
    now: datetime,
) -> tuple[Need, ...]:
    """List what stands before closing some differences."""
    if foreign(sight, policy):
        return (_not_ours(part, sight, policy),)
    if refused := [change for change in found if change.effect is Effect.REFUSED]:
        return (_immutable(part, refused),)
    what = ", ".join(change.label for change in found)
    tried = memory is not None and memory.attempted == fingerprint(model)
    needs: list[Need] = []
    if policy.drift is DriftPolicy.REPORT and is_drift(model, sight, memory, policy):
        needs.append(_drifted(part, found))
    if sight.failure and tried and not _failed_before(sight, memory):
        needs.append(
            Need(
                "UpdateRolledBack",
                f"{part.name}: AWS could not apply {what}: {sight.failure.code}: {sight.failure.message}. "
                "It is not sent again until the spec changes.",
                EndsBy.USER,
                "Synced",
            )
        )
    needs += _not_ready(part, sight, what, tried)
    if any(change.effect is Effect.RESTART for change in found):
        needs += _not_now(part, model, what, memory, now)
    return (*needs, *model.obstacles(found), *part.needs)


def _failed_before(sight: Observed, memory: PartMemory | None) -> bool:
    """Tell whether the failure that AWS shows was there already when the change was last attempted: that never arrived."""
    return sight.worked is not None and memory is not None and memory.attempted_after == sight.worked


def _drifted(part: Part, found: tuple[Change, ...]) -> Need:
    said = [change.undone() for change in found]
    return Need(
        "DriftReported",
        f"{part.name} was changed in AWS (declared -> there): {some(said, SAID_CHANGES)}. Declare what is "
        "there, put it back in AWS, or let it be put back with `driftPolicy: Correct`.",
        EndsBy.USER,
        "Drifted",
    )


def _not_ours(part: Part, sight: Observed, policy: Policy) -> Need:
    if policy.adoption is Adoption.ALWAYS:
        # the mark is another object's: with this policy whatever has none is taken
        whose = marked_by(sight) or "an object that its tags do not name"
        text = (
            f"{part.name}: {sight.id} exists already, and {whose} has marked it as its own, which not even "
            "`adoption: Always` takes away: two objects would undo each other's changes. Delete that one first, with "
            f"`deletionPolicy: Retain`; if it is no more, take the tag {OWNER_TAG} off, or add {ADOPT_TAG} = "
            f"{policy.address}."
        )
    else:
        text = (
            f"{part.name}: {sight.id} exists already and belongs to somebody else. Choose another name, or take it over "
            f"with `adoption: Always` (or `IfTagged` and the tag {ADOPT_TAG} = {policy.address} on it)."
        )
    return Need("NotOurs", text, EndsBy.USER, "Synced")


def _immutable(part: Part, refused: list[Change]) -> Need:
    shown = [each.shown() for each in refused]
    names = ", ".join(f"{c['path']}{refused_values(written(c['observed']), written(c['desired']))}" for c in shown)
    return Need(
        "ImmutableField",
        f"{part.name}: AWS cannot change {names}. Put the old value back, or {part.model.INSTEAD}.",
        EndsBy.USER,
        "Synced",
    )


def _not_ready(part: Part, sight: Observed, what: str, tried: bool) -> list[Need]:
    if sight.answers:
        return []
    word = sight.reason or sight.state
    if sight.state is State.FAILED:
        text = f"{part.name} is {word}: {what} cannot be changed"
        return [Need(sight.reason or "Failed", text, EndsBy.USER, "Synced")]
    if tried:
        return [Need("Applying", f"{part.name}: {what} is on the way")]
    return [Need("Busy", f"{part.name} is {word}: {what} waits", condition="UpdatePending")]


def _not_now(part: Part, model: Model, what: str, memory: PartMemory | None, now: datetime) -> list[Need]:
    """Tell what interrupts users to wait for its time."""
    needs: list[Need] = []
    if part.window and (opens := part.window.opens(now)):
        text = f"{part.name}: {what} waits for the change window, which opens at {opens.isoformat(timespec='minutes')}"
        needs.append(Need("OutsideChangeWindow", text, condition="UpdatePending", until=opens))
    if part.settling:
        known = memory is not None and memory.asked == fingerprint(model) and memory.asked_at is not None
        begun = datetime.fromisoformat(str(memory.asked_at)) if memory and known else now
        if (until := begun + part.settling) > now:
            text = f"{part.name}: {what} waits until {until.isoformat(timespec='seconds')} for further edits"
            needs.append(Need("Settling", text, condition="UpdatePending", until=until))
    return needs
