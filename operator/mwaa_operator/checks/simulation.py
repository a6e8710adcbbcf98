"""What IAM's policy simulator is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Decision(StrEnum):
    """The simulator's words."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "implicitDeny"
    DENIED = "explicitDeny"


@dataclass(frozen=True)
class Ask:
    """Actions on one resource, under one context."""

    actions: tuple[str, ...]
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """The decision about one action on one resource."""

    action: str
    resource: str
    decision: Decision
    missing: tuple[str, ...] = ()
    """Condition keys that policies ask for and that were not given: the decision rests on their being absent."""


class Simulator(Protocol):
    """May raise `OutsideError`, with NOT_FOUND where there is no such role or user."""

    async def simulate(self, region: str, principal: str, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Ask IAM at once what a role or user may do, all its policies considered.

        A condition key that several asks name has one value in all of them.
        """
        ...


def refused(answers: Sequence[Answer], decision: Decision) -> str:
    """Name the actions with one decision, by resource; empty when there are none."""
    found: dict[str, list[str]] = {}
    for each in answers:
        if each.decision is decision:
            found.setdefault(each.resource, []).append(each.action)
    return "; ".join(f"{', '.join(sorted(actions))} on {resource}" for resource, actions in found.items())
