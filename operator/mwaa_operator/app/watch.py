"""kopf as the informer: it watches, and every event only puts keys on the queue. Nothing of ours is written by kopf."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import kopf

from ..engine.loop import Loop
from ..engine.ports import Registry
from ..engine.queue import Priority
from ..engine.world import World, key_of
from ..kube import flux
from ..kube.cluster import GROUP, VERSION


class _Patience:
    """Waits between tries to reach the API server: without end, since a process that gives up helps nobody."""

    def __iter__(self) -> Iterator[float]:
        return itertools.chain((0.2, 0.5, 1.0, 2.0), itertools.repeat(3.0))


def handlers(registry: Registry, world: World, loop: Loop) -> kopf.OperatorRegistry:
    """Register one event handler per kind, and one each for ConfigMaps, Secrets and the sources of Flux."""
    handlers = kopf.OperatorRegistry()

    @kopf.on.login(registry=handlers)
    async def login(**kwargs: Any) -> Any:
        return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)

    def register(kind: str, plural: str) -> None:
        @kopf.on.event(GROUP, VERSION, plural, registry=handlers, id=kind)
        async def seen(type: str | None, body: kopf.Body, **_: Any) -> None:
            plain: dict[str, Any] = dict(body)
            if type == "DELETED":
                loop.wake(world.remove(key_of(kind, plain)))
                return
            # what stands in the first list has waited already: a change that comes now goes first
            loop.wake(world.update(kind, plain), Priority.ROUTINE if type is None else Priority.USER)

    for kind, definition in registry.kinds.items():
        register(kind, definition.PLURAL)

    @kopf.on.event("", "v1", "configmaps", registry=handlers, id="ConfigMap")
    async def document(namespace: str | None, name: str | None, **_: Any) -> None:
        loop.wake(world.document_changed(namespace or "", name or ""))

    @kopf.on.event("", "v1", "secrets", registry=handlers, id="Secret")
    async def secret(namespace: str | None, name: str | None, **_: Any) -> None:
        # the name alone goes on: whoever needs the value reads it when it is needed
        loop.wake(world.secret_changed(namespace or "", name or ""))

    def register_source(kind: str, plural: str) -> None:
        @kopf.on.event(flux.GROUP, flux.VERSION, plural, registry=handlers, id=f"flux/{kind}")
        async def published(namespace: str | None, name: str | None, **_: Any) -> None:
            loop.wake(world.published(f"{kind}.{flux.GROUP}", namespace or "", name or ""))

    for kind, plural in flux.PLURALS.items():
        register_source(kind, plural)

    return handlers


NOT_OURS = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,type!=bootstrap.kubernetes.io/token"
"""Secrets that nobody refers to, and that make up most of a cluster's: they are not even sent to us."""


def settings(namespaces: list[str]) -> kopf.OperatorSettings:
    """Set kopf up as an informer that never gives up and never posts."""
    chosen = kopf.OperatorSettings()
    # with namespaces named there are no cluster-wide rights, and kopf would wait for them without end
    chosen.scanning.disabled = bool(namespaces)
    chosen.posting.enabled = False
    chosen.peering.standalone = True
    chosen.networking.error_backoffs = _Patience()
    chosen.networking.request_timeout = 30
    chosen.networking.connect_timeout = 10
    chosen.watching.chunk_size = 500
    # a worker only passes an event on: of ten thousand objects in a list, each would hold one, and its object, for 5 s
    chosen.queueing.idle_timeout = 0.5
    chosen.watching.server_timeout = 300
    chosen.watching.field_selectors["", "v1", "secrets"] = NOT_OURS
    chosen.persistence.finalizer = f"{GROUP}/kopf"
    chosen.process.ultimate_exiting_timeout = 60
    return chosen


class _NoneOfKopfs:
    """All tasks, as a collection: kopf takes every task that began after it for one of its own, and cancels it."""

    def __contains__(self, task: object) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(asyncio.all_tasks())

    def __len__(self) -> int:
        return len(asyncio.all_tasks())


async def watch(
    registry: Registry,
    world: World,
    loop: Loop,
    namespaces: list[str],
    *,
    stop: asyncio.Event,
    ready: asyncio.Event,
    started: Callable[[], None],
) -> None:
    """Watch until `stop` is set.

    Args:
        registry: which kinds to watch.
        world: what takes in what is seen.
        loop: what is woken.
        namespaces: where; empty for everywhere.
        stop: ends the watching.
        ready: set when it has begun.
        started: called when kopf has taken over the signals of the process, so that they can be taken back.
    """
    tasks = await kopf.spawn_tasks(
        registry=handlers(registry, world, loop),
        settings=settings(namespaces),
        standalone=True,
        clusterwide=not namespaces,
        namespaces=namespaces,
        stop_flag=stop,
        ready_flag=ready,
    )
    started()
    await kopf.run_tasks(tasks, ignored=_NoneOfKopfs())
