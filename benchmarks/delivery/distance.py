"""A way to a server that takes time, and counts what passes: loopback alone would hide what each request costs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

CHUNK = 64 * 1024
ROOM = 64
"""How many chunks may be on their way in one direction of a connection."""
Passing = asyncio.Queue[tuple[float, bytes]]


class Distance:
    """TCP on loopback, with half of the round trip in each direction. `carried` counts bytes both ways, headers and all."""

    def __init__(self, url: str, round_trip: float) -> None:
        """Lead to a server, `round_trip` seconds away."""
        there = urlsplit(url)
        self._there = (str(there.hostname), int(there.port or 80))
        self._half = round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._tasks = set[asyncio.Task[None]]()
        self.carried = 0
        self.url = ""

    @contextmanager
    def open(self) -> Iterator[Distance]:
        """Have it within the block."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._took, "127.0.0.1", 0), self._loop).result()
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._end(server), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _took(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            await asyncio.sleep(2 * self._half)  # a connection is there after one round trip
            far_reader, far_writer = await asyncio.open_connection(*self._there)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._carry(reader, far_writer))
                    group.create_task(self._carry(far_reader, writer))
            finally:
                far_writer.close()
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass  # one of the two has hung up
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing: Passing = asyncio.Queue(ROOM)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._arrive(passing, writer))
            while True:
                data = await reader.read(CHUNK)
                self.carried += len(data)
                await passing.put((self._loop.time() + self._half, data))
                if not data:
                    return

    async def _arrive(self, passing: Passing, writer: asyncio.StreamWriter) -> None:
        while True:
            at, data = await passing.get()
            await asyncio.sleep(at - self._loop.time())
            if not data:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()
