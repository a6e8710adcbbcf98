"""Says on standard error how far a long step is."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_LINE_SECONDS = 15.0
_TERMINAL_SECONDS = 0.5


def elapsed_text(seconds: float) -> str:
    """Return a duration as people say it, such as ``4 min 20 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def say(line: str) -> None:
    """Print one line on standard error, where progress goes."""
    print(line, file=sys.stderr, flush=True)


class Progress:
    """One step with a known number of items: a line that is rewritten on a terminal, else a line now and then."""

    def __init__(self, what: str, unit: str, total: int, stream: TextIO | None = None) -> None:
        """Say what begins. ``total`` 0 means that it is not known."""
        self.what = what
        self.unit = unit
        self.total = total
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._started = time.monotonic()
        self._shown = -1.0
        self.update(0)

    def update(self, done: int) -> None:
        """Say how many items are done, unless that was said a moment ago."""
        now = time.monotonic()
        if self._shown < 0 or now - self._shown >= (_TERMINAL_SECONDS if self._terminal else _LINE_SECONDS):
            self._shown = now
            count = f"{done}/{self.total}" if self.total else str(done)
            self._write(f"{self.what}: {count} {self.unit}, {elapsed_text(now - self._started)}", end="")

    def finish(self, outcome: str) -> None:
        """Say how it ended."""
        self._write(f"{self.what}: {outcome} after {elapsed_text(time.monotonic() - self._started)}", end="\n")

    def _write(self, text: str, end: str) -> None:
        line = f"\r\x1b[K{text}{end}" if self._terminal else f"{text}\n"
        self._stream.write(line)
        self._stream.flush()
