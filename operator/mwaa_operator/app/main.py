"""The process: settings, logs, lease, watches, workers, probes, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..aws.ecr import EcrPasswords
from ..aws.session import Aws, Call
from ..core.catalogue import BUILT_IN, Catalogue
from ..core.errors import OutsideError
from ..engine.fetching import Fetching
from ..engine.loop import STUCK_SECONDS, Loop, Pace
from ..engine.metrics import Metrics
from ..engine.queue import Key, Priority
from ..engine.reconcile import Reconciler
from ..engine.world import World, key_of
from ..fetch.limits import MIB
from ..fetch.stored import Store
from ..kube.cluster import KubernetesCluster
from ..kube.definitions import missing_definitions
from ..kube.flux import FluxSources
from ..kube.lease import Lease
from ..kube.session import connect
from . import logs, watch
from .registry import AwsAccount, registry, settings_for_kinds
from .settings import Settings
from .web import Web
from .webhook import Receiver

log = logging.getLogger(__name__)


class Operator:
    """One process of the operator."""

    def __init__(self, settings: Settings, api: Any) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.aws = Aws(version("mwaa-operator"), self._called)
        self.registry = registry(self.aws)
        self.world = World(self.registry)
        plurals = {kind.NAME: kind.PLURAL for kind in self.registry.kinds.values()}
        self.plurals = tuple(plurals.values())
        self.cluster = KubernetesCluster(api, plurals, self.metrics.wrote)
        self.store = Store(Path(settings.source_directory), settings.source_mebibytes * MIB)
        self.fetching = Fetching(self.registry.fetchers, self.store.new)
        self.fetching.lent = EcrPasswords(self.aws, settings.source_registries)
        self.fetching.published = FluxSources(api, elsewhere=settings.cross_namespace_sources).artifact
        reconciler = Reconciler(
            registry=self.registry,
            cluster=self.cluster,
            account=AwsAccount(self.aws),
            world=self.world,
            region=settings.region,
            settings=settings_for_kinds(settings.iam, settings.source_buckets),
            catalogue=catalogue(settings.catalogue),
            patience=timedelta(seconds=settings.consistency_seconds),
            fetching=self.fetching,
        )
        pace = Pace(settings.poll_seconds, settings.slow_seconds, settings.drift_seconds)
        self.loop = Loop(reconciler, self.metrics, pace, settings.workers)
        self.fetching.wake = self.loop.wake
        self.lease = Lease(api, settings.lease_namespace, settings.lease_name, settings.identity, wrote=self.metrics.wrote)
        self.api = api
        self.stop, self.watching, self.unwatch = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.looked, self.defined = asyncio.Event(), asyncio.Event()
        self.drained = False
        self.missing: list[str] = []

    async def run(self) -> int:
        """Work until told to stop. Returns the exit code."""
        self._listen_for_signals()
        taken = self.settings.webhooks
        receiver = Receiver(self.cluster, self.registry.parse, self.settings.namespaces) if taken else None
        web = Web(self.metrics.registry, self._ready, self._alive, receiver)
        await web.start(self.settings.host, self.settings.port, self.settings.port_file)
        try:
            if self.settings.leader_election and not await self._unless_stopped(self.lease.acquire()):
                return 0
            self.metrics.leading.set(1)
            return await self._lead()
        finally:
            await web.stop()
            self.fetching.close()
            self.store.close()
            self.aws.close()

    def _listen_for_signals(self) -> None:
        """Stop when told to: the first process of a container has no default for that."""
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, self.stop.set)

    def _ready(self) -> bool:
        """Tell whether it works, or would take over: who stands by is ready too, or no second replica ever were."""
        return self.lease.is_elsewhere or (self.watching.is_set() and not self.missing)

    def _alive(self) -> bool:
        """Tell whether work gets on. A process that hangs is ended by whoever asks, and its successor finds all again."""
        if alive := self.loop.alive:
            return alive
        at_work, due = self.loop.queue.running, self.loop.queue.depth
        log.error("nothing got on for %.0f s, with %d objects at work and %d due: restart me", STUCK_SECONDS, at_work, due)
        return False

    async def _unless_stopped(self, wait: Coroutine[Any, Any, Any]) -> bool:
        """Wait, but not longer than until told to stop. Returns whether it came to its end."""
        waiting, stopping = asyncio.create_task(wait), asyncio.create_task(self.stop.wait())
        await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, stopping):
            task.cancel()
        await asyncio.gather(waiting, stopping, return_exceptions=True)
        if waiting.cancelled():
            return False
        waiting.result()
        return True

    async def _lead(self) -> int:
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._work()),
            asyncio.create_task(self._look_for_definitions()),
        ]
        holding = asyncio.create_task(self._hold())
        watching, stopping = asyncio.create_task(self._watch()), asyncio.create_task(self.stop.wait())
        done, _ = await asyncio.wait([watching, stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        failed = next((task.exception() for task in done if task.exception()), None)
        log.info("stopping: objects that are at work now have %.0f s to get done", self.settings.drain_seconds)
        await self.loop.drain(self.settings.drain_seconds)
        if self.loop.queue.running:
            log.warning("time is up: nothing more is begun, and the calls to AWS that are under way are waited for")
        await self._cancelled(*tasks, stopping)
        # the lease is held until the last call has ended: the next process would work beside it
        await asyncio.to_thread(self.aws.close)
        await self._cancelled(holding)
        if self.settings.leader_election:
            await self.lease.release()
        self.drained = True
        self.unwatch.set()
        await asyncio.gather(watching, return_exceptions=True)
        if failed:
            log.error("stopped by an error", exc_info=failed)
            return 1
        log.info("stopped")
        return 0

    @staticmethod
    async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hold(self) -> None:
        """Hold the lease until cancelled. When that fails the process ends, and with it all that it does."""
        if not self.settings.leader_election:
            return
        try:
            await self.lease.hold()
        except Exception as error:
            log.error("%s: another process may lead now, so this one ends at once", error)
            # no clean-up: it would wait for calls to AWS that are no longer ours to make
            os._exit(1)

    async def _work(self) -> None:
        """Know everybody first: who is referred to must not be taken down because a list has not come in yet."""
        keys = [key for kind in self.registry.kinds for key in await self._known(kind)]
        self.loop.wake(keys, Priority.ROUTINE)
        await self.loop.run()

    async def _known(self, kind: str) -> list[Key]:
        while True:
            found: list[Key] = []
            try:
                async for body in self.cluster.every(kind, self.settings.namespaces):
                    self.world.update(kind, body)
                    found.append(key_of(kind, body))
                return found
            except OutsideError as error:
                log.warning("Kubernetes: %s. Again in 1 s", error.problem.message)
                await asyncio.sleep(1.0)

    async def _watch(self) -> None:
        """Watch, and begin anew when a definition was added: kopf may look for it too early, and then never again."""
        namespaces = self.settings.namespaces
        # without cluster-wide rights kopf sees no new definitions at all, so all must be there before it starts
        if not await self._unless_stopped((self.defined if namespaces else self.looked).wait()):
            return
        while not self.drained:
            self.unwatch.clear()
            await watch.watch(
                self.registry,
                self.world,
                self.loop,
                namespaces,
                stop=self.unwatch,
                ready=self.watching,
                started=self._listen_for_signals,
            )
            if not self.unwatch.is_set():
                return

    async def _look_for_definitions(self) -> None:
        """Name the definitions that the cluster lacks, and have those watched that are added."""
        while True:
            missing = await missing_definitions(self.api, self.plurals)
            if missing is not None and missing != self.missing:
                added, self.missing = set(self.missing) - set(missing), missing
                if missing:
                    log.error("missing in this cluster: %s. Install them with `kubectl apply -f crds/`.", ", ".join(missing))
                else:
                    log.info("all definitions are there")
                if added:
                    self.unwatch.set()
            if missing is not None:
                self.looked.set()
            if missing == []:
                self.defined.set()
            await asyncio.sleep(5.0 if missing == [] else 1.0)

    def _called(self, call: Call) -> None:
        self.loop.beat()
        self.metrics.called(call.service, call.operation, call.code, call.seconds)
        log.debug("%s %s: %s in %.3f s, request %s", call.service, call.operation, call.code, call.seconds, call.request_id)


def catalogue(path: str) -> Catalogue:
    """Give what is known of MWAA, with what an administrator adds.

    Raises:
        ValueError: the file cannot be read or is not of the form; the message names the place and the fix.
    """
    if not path:
        return BUILT_IN
    try:
        return BUILT_IN.extended(Path(path).read_text())
    except OSError as error:
        raise ValueError(f"the catalogue {path} cannot be read: {error.strerror}. Correct --catalogue.") from error


async def _main(settings: Settings) -> int:
    api = await connect()
    async with api:
        return await Operator(settings, api).run()


def main() -> None:
    """Run the command `mwaa-operator`."""
    settings = Settings(_cli_parse_args=True)
    logs.configure(settings.log_format, settings.log_level)
    if not settings.region:
        sys.exit("mwaa-operator: no region. Set AWS_REGION, or --region.")
    try:
        catalogue(settings.catalogue)
    except ValueError as error:
        sys.exit(f"mwaa-operator: {error}")
    _collect_seldom()
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(_main(settings)))


def _collect_seldom() -> None:
    """Keep the garbage collector from walking through all modules again and again: a check makes thousands of objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


if __name__ == "__main__":
    main()
