"""Taking things away: what is ours, dependents first; what is kept is let go."""

from __future__ import annotations

from collections.abc import Mapping

from .change import Change
from .memory import Memory
from .need import Need
from .observed import Observed, Sight, State
from .owner import ADOPT_TAG, OWNER_TAG
from .part import Effect, Graph, Part
from .policy import Policy, others
from .step import Action, Step


def pruning(graph: Graph, sights: Mapping[str, Sight], memory: Memory) -> list[Step]:
    """Delete what an earlier spec asked for and the present one does not."""
    gone = [name for name in memory if name not in graph.parts and isinstance(sights.get(name), Observed)]
    return [Step(name, Action.DELETE, None, needs=going(sights[name])) for name in gone]


def deletion(graph: Graph, sights: Mapping[str, Sight], memory: Memory, policy: Policy) -> list[Step]:
    """Delete all that is ours, in reverse."""
    present = {name for name, sight in sights.items() if sight is not None and not _is_others(sight, policy)}
    steps: list[Step] = []
    # of parts that no graph knows nobody can say what stands on what: they go one by one, in the order of the memory
    stray: list[str] = []
    for name in (*(n for n in memory if n not in graph.parts), *reversed(graph.order())):
        sight, part = sights.get(name), graph.parts.get(name)
        if not isinstance(sight, Observed) or (part and part.model.READ_ONLY) or others(sight, policy):
            continue
        if policy.retain or (part and part.keep):
            steps.extend(_release(name, part, sight, policy))
            continue
        users = sorted(_held_by(graph, name) & present) if part else stray[-1:]
        stray += [] if part else [name]
        waits = tuple(Need("PartStillThere", f"{name} waits until {user} is gone") for user in users)
        steps.append(Step(name, Action.DELETE, part.model if part else None, needs=(*waits, *going(sight))))
    return steps


def _held_by(graph: Graph, name: str) -> set[str]:
    """Name the parts that must be gone before the given one may go."""
    outlived = {other for other in graph.dependents(name) if name in graph.parts[other].outlives}
    users = (graph.dependents(name) - outlived) | graph.parts[name].outlives
    return {user for user in users if not graph.parts[user].model.READ_ONLY and not graph.parts[user].keep}


def _is_others(sight: Sight, policy: Policy) -> bool:
    return isinstance(sight, Observed) and others(sight, policy)


def going(sight: Sight) -> tuple[Need, ...]:
    """Wait for a deletion that is under way instead of asking for it again."""
    if isinstance(sight, Observed) and sight.state is State.GOING:
        return (Need("Deleting", f"AWS is deleting {sight.id}"),)
    return ()


def _release(name: str, part: Part | None, sight: Observed, policy: Policy) -> list[Step]:
    """Let go of a thing that stays: nobody owns it then, and an object of the same address may adopt it."""
    if sight.owner is None:
        return []
    change = Change("tags", {}, {OWNER_TAG: "", ADOPT_TAG: policy.address}, Effect.IN_PLACE)
    return [Step(name, Action.UPDATE, part.model if part else None, (change,))]
