"""Kinds are asked on the event loop, but those that have much to read: these in threads, so that nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from ..core.kind import Kind, is_heavy

P = ParamSpec("P")
R = TypeVar("R")
THREADS = 2
"""More would read no faster, since an interpreter runs one at a time, and would keep the loop waiting for longer."""
BEAT_SECONDS = 30.0
BEATS = 120
"""An hour: more than the most files of a repository take, and whoever takes longer is stuck."""


class Asking:
    """Threads of their own: whatever else is done in threads, such as the look-up of a host, must not wait for them."""

    def __init__(self) -> None:
        """Begin with none: they are made when they are needed."""
        self._pool = ThreadPoolExecutor(THREADS, "kind")

    async def ask(
        self, beat: Callable[[], None], kind: Kind[Any], question: Callable[P, R], *given: P.args, **named: P.kwargs
    ) -> R:
        """Ask a kind what should be, or what it publishes. Whatever it raises is raised.

        Args:
            beat: told again and again that a long answer is waited for, which is not to be taken for being stuck.
            kind: which is asked.
            question: a method of it.
            given: for the method.
            named: for the method.
        """
        if not is_heavy(kind):
            return question(*given, **named)
        answer = asyncio.get_running_loop().run_in_executor(self._pool, lambda: question(*given, **named))
        for _ in range(BEATS):
            await asyncio.wait({answer}, timeout=BEAT_SECONDS)
            if answer.done():
                break
            beat()
        return await answer
