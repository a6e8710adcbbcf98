"""Taking things away: what is ours, dependents first; what is kept is let go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .change import Change
from .memory import Memory, PartMemory
from .need import Need
from .observed import Observed, Sight, State
from .owner import ADOPT_TAG, OWNER_TAG
from .part import Effect, Graph, Part
from .policy import Policy, others
from .step import Action, Step
from .wording import some

SAID_PARTS = 5
"""How many parts a message names."""


def pruning(
    graph: Graph, sights: Mapping[str, Sight], memory: Memory, policy: Policy, changing: Collection[str]
) -> list[Step]:
    """Take away what an earlier spec asked for and the present one does not, once nobody uses it any more.

    Args:
        graph: what is asked for now.
        sights: all that was seen.
        memory: also of parts that left the graph, and of who used them.
        policy: what the object allows.
        changing: parts of the graph that are there, and may still use what the spec does not speak of any more.
    """
    left = {name: sight for name in memory if name not in graph.parts and (sight := sights.get(name))}
    ours = {name: sight for name, sight in left.items() if isinstance(sight, Observed) and not others(sight, policy)}
    kept = {name for name in ours if policy.retain or memory[name].keep or name in graph.let_go}
    holding = left.keys() - kept - {name for name in left if _is_others(left[name], policy)}
    steps: list[Step] = []
    for name, sight in ours.items():
        known = memory[name].used_by
        users = graph.parts.keys() if known is None else known
        waits = [Need("PartNotReady", f"{name} stays until {u} is as asked") for u in sorted({*users} & {*changing})]
        waits += [_still_there(name, user) for user in sorted({*users} & holding - {name})]
        if name in kept:
            steps.extend(step.waiting(*waits) for step in _release(name, None, sight, policy))
        else:
            steps.append(Step(name, Action.DELETE, None, needs=(*waits, *going(sight))))
    return steps


def deletion(graph: Graph, sights: Mapping[str, Sight], memory: Memory, policy: Policy) -> list[Step]:
    """Delete all that is ours, in reverse."""
    present = {name for name, sight in sights.items() if sight is not None and not _is_others(sight, policy)}
    present -= {name for name in memory if name not in graph.parts and (memory[name].keep or name in graph.let_go)}
    steps: list[Step] = []
    # of parts that no graph knows, and of which nothing was written down, nobody can say what stands on what: they go one
    # by one, in the order of the memory
    stray: list[str] = []
    for name in (*(n for n in memory if n not in graph.parts), *reversed(graph.order())):
        sight, part, known = sights.get(name), graph.parts.get(name), memory.get(name)
        if not isinstance(sight, Observed) or (part and part.model.READ_ONLY) or others(sight, policy):
            continue
        keep = part.keep if part else (known and known.keep) or name in graph.let_go
        if policy.retain or keep:
            steps.extend(_release(name, part, sight, policy))
            continue
        users = {*known.used_by} - graph.parts.keys() if known and known.used_by else set()
        if part:
            users |= _held_by(graph, name)
        elif known and known.used_by is not None:
            users = {user for user in known.used_by if user not in graph.parts or not graph.parts[user].keep}
        else:
            users, stray = {*stray[-1:]}, [*stray, name]
        waits = [_still_there(name, user) for user in sorted(users & present)]
        steps.append(Step(name, Action.DELETE, part.model if part else None, needs=(*waits, *going(sight))))
    return steps


def ending(kept: Sequence[str], going: Sequence[str], *, retain: bool) -> str:
    """Say that an object is being deleted, and what becomes of its parts.

    Args:
        kept: the parts that are let go.
        going: the parts that are deleted.
        retain: its `deletionPolicy` is `Retain`.
    """
    said = [
        f"the {some(names, SAID_PARTS)} {one if len(names) == 1 else many}"
        for names, one, many in (
            (kept, "stays in AWS and is released", "stay in AWS and are released"),
            (going, "is deleted in AWS", "are deleted in AWS"),
        )
        if names
    ]
    return f"the object is being deleted (deletionPolicy: {'Retain' if retain else 'Delete'}): {'; '.join(said)}"


def ties(graph: Graph, name: str, known: PartMemory | None) -> dict[str, object]:
    """Give what is noted of a part for when the graph has it no more: who uses it, or did, and whether it stays."""
    part = graph.parts.get(name)
    if part is None or part.model.READ_ONLY:
        return {}
    before = [
        user
        for user in (known.used_by if known and known.used_by else ())
        if user not in graph.parts or name not in graph.parts[user].outlives
    ]
    return {"used_by": tuple(sorted({*before, *_held_by(graph, name)})), "keep": part.keep}


def _held_by(graph: Graph, name: str) -> set[str]:
    """Name the parts that must be gone before the given one may go."""
    outlived = {other for other in graph.dependents(name) if name in graph.parts[other].outlives}
    users = (graph.dependents(name) - outlived) | graph.parts[name].outlives
    return {user for user in users if not graph.parts[user].model.READ_ONLY and not graph.parts[user].keep}


def _still_there(name: str, user: str) -> Need:
    return Need("PartStillThere", f"{name} waits until {user} is gone")


def _is_others(sight: Sight, policy: Policy) -> bool:
    return isinstance(sight, Observed) and others(sight, policy)


def going(sight: Sight) -> tuple[Need, ...]:
    """Wait for a deletion that is under way instead of asking for it again."""
    if isinstance(sight, Observed) and sight.state is State.GOING:
        return (Need("Deleting", f"AWS is deleting {sight.id}"),)
    return ()


def _release(name: str, part: Part | None, sight: Observed, policy: Policy) -> list[Step]:
    """Let go of a thing that stays: nobody owns it then, and an object of the same address may adopt it.

    What has no tags of its own, such as an alias, is let go with the thing whose tags say whose it is.
    """
    tags = sight.fields.get("tags")
    if sight.owner is None or not isinstance(tags, Mapping):
        return []
    wanted = {OWNER_TAG: "", ADOPT_TAG: policy.address}
    change = Change("tags", {key: tags[key] for key in wanted if key in tags}, wanted, Effect.IN_PLACE)
    return [Step(name, Action.UPDATE, part.model if part else None, (change,))]
