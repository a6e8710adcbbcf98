"""What can happen to the operator, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .stage import Stage


class Fault(StrEnum):
    """What happens at a write."""

    KILL_BEFORE = "kill-before"
    """The operator dies; the write was sent and never arrived."""
    KILL_AFTER = "kill-after"
    """The operator dies; the write was carried out and its reply never read."""
    LOST = "reply-lost"
    """The write was carried out, and the operator, which lives on, sees a broken connection."""


@dataclass(frozen=True, order=True)
class Point:
    """The n-th write of a name. Counted by name, since the order of what runs side by side differs between runs."""

    write: str
    """`service:Operation` for AWS; for Kubernetes as `proxy.py` names it."""
    number: int = 1

    @property
    def in_kubernetes(self) -> bool:
        """Whether the API server is written to, and not AWS."""
        return ": " in self.write


@dataclass(frozen=True)
class Case:
    """One fault at one write of a scenario."""

    scenario: str
    point: Point
    fault: Fault

    def __str__(self) -> str:
        return f"{self.scenario} {self.fault} {self.point.write}#{self.point.number}"


@dataclass(frozen=True)
class Scenario:
    """Something that is done to the operator, and what the operator writes meanwhile.

    The writes are committed, so that each case has a name and a sample can be drawn; `test_crash.py` holds them against a
    real run.
    """

    name: str
    prepare: Callable[[Stage], None]
    """Brings about what is there before: no fault comes yet, and nothing counts."""
    play: Callable[[Stage], None]
    """Does what the scenario is about, and takes an inventory wherever it must be as if nothing had happened."""
    aws: Mapping[str, int] = field(default_factory=dict)
    """How often each call that writes is made."""
    kubernetes: frozenset[str] = frozenset()
    """What is written to our objects. Each counts once: how often a status is written again depends on who is faster. Events
    and the lease are left out: nothing is decided by an event, and a lease is not part of a scenario."""
    sometimes: frozenset[str] = frozenset()
    """What is written to them when the operator looks at a moment that cannot be waited for."""

    @property
    def points(self) -> tuple[Point, ...]:
        """Give every write."""
        in_aws = tuple(Point(write, number) for write in sorted(self.aws) for number in range(1, self.aws[write] + 1))
        return in_aws + tuple(map(Point, sorted(self.kubernetes)))

    @property
    def cases(self) -> tuple[Case, ...]:
        """Give every fault at every write."""
        return tuple(Case(self.name, point, fault) for point in self.points for fault in Fault)
