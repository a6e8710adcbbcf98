"""A step and a plan as data: what is shown, approved by its hash, and carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from .change import Change, digest, fingerprint
from .need import Need
from .owner import OWNER_TAG
from .part import Effect, Model


class Action(StrEnum):
    """What a step does to its part."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True)
class Step:
    """One action on one part."""

    part: str
    action: Action
    model: Model | None
    changes: tuple[Change, ...] = ()
    """The fields that differ; of a creation all that are declared."""
    needs: tuple[Need, ...] = ()
    checks: tuple[str, ...] = ()
    is_drift: bool = False
    adopts: bool = False
    """It takes over what belongs to nobody, or to somebody else."""
    asked: str | None = None
    """What a creation is approved for, from `wish`."""

    @property
    def due(self) -> bool:
        """Whether nothing stands before it."""
        return not self.needs

    @property
    def disruptive(self) -> bool:
        """Whether it interrupts those who use the part."""
        return self.action is Action.UPDATE and any(change.effect is Effect.RESTART for change in self.changes)

    @property
    def releases(self) -> bool:
        """Whether it lets a thing go that stays in AWS."""
        return any(isinstance(c.desired, Mapping) and c.desired.get(OWNER_TAG) == "" for c in self.changes)

    @property
    def keys(self) -> tuple[str, ...]:
        """Hash what an approval is for, change by change, so that it still holds when some of them are closed.

        Not the needs, which come and go, and not the uid, which a plan may come before.
        """
        if self.action is not Action.UPDATE:
            return (digest([self.part, self.action.value, self.asked]),)
        changed = ([c.path, _unowned(c.observed), _unowned(c.desired)] for c in self.changes)
        return tuple(digest([self.part, self.action.value, *each]) for each in changed)

    def waiting(self, *needs: Need) -> Self:
        """Give the step with more that stands before it."""
        return replace(self, needs=(*self.needs, *needs))

    def __str__(self) -> str:
        what = f"{'release' if self.releases else self.action.value.lower()} {self.part}"
        if self.action is not Action.UPDATE:
            return what
        return f"{what} ({', '.join(change.said() for change in self.changes)}{', restarts' if self.disruptive else ''})"


def _unowned(value: object) -> object:
    return {key: each for key, each in value.items() if key != OWNER_TAG} if isinstance(value, Mapping) else value


def wish(model: Model) -> str:
    """Hash what a creation is approved for: all that is declared, before the values of other parts are known."""
    tags = getattr(model, "tags", None)
    return fingerprint(replace(model, tags=_unowned(tags)) if isinstance(tags, Mapping) else model)  # type: ignore[call-arg]


@dataclass(frozen=True)
class Plan:
    """All steps, in the order of their needs."""

    steps: tuple[Step, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    """Each part's model with the values known so far."""
    waits: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    """What stands before the parts that are only ever looked at, and what those that are there have lost."""
    address: str = ""
    """Whose plan it is: an approval is good for one object."""
    retires: bool = False
    """Nothing but the end of all is left, and that may begin."""

    @property
    def hash(self) -> str:
        """Give the hash that an approval names."""
        return digest([self.address, *(step.keys for step in self.steps)])

    @property
    def due(self) -> tuple[Step, ...]:
        """Give the steps whose needs are all met."""
        return tuple(step for step in self.steps if step.due)

    def step(self, part: str) -> Step | None:
        """Find the step for a part."""
        return next((step for step in self.steps if step.part == part), None)
