"""A kind: a pure function from what a user declared, and the facts around it, to a graph of parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from .catalogue import BUILT_IN, Catalogue
from .need import EndsBy, Need
from .observed import Sight
from .origin import Fetched, Origin
from .owner import Owner
from .part import Graph, Missing

S = TypeVar("S")


@dataclass(frozen=True)
class Reference:
    """One object that another one names, and the field that names it."""

    kind: str
    name: str
    path: str
    namespace: str = ""
    """Empty: the namespace of the one that refers."""


@dataclass(frozen=True)
class Object(Generic[S]):
    """A declared object, parsed."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int
    spec: S
    annotations: Mapping[str, str] = field(default_factory=dict)
    deleting: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What it has published before: its status without conditions and parts."""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> Owner:
        """Give whose the parts are."""
        return Owner(self.kind, self.namespace, self.name, self.uid)


@dataclass(frozen=True)
class Neighbour:
    """Another object as one sees it over a reference: what it declares and what it has published."""

    kind: str
    name: str
    spec: Any
    """Parsed; None when it is not valid."""
    facts: Mapping[str, Any]
    """Its status without conditions and parts."""
    deleting: bool = False
    ready: bool = False


@dataclass(frozen=True)
class Context:
    """All that a kind may know beside the object itself."""

    account: str
    region: str
    partition: str
    targets: Mapping[tuple[str, str], Neighbour] = field(default_factory=dict)
    """The objects that it refers to, by kind and name."""
    referrers: Sequence[Neighbour] = ()
    """The objects that refer to it, of the kinds it asked for, by name."""
    documents: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """The ConfigMaps that it refers to, by name; a missing one is absent."""
    secrets: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict, repr=False)
    """The Secrets that it refers to, by name; a missing one is absent."""
    fetched: Mapping[Origin, Fetched] = field(default_factory=dict)
    """What is at the places outside that it wants files from; a place that nobody looks at now is absent."""
    catalogue: Catalogue = BUILT_IN
    """What MWAA offers, as far as it is known."""
    today: date | None = None
    """For what depends on the calendar; None where nobody says."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the administrator of the operator allows, such as `iam`."""
    foreseen: bool = False
    """Those whom it refers to are taken to have heard of it already: what is planned then is what comes when they have."""

    def neighbour(self, reference: Reference) -> Neighbour | None:
        """Look up what a reference points to."""
        return self.targets.get((reference.kind, reference.name))

    def fact(self, reference: Reference, name: str, *, covers: tuple[str, str] | None = None) -> Any:
        """Read a fact that the referenced object published, or say what is waited for.

        Args:
            reference: whom to ask.
            name: the fact, a field of its status.
            covers: `(fact, member)`: wait also until that list of facts has the member, since facts say for whom they hold.
        """
        there = self.neighbour(reference)
        called = f"{reference.kind} {reference.name}"
        if there is None:
            return Missing(
                Need(
                    "DependencyNotFound",
                    f"spec.{reference.path}: {called} does not exist in this namespace. Create it, or correct the name.",
                    condition="ReferencesResolved",
                )
            )
        if there.deleting:
            return _waits(f"spec.{reference.path}: {called} is being deleted")
        if there.facts.get(name) in (None, [], ""):
            return _waits(f"spec.{reference.path}: waits for {called} to publish {name}")
        if covers and not self.foreseen and covers[1] not in there.facts.get(covers[0], ()):
            return _waits(f"spec.{reference.path}: waits until {called} covers {covers[1]}")
        return there.facts[name]


def named(fields: Mapping[str, str], spec: Mapping[str, Any]) -> Iterator[Reference]:
    """Name the objects that a spec refers to which cannot be parsed, as far as it can be read.

    Args:
        fields: `Kind.REFERENCES`.
        spec: as it is stored.
    """
    for path, kind in fields.items():
        value = spec.get(path)
        if isinstance(value, str) and not path.endswith(("Ref", "Refs")):
            yield Reference(kind, value, path)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
                namespace = entry.get("namespace")
                yield Reference(kind, entry["name"], path, namespace if isinstance(namespace, str) else "")


def shared(kind: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the facts that concern nobody else, as a kind may say with `OWN_FACTS`: their changes wake nobody."""
    own: frozenset[str] = getattr(kind, "OWN_FACTS", frozenset())
    return {name: value for name, value in facts.items() if name not in own}


def origins_of(kind: Any, spec: Any) -> Sequence[Origin]:
    """Name the places outside that a spec wants files from: few kinds have such, and those say so with `origins(spec)`."""
    return kind.origins(spec) if hasattr(kind, "origins") else ()


def stands(kind: Any, obj: Object[Any]) -> bool:
    """Tell whether an object stands on what it delivered earlier, and wants nothing from outside, as its kind may say."""
    return bool(hasattr(kind, "stands") and kind.stands(obj))


def follows(kind: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether an object is to be looked at again at once: its graph follows from facts of its own that are new.

    A kind names such with `FOLLOWED`.
    """
    own: frozenset[str] = getattr(kind, "FOLLOWED", frozenset())
    return any(before.get(name) != after.get(name) for name in own)


def seen_kinds(kind: Any) -> frozenset[str]:
    """Name the kinds of those who refer to it that it sees: `REFERRERS`, and those of `SEES`, which do not wake it."""
    return frozenset((*kind.REFERRERS, *getattr(kind, "SEES", ())))


def questions_of(kind: Kind[Any], obj: Object[Any], context: Context) -> Sequence[Origin]:
    """Name what is asked outside once the context is known: few kinds ask, and those say so with `questions(obj, context)`.

    Nothing waits for the answers but what the kind itself holds up until they are there.
    """
    return kind.questions(obj, context) if hasattr(kind, "questions") else ()


def is_heavy(kind: Any) -> bool:
    """Tell whether `desired` and `facts` of a kind may take long, as it may say with `HEAVY`: they are asked in a thread.

    What they read is theirs alone, or may be read by any thread.
    """
    return bool(getattr(kind, "HEAVY", False))


def _waits(message: str) -> Missing:
    return Missing(Need("DependencyNotReady", message, EndsBy.TIME, "ReferencesResolved"))


class Kind(Protocol[S]):
    """One kind of object. No I/O, no clock."""

    NAME: ClassVar[str]
    PLURAL: ClassVar[str]
    SPEC: ClassVar[type[Any]]
    """The pydantic model of its spec."""
    REFERENCES: ClassVar[Mapping[str, str]]
    """The fields of its spec that name other objects, and of which kind: all that `references` and `documents` name."""
    REFERRERS: ClassVar[tuple[str, ...]]
    """The kinds whose objects it wants to see when they refer to it, because its graph follows from them."""

    def references(self, spec: S) -> Sequence[Reference]:
        """Name every object that the spec refers to."""
        ...

    def documents(self, spec: S) -> Sequence[str]:
        """Name every ConfigMap that the spec refers to."""
        ...

    def secrets(self, spec: S) -> Sequence[str]:
        """Name every Secret that the spec refers to."""
        ...

    def desired(self, obj: Object[S], context: Context) -> Graph:
        """Say which parts should exist and how they are linked."""
        ...

    def facts(self, obj: Object[S], context: Context, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Read observed parts as the kind's own status fields; None for what is not known."""
        ...

    def summary(self, facts: Mapping[str, Any]) -> str:
        """Say in one sentence what Ready means for it."""
        ...
