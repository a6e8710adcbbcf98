"""What an object asks for, as data: parts, and the graph that links them (design.md, section 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .finding import Finding
from .need import Need
from .window import Window

if TYPE_CHECKING:
    from .change import Change


class Effect(StrEnum):
    """What changing a field of a part means for those who use it."""

    IN_PLACE = "InPlace"
    RESTART = "Restart"
    REPLACE = "Replace"
    """It is deleted and made anew: it has become useless, and nothing is lost with it."""
    REFUSED = "Refused"


class Until(StrEnum):
    """How far another part must be before its output may be used."""

    KNOWN = "Known"
    READY = "Ready"


@dataclass(frozen=True)
class Ref:
    """An output of another part of the same graph. Refs are the whole dependency graph: nothing is written twice."""

    part: str
    output: str
    until: Until = Until.READY


@dataclass(frozen=True)
class Missing:
    """A fact that another object has not published yet. The need says what is waited for."""

    need: Need


Late = Ref | Missing
LATE = (Ref, Missing)
"""The same for `isinstance`, which is quicker with a tuple."""


def attr(
    effect: Effect = Effect.IN_PLACE,
    *,
    compare: bool = True,
    subset: bool = False,
    **default: Any,
) -> Any:
    """Declare a field of a part's model.

    Args:
        effect: what a change of the field means.
        compare: False for fields that only say how to act, such as the bytes to upload.
        subset: only the declared keys of a mapping count; keys set by others are left alone (tags).
        default: `default=` or `default_factory=`, as in `dataclasses.field`.
    """
    metadata = {"effect": effect, "compare": compare, "subset": subset}
    return field(metadata=metadata, repr=compare, **default)


@dataclass(frozen=True)
class Model:
    """A thing in AWS or in Airflow as it should be. None in a field means: not declared, so never a difference."""

    TYPE: ClassVar[str]
    """The service and the thing, such as `ec2/subnet`: the key of its adapter."""
    USUALLY: ClassVar[timedelta | None] = None
    """How long creating it usually takes, for those who wait."""
    AFTER_NEEDS: ClassVar[bool] = False
    """It can only be read once everything it refers to is ready (a question to a running Airflow)."""
    ANNOUNCED: ClassVar[bool] = False
    """Creating it twice makes two, and AWS may not show the first at once: it is written down before it is created."""
    INSTEAD: ClassVar[str] = "make a new object and switch over"
    """What to do where AWS cannot change a field."""
    TAKES: ClassVar[Mapping[str, timedelta]] = {}
    """How long AWS is at work on it at most, as a rule, by action; of changes it is said only where they interrupt."""
    NO_DEFAULT: ClassVar[frozenset[str]] = frozenset()
    """Fields that stay empty where nobody declares them: AWS has no value of its own for them."""
    READ_ONLY: ClassVar[bool] = False
    """It is never created, changed or deleted: its state is the answer."""

    def late(self) -> Iterator[tuple[str, Late]]:
        """Give the fields whose value is not known from the spec alone."""
        return iter(self._late)

    @cached_property
    def _late(self) -> tuple[tuple[str, Late], ...]:
        """Found once: a plan asks hundreds of times."""
        found: list[tuple[str, Late]] = []
        for each in fields(self):
            value = getattr(self, each.name)
            found += [
                (each.name, item) for item in (value if isinstance(value, tuple) else (value,)) if isinstance(item, LATE)
            ]
        return tuple(found)

    def obstacles(self, changes: Sequence[Change]) -> tuple[Need, ...]:
        """List what the thing itself has against some changes, such as an upgrade that nobody has acknowledged."""
        return ()

    def with_values(self, values: Mapping[Ref, object]) -> Self:
        """Replace each Ref by its value, where that is known."""
        if not self._late:
            return self
        known: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Ref) and value in values:
                known[each.name] = values[value]
            elif isinstance(value, tuple) and any(isinstance(item, Ref) for item in value):
                known[each.name] = tuple(values.get(item, item) if isinstance(item, Ref) else item for item in value)
        return replace(self, **known)


@dataclass(frozen=True)
class Part:
    """One part of one object's graph."""

    name: str
    """Unique in the graph and stable: it is written into the owner tags."""
    model: Model
    after: frozenset[str] = frozenset()
    """Parts that must be ready first although no value comes from them."""
    condition: str | None = None
    """The condition that mirrors this part's state, such as `AirflowHealthy`."""
    needs: tuple[Need, ...] = ()
    """What the kind itself knows to be missing before this part may be written."""
    unknown: Need | None = None
    """Why nobody knows here what is wanted of it: then nothing is planned for it, and what is there is not judged."""
    checks: tuple[str, ...] = ()
    """Names of the preflight checks that stand before creating it."""
    keep: bool = False
    """It stays in AWS when the object goes."""
    outlives: frozenset[str] = frozenset()
    """Parts that must be gone before this one goes, although it was built upon them."""
    window: Window | None = None
    """When changes that interrupt its users may be made."""
    settling: timedelta = timedelta(0)
    """How long such a change waits for further edits, so that they become one."""
    remake: int = 0
    """How many times in a row it is deleted and created anew when AWS could not create it."""
    every: int = 1
    """In which of the checks of a steady object it is looked at: in each, or in every n-th, as long as the others are as
    they were. For what seldom changes by itself, and costs a call of its own."""

    def depends_on(self) -> frozenset[str]:
        """Name the parts that must come first."""
        return self._needed

    @cached_property
    def _needed(self) -> frozenset[str]:
        return self.after | {late.part for _, late in self.model.late() if isinstance(late, Ref)}


@dataclass(frozen=True)
class Graph:
    """All parts that should exist for one object, and what is wrong with its input."""

    parts: Mapping[str, Part]
    findings: tuple[Finding, ...] = ()
    retired: str = ""
    """Why all of it is to be taken down although its object stays: done only once the user has approved it."""
    leaves: Mapping[str, Any] = field(default_factory=dict)
    """What is published of it from that approval on, before the first of it goes."""
    over: bool = False
    """That was published: nothing is made or changed any more, whatever else is said."""

    let_go: frozenset[str] = frozenset()
    """Parts that an earlier spec asked for and that others look after now: they stay in AWS, without our mark."""

    @classmethod
    def of(cls, *parts: Part, findings: tuple[Finding, ...] = (), let_go: frozenset[str] = frozenset()) -> Graph:
        """Build a graph.

        Raises:
            ValueError: two parts share a name, or one depends on a part that is not there.
        """
        named = {part.name: part for part in parts}
        if len(named) != len(parts):
            raise ValueError(f"part names are not unique: {sorted(part.name for part in parts)}")
        for part in parts:
            if unknown := part.depends_on() - named.keys():
                raise ValueError(f"part {part.name} depends on {sorted(unknown)}, which the graph lacks")
        return cls(named, findings, let_go=let_go)

    def order(self) -> tuple[str, ...]:
        """Name the parts so that each comes after those it depends on.

        Raises:
            graphlib.CycleError: the parts depend on each other in a circle, which it names.
        """
        return self._order

    def dependents(self, name: str) -> frozenset[str]:
        """Name the parts that depend on the given one."""
        return self._dependents.get(name, frozenset())

    @cached_property
    def _order(self) -> tuple[str, ...]:
        return tuple(TopologicalSorter({name: part.depends_on() for name, part in self.parts.items()}).static_order())

    @cached_property
    def _dependents(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for name, part in self.parts.items():
            for needed in part.depends_on():
                found[needed].add(name)
        return {name: frozenset(users) for name, users in found.items()}
