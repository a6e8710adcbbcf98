"""Gathering what a kind may know beside the object itself: references, those who refer, documents, the account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ..core.catalogue import Catalogue
from ..core.errors import OutsideError, Problem, Trouble
from ..core.kind import Context, Kind, Neighbour, Object, origins_of, seen_kinds, stands
from ..core.need import EndsBy, Need
from ..core.origin import Fetched, Origin
from .fetching import Fetching
from .ports import Account, Cluster
from .queue import Key
from .world import World

ROUNDS = 3
"""How often questions may follow from answers."""


async def resolve(
    kind: Kind[Any],
    obj: Object[Any],
    region: str,
    world: World,
    cluster: Cluster,
    account: Account,
    settings: Mapping[str, str],
    catalogue: Catalogue,
    today: date,
) -> Context:
    """Build the context of one run.

    Raises:
        OutsideError: AWS does not say who is asking, or Kubernetes does not answer.
    """
    identity = await account.whoami(region)
    targets: dict[tuple[str, str], Neighbour] = {}
    for reference in kind.references(obj.spec):
        there = world.neighbour(Key(reference.kind, obj.namespace, reference.name))
        if there and not foreign_namespace(reference.namespace, obj):
            targets[reference.kind, reference.name] = there
    documents: dict[str, Mapping[str, bytes]] = {}
    for name in kind.documents(obj.spec):
        if (data := await cluster.config_map(obj.namespace, name)) is not None:
            documents[name] = data
    secrets: dict[str, Mapping[str, bytes]] = {}
    for name in kind.secrets(obj.spec):
        if (data := await cluster.secret(obj.namespace, name)) is not None:
            secrets[name] = data
    own = Key(obj.kind, obj.namespace, obj.name)
    seen = seen_kinds(kind)
    near = (world.neighbour(key) for key in world.referrers(own) if key.kind in seen)
    return Context(
        account=identity.account,
        region=region,
        partition=identity.partition,
        targets=targets,
        referrers=tuple(neighbour for neighbour in near if neighbour),
        documents=documents,
        secrets=secrets,
        catalogue=catalogue,
        today=today,
        settings=settings,
    )


async def fetched(
    kind: Kind[Any], obj: Object[Any], secrets: Mapping[str, Mapping[str, bytes]], fetching: Fetching, fresh: bool
) -> dict[Origin, Fetched]:
    """Fetch what a kind wants from outside. Of one that goes nothing is wanted any more.

    Args:
        kind: what the object is.
        obj: the object.
        secrets: as the context has them.
        fetching: what was fetched before.
        fresh: the user asks for a look now.
    """
    found: dict[Origin, Fetched] = {}
    own = Key(obj.kind, obj.namespace, obj.name)
    for origin in () if obj.deleting or stands(kind, obj) else origins_of(kind, obj.spec):
        if origin.secret and origin.secret not in secrets:
            text = f"{origin.where}: Secret {origin.secret} is not in this namespace. Create it, or correct the name."
            problem = Problem(Trouble.NOT_FOUND, "DependencyNotFound", text)
            found[origin] = fetching.without(own, origin, problem)
        elif origin.publisher and fetching.published:
            try:
                told = await fetching.published(origin.where, origin.publisher, obj.namespace)
            except OutsideError as error:
                found[origin] = fetching.without(own, origin, error.problem)
            else:
                # what it says now is what tells one state of the place from another
                found[origin] = await fetching.get(own, origin, told, fresh)
        else:
            secret = secrets[origin.secret] if origin.secret else None
            found[origin] = await fetching.get(own, origin, secret, fresh)
    return found


async def answered(
    obj: Object[Any], context: Context, fetching: Fetching, questions: Callable[[Context], Awaitable[Sequence[Origin]]]
) -> Context:
    """Ask outside what a kind wants to know, and what follows from an answer. What is wanted no more is forgotten.

    Args:
        obj: the object.
        context: with what was fetched.
        fetching: what was asked before.
        questions: gives what the kind wants to know.
    """
    own = Key(obj.kind, obj.namespace, obj.name)
    for _ in range(ROUNDS):
        news = [] if obj.deleting else [each for each in await questions(context) if each not in context.fetched]
        if not news:
            break
        found = {origin: await fetching.get(own, origin, None, fresh=False) for origin in news}
        context = replace(context, fetched={**context.fetched, **found})
    fetching.keep(own, context.fetched)
    return context


def foreign_namespace(namespace: str, obj: Object[Any]) -> bool:
    """Tell whether a reference leaves the object's namespace."""
    return bool(namespace) and namespace != obj.namespace


def forbidden_references(kind: Kind[Any], obj: Object[Any]) -> tuple[Need, ...]:
    """Name the references that leave the namespace: no kind allows that yet."""
    return tuple(
        Need(
            "CrossNamespaceReference",
            f"spec.{reference.path}: {reference.kind} {reference.namespace}/{reference.name} is in another namespace. "
            f"Declare it in namespace {obj.namespace} and leave out `namespace`.",
            EndsBy.USER,
            "ReferencesResolved",
        )
        for reference in kind.references(obj.spec)
        if foreign_namespace(reference.namespace, obj)
    )


@dataclass(frozen=True)
class Holder:
    """An object that refers to one that is to be deleted."""

    key: Key
    going: bool
    """It is being deleted itself: nobody need do anything."""


async def holders(key: Key, world: World, cluster: Cluster) -> list[Holder]:
    """Name who still refers to an object that is to be deleted. Asked anew: a missed event must not hold it for ever.

    One that goes itself holds what it was built upon until it is gone. Upon one of its own kind nothing is built, it is
    only named (`replaces`), and two that name each other would wait for each other for ever.
    """
    held: list[Holder] = []
    for referrer in world.referrers(key):
        body = await cluster.get(referrer)
        if body is None:
            world.remove(referrer)
        elif not (going := "deletionTimestamp" in body["metadata"]) or referrer.kind != key.kind:
            held.append(Holder(referrer, going))
    return held
