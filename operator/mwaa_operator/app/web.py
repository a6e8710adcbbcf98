"""`/metrics`, `/healthz` and `/readyz`, and webhooks where they are taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from .webhook import MESSAGE, PATH, Receiver


class Web:
    """The small server that probes and scrapes ask."""

    def __init__(
        self,
        metrics: CollectorRegistry,
        ready: Callable[[], bool],
        alive: Callable[[], bool],
        receiver: Receiver | None = None,
    ) -> None:
        self._metrics, self._ready, self._alive = metrics, ready, alive
        app = web.Application(client_max_size=MESSAGE)
        app.add_routes(
            [
                web.get("/metrics", self._get_metrics),
                web.get("/healthz", self._get_healthz),
                web.get("/readyz", self._get_readyz),
            ]
        )
        if receiver:
            app.add_routes([web.post(PATH, receiver.answer)])
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self, host: str, port: int, port_file: str) -> None:
        """Listen; with port 0 on a free one, which is written to `port_file`."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        if port_file:
            Path(port_file).write_text(str(self._runner.addresses[0][1]))

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _get_metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._metrics), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _get_healthz(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n") if self._alive() else web.Response(status=503, text="stuck\n")

    async def _get_readyz(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n") if self._ready() else web.Response(status=503, text="starting\n")
