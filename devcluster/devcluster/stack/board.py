"""A live table of objects: state, what each waits for, and for how long. On a pipe, a line for each change."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

MARKS = {"True": "[green]Ready[/]", "False": "[yellow]Waiting[/]", "Unknown": "[cyan]Working[/]"}


class Board:
    """Shows how far objects are."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout)
        self._live = Live(console=self._console, refresh_per_second=4) if self._console.is_terminal else None
        self._begun = time.monotonic()
        self._said: dict[str, tuple[str, str]] = {}
        self._ready_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def show(self, objects: list[dict[str, Any]]) -> None:
        """Show the objects as they are now."""
        rows = [self._row(item) for item in objects]
        if self._live:
            table = Table(box=None, pad_edge=False)
            for heading in ("Object", "State", "Elapsed", "What it waits for"):
                table.add_column(heading, no_wrap=heading != "What it waits for")
            for name, state, elapsed, message in rows:
                table.add_row(name, MARKS.get(state, state), f"{elapsed:.0f} s", message)
            self._live.update(table)
            return
        for name, state, elapsed, message in rows:
            if self._said.get(name) != (state, message):
                self._said[name] = (state, message)
                word = {"True": "Ready", "False": "Waiting"}.get(state, "Working")
                print(f"{elapsed:5.0f} s  {name:28} {word:8} {message}", flush=True)

    def _row(self, item: dict[str, Any]) -> tuple[str, str, float, str]:
        name = f"{item['kind']}/{item['metadata']['name']}"
        conditions = {entry["type"]: entry for entry in item.get("status", {}).get("conditions", ())}
        ready = conditions.get("Ready", {"status": "Unknown", "message": "not seen by the operator yet"})
        elapsed = time.monotonic() - self._begun
        if ready["status"] == "True":
            elapsed = self._ready_at.setdefault(name, elapsed)
        else:
            self._ready_at.pop(name, None)
        message = str(ready["message"]).partition("\n")[0]
        return name, ready["status"], elapsed, message if len(message) < 160 else f"{message[:157]}..."
