"""A reverse proxy between operator and API server that names each write, and can stop one of them or lose its reply.

It speaks plain HTTP on loopback towards the operator, whose token it passes on, and TLS towards the API server. Watches
stream through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from devcluster.cluster import Cluster
from devcluster.kubeconfig import cluster_of

from .points import Case, Fault

OBJECT = re.compile(r"/apis/mwaa-operator\.dev/v1alpha1/namespaces/(?P<namespace>[^/]+)/[^/]+/[^/]+(?P<status>/status)?")
OF_ONE_CONNECTION = frozenset(("connection", "content-length", "host", "keep-alive", "transfer-encoding"))


class ProxyTrap:
    """One fault at one write to Kubernetes."""

    def __init__(self, case: Case, loop: asyncio.AbstractEventLoop) -> None:
        self.case = case
        self._loop = loop
        self._come, self._held = threading.Event(), threading.Event()
        self._released = asyncio.Event()

    def sprung(self) -> bool:
        """Tell whether the write has come; then it is held, or its reply is lost."""
        return self._come.is_set() and self._held.wait()

    def release(self) -> None:
        """Close the connection of the write that is held; what was held before it was carried out never is."""
        self._loop.call_soon_threadsafe(self._released.set)

    def matches(self, write: str, number: int) -> bool:
        """Take in that a write has come."""
        found = (write, number) == (self.case.point.write, self.case.point.number)
        if found:
            self._come.set()
        return found

    async def hold(self) -> None:
        """Hold the write, or just let its reply be lost."""
        self._held.set()
        if self.case.fault is not Fault.LOST:
            await self._released.wait()


class Proxy:
    """The API server as the operator sees it. The methods may be called from any thread."""

    def __init__(self, cluster: Cluster) -> None:
        entry = cluster_of(cluster.kubeconfig)
        self._upstream = URL(entry["server"])
        self._tls = ssl.create_default_context(cadata=b64decode(entry["certificate-authority-data"]).decode())
        self._loop = asyncio.new_event_loop()
        self._trap: ProxyTrap | None = None
        self._seen: Counter[str] = Counter()
        self._writes: list[str] = []
        self._namespace = ""
        self.url = ""

    @classmethod
    @contextlib.contextmanager
    def started(cls, cluster: Cluster) -> Iterator[Proxy]:
        """Run a proxy in a thread of its own within the block."""
        proxy = cls(cluster)
        ready, done = threading.Event(), asyncio.Event()
        thread = threading.Thread(target=proxy._loop.run_until_complete, args=(proxy._serve(ready, done),), name="proxy")
        thread.start()
        try:
            ready.wait()
            yield proxy
        finally:
            proxy._loop.call_soon_threadsafe(done.set)
            thread.join()
            proxy._loop.close()

    def kubeconfig(self, token: Mapping[str, Any]) -> dict[str, Any]:
        """Give a kubeconfig of the same user for this proxy."""
        (cluster,) = token["clusters"]
        return {**token, "clusters": [{**cluster, "cluster": {"server": self.url}}]}

    def begin(self, namespace: str) -> None:
        """Count anew, the writes to objects of one namespace only."""
        self._namespace, self._trap = namespace, None
        self._seen.clear()
        self._writes.clear()

    def writes(self) -> list[str]:
        """Name the writes that have arrived since `begin`."""
        return list(self._writes)

    def set_trap(self, case: Case) -> ProxyTrap:
        """Meet a write with a fault."""
        self._trap = ProxyTrap(case, self._loop)
        return self._trap

    async def _serve(self, ready: threading.Event, done: asyncio.Event) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as self._session:
            app = web.Application(client_max_size=2**24)
            app.router.add_route("*", "/{path:.*}", self._pass_on)
            # a handler of a client that was killed ends when the test says so; watches are cut off at the end
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = "http://{}:{}".format(*runner.addresses[0][:2])
            ready.set()
            await done.wait()
            await runner.cleanup()
            # requests whose client is gone, and watches
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        trap = self._note(request, body)
        if trap and trap.case.fault is Fault.KILL_BEFORE:
            await trap.hold()
            return _cut(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in OF_ONE_CONNECTION}
        url = self._upstream.join(URL(request.raw_path, encoded=True))
        async with self._session.request(request.method, url, headers=headers, data=body or None) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in OF_ONE_CONNECTION}
            if "watch" not in request.query:
                payload = await answer.read()
                if trap:
                    await trap.hold()
                    return _cut(request)
                return web.Response(status=answer.status, headers=kept, body=payload)
            stream = web.StreamResponse(status=answer.status, headers=kept)
            await stream.prepare(request)
            with contextlib.suppress(ConnectionError):
                async for chunk in answer.content.iter_any():
                    await stream.write(chunk)
            return stream

    def _note(self, request: web.Request, body: bytes) -> ProxyTrap | None:
        """Count a write to one of our objects, and tell whether it is the one to be met with a fault."""
        found = OBJECT.fullmatch(request.path)
        if request.method in ("GET", "HEAD") or found is None or found["namespace"] != self._namespace:
            return None
        name = _name(request.path, json.loads(body))
        self._seen[name] += 1
        self._writes.append(name)
        trap = self._trap
        return trap if trap and trap.matches(name, self._seen[name]) else None


def _name(path: str, body: Mapping[str, Any]) -> str:
    """Name a write by what it does, not by when it comes: how often a status is written depends on who is faster."""
    plural = path.split("/")[6]
    if not path.endswith("/status"):
        return f"{plural}: finalizers {'set' if body['metadata']['finalizers'] else 'removed'}"
    ready = next((c for c in body["status"].get("conditions", ()) if c["type"] == "Ready"), None)
    if ready is None:
        return f"{plural}/status: parts announced"
    return f"{plural}/status: Ready={ready['status']} {ready['reason']}"


def _cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response()
