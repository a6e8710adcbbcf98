"""Plans without an operator: the very look that a run begins with, over the cluster and documents not applied yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NoReturn

import click

from ..api.meta import API_VERSION, GROUP
from ..app.registry import AwsAccount, settings_for_kinds
from ..core.catalogue import BUILT_IN
from ..core.kind import Object, Reference
from ..core.part import Graph
from ..engine.ports import Body, Identity
from ..engine.queue import Key
from ..engine.reconcile import Reconciler, object_of
from ..engine.resolve import Holder, forbidden_references, holders, resolve
from ..engine.run import Run
from ..engine.world import World
from . import documents
from .session import Session
from .unknown_fields import unknown_fields

NEW_UID = "not-applied-yet"


@dataclass(frozen=True)
class Planned:
    """An object and the look at all that belongs to it."""

    body: Body
    obj: Object[Any]
    run: Run
    holders: Sequence[Holder] = ()
    """Who refers to it while it is being deleted."""
    as_stored: bool = True
    """It was planned as the cluster has it, so that its status speaks of it."""


@dataclass(frozen=True)
class Documents:
    """The cluster as the engine reads it, with documents from files laid over it. Nothing can be written."""

    session: Session
    objects: Mapping[Key, Body]
    maps: Mapping[tuple[str, str], Mapping[str, bytes]]
    secrets: Mapping[tuple[str, str], Mapping[str, bytes]]

    async def get(self, key: Key) -> Body | None:
        """Read an object."""
        return self.objects.get(key) or await self.session.cluster.get(key)

    async def config_map(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """Read a ConfigMap."""
        return self.maps.get((namespace, name)) or await self.session.cluster.config_map(namespace, name)

    async def secret(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """Read a Secret."""
        return self.secrets.get((namespace, name)) or await self.session.cluster.secret(namespace, name)

    async def put_status(self, body: Body, status: Body) -> NoReturn:
        """Refuse."""
        raise AssertionError("a plan writes nothing")

    async def put_finalizers(self, body: Body, finalizers: Sequence[str]) -> NoReturn:
        """Refuse."""
        raise AssertionError("a plan writes nothing")

    async def event(self, body: Body, condition: object) -> NoReturn:
        """Refuse."""
        raise AssertionError("a plan writes nothing")


def expect_one(name: str | None, paths: Sequence[str]) -> None:
    """Make sure that a command names an object or files.

    Raises:
        UsageError: it names both or nothing.
    """
    if bool(name) == bool(paths):
        raise click.UsageError("give either the NAME of an object or -f FILE.")


async def asked(session: Session, name: str | None, kind: str, paths: Sequence[str]) -> list[Planned]:
    """Plan what a command names: an object, or files."""
    return await of_object(session, name, kind) if name else await of_files(session, paths)


async def of_object(session: Session, name: str, kind: str) -> list[Planned]:
    """Plan an object that is applied."""
    body = await session.find(name, kind)
    return await _plan(session, [body], Documents(session, {}, {}, {}))


async def of_files(session: Session, paths: Sequence[str]) -> list[Planned]:
    """Plan the documents of files, as if they were applied together."""
    objects: dict[Key, Body] = {}
    maps: dict[tuple[str, str], Mapping[str, bytes]] = {}
    secrets: dict[tuple[str, str], Mapping[str, bytes]] = {}
    found = [(path, document) for path in paths for document in documents.read(path)]
    if strange := [text for path, document in found for text in _strange(session, path, document)]:
        raise click.ClickException("\n".join(strange))
    for path, document in found:
        meta = document.get("metadata") or {}
        namespace, name = meta.get("namespace") or session.namespace, str(meta.get("name") or "")
        if (document.get("apiVersion"), document.get("kind")) == ("v1", "ConfigMap"):
            data = documents.texts(path, document, "data")
            maps[namespace, name] = {key: text.encode() for key, text in data.items()}
        elif (document.get("apiVersion"), document.get("kind")) == ("v1", "Secret"):
            secrets[namespace, name] = documents.secret(path, document)
        elif str(document.get("apiVersion", "")).startswith(f"{GROUP}/"):
            key = _key(session, path, document, namespace, name)
            objects[key] = _laid_over(key, document, await session.cluster.get(key))
    if not objects:
        raise click.ClickException(f"{', '.join(paths)}: there is no document of {API_VERSION} in it.")
    return await _plan(session, list(objects.values()), Documents(session, objects, maps, secrets))


def _strange(session: Session, path: str, document: Mapping[str, Any]) -> Iterator[str]:
    """Say which fields of an object of ours there are not; of what is none of ours nobody asks."""
    kind, name = str(document.get("kind")), (document.get("metadata") or {}).get("name")
    if document.get("apiVersion") != API_VERSION or kind not in session.registry.kinds or not name:
        return
    if found := list(unknown_fields(document.get("spec") or {}, session.registry.kinds[kind].SPEC)):
        them = ("is no field", "its name") if len(found) == 1 else ("are no fields", "their names")
        yield f"{path}: {kind} {name}: there {them[0]} {', '.join(found)}. Correct {them[1]}."


def _key(session: Session, path: str, document: Mapping[str, Any], namespace: str, name: str) -> Key:
    kind = str(document.get("kind"))
    if document["apiVersion"] != API_VERSION or kind not in session.registry.kinds:
        known = ", ".join(session.registry.kinds)
        raise click.ClickException(f"{path}: {document['apiVersion']} {kind} is unknown. {API_VERSION} has: {known}.")
    if not name:
        raise click.ClickException(f"{path}: a document of kind {kind} has no metadata.name.")
    return Key(kind, namespace, name)


def _laid_over(key: Key, document: Mapping[str, Any], there: Body | None) -> Body:
    """Give the object as it would be once the document is applied."""
    fresh: Mapping[str, Any] = {"uid": NEW_UID, "resourceVersion": "0", "generation": 0}
    old = there["metadata"] if there else fresh
    annotations = {**old.get("annotations", {}), **(document["metadata"].get("annotations") or {})}
    meta = {**old, "namespace": key.namespace, "name": key.name, "annotations": annotations}
    spec, status = document.get("spec") or {}, (there or {}).get("status", {})
    return {"apiVersion": API_VERSION, "kind": key.kind, "metadata": meta, "spec": spec, "status": status}


async def structure(session: Session, body: Body) -> tuple[Graph, Sequence[Reference]]:
    """Give the graph of an applied object, and what it refers to, without a call to AWS.

    Raises:
        ClickException: its spec is not valid.
    """
    documents = Documents(session, {}, {}, {})
    world = await _world(session, [body], documents)
    kind, obj = session.registry.kinds[body["kind"]], _object(session, body)
    context = await resolve(
        kind, obj, "", world, documents, _NoAccount(), settings_for_kinds("enabled", ["*"]), BUILT_IN, _today()
    )
    return kind.desired(obj, context), kind.references(obj.spec)


def _today() -> date:
    return datetime.now(UTC).date()


class _NoAccount:
    """The structure of a graph is the same in every account."""

    async def whoami(self, region: str) -> Identity:
        return Identity("", "aws")


async def _world(session: Session, bodies: Sequence[Body], documents: Documents) -> World:
    world = World(session.registry)
    for namespace in {body["metadata"]["namespace"] for body in bodies}:
        for kind in session.registry.kinds:
            for body in await session.cluster.list(kind, [namespace]):
                world.update(kind, body)
    for body in documents.objects.values():
        world.update(body["kind"], body)
    return world


async def _plan(session: Session, bodies: Sequence[Body], documents: Documents) -> list[Planned]:
    world = await _world(session, bodies, documents)
    return [await _look(session, body, documents, world) for body in bodies]


def _object(session: Session, body: Body) -> Object[Any]:
    meta = body["metadata"]
    key = Key(body["kind"], meta["namespace"], meta["name"])
    try:
        spec = session.registry.parse(key.kind, body.get("spec", {}), key.name)
    except ValueError as error:
        raise click.ClickException(f"{key.kind} {key.name} is not valid: {error}") from error
    return object_of(key, body, spec, "deletionTimestamp" in meta)


async def _look(session: Session, body: Body, documents: Documents, world: World) -> Planned:
    """Look at one object: parse, resolve, observe and plan as `Reconciler` does."""
    obj, kind, region = _object(session, body), session.registry.kinds[body["kind"]], session.region_of(body)
    if forbidden := forbidden_references(kind, obj):
        raise click.ClickException(f"{obj.kind} {obj.name}: {forbidden[0].message}")
    await session.expect_account(body)
    # whether the operator may make roles is known to it alone, and part of no plan's hash
    settings, account = settings_for_kinds("enabled", ["*"]), AwsAccount(session.aws)
    reconciler = Reconciler(session.registry, documents, account, world, region, settings)
    context = await resolve(kind, obj, region, world, documents, account, settings, BUILT_IN, _today())
    key = Key(obj.kind, obj.namespace, obj.name)
    as_stored, held = key not in documents.objects, await holders(key, world, documents) if obj.deleting else ()
    # others hear of a document when it is applied: the plan, and its hash, are of the time when they have
    run = await reconciler.look(kind, obj, body, replace(context, foreseen=not as_stored))
    return Planned(body, obj, run, held, as_stored)
