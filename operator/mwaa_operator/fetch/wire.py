"""One deadline and one count of bytes around all that a server is asked, however slowly, and however much, it answers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar
from weakref import WeakSet

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Origin
from .limits import Limits, shown, too_large


class Wire:
    """What goes on between the operator and the server of one source, those of its submodules included."""

    def __init__(self, origin: Origin, limits: Limits, seconds: float, reason: str) -> None:
        """Give a server so many seconds, and say how it is called when they are over. Time runs once this is entered."""
        self.reason = reason
        self._origin = origin
        self._limits = limits
        self._seconds = seconds
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._open: list[Callable[[], None]] = []
        self._late = False
        self._packed = 0
        self._aside = 0

    def __enter__(self) -> Wire:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        if self._late and isinstance(error, Exception) and not isinstance(error, OutsideError):
            raise self._too_late() from error

    def hold(self, close: Callable[[], None]) -> None:
        """Take note of how a connection is ended from another thread: a read that waits ends with it."""
        with self._lock:
            self._open.append(close)
            late = self._late
        if late:
            close()
            raise self._too_late()

    def again(self) -> None:
        """Begin a conversation: what was said in the one before is in memory no more."""
        self._aside = 0

    def packed(self, size: int) -> None:
        """Count bytes of those read as part of a pack, which goes to the disk.

        Raises:
            OutsideError: there are too many.
        """
        self._packed += size
        self._aside -= size
        if self._packed > self._limits.pack:
            raise too_large(self._origin.url, f"it has more than {shown(self._limits.pack)} even while packed")

    def counted(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Read within time and size.

        Raises:
            OutsideError: it takes too long, or too much is sent beside packs, which is kept in memory.
        """

        def reading(size: int) -> bytes:
            data = read(size)
            self._aside += len(data)
            if self._late:
                raise self._too_late()
            if self._aside > self._limits.aside:
                raise self._too_many()
            return data

        return reading

    def _too_many(self) -> OutsideError:
        text = f"{self._origin.url}: its server sends more than {shown(self._limits.aside)} of references. Name one branch"
        text += " or tag, or delete those there that nobody needs."
        return OutsideError(Problem(Trouble.REFUSED, "SourceTooLarge", text))

    def cut(self) -> None:
        """End it, from whatever thread: it is too late."""
        with self._lock:
            self._late = True
            closing = list(self._open)
        for close in closing:
            with contextlib.suppress(Exception):
                close()

    def _too_late(self) -> OutsideError:
        text = f"{self._origin.where}: {self._origin.url} has not sent all of it in {self._seconds:.0f} s."
        return OutsideError(Problem(Trouble.UNAVAILABLE, self.reason, text))


class Wired:
    """What all fetchers have in common: limits, and an end to all that is under way."""

    UNREACHABLE: ClassVar[str] = "SourceUnreachable"
    """The reason that is given when a server takes too long."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Fetch within limits."""
        self._limits = limits or Limits()
        self._wires: WeakSet[Wire] = WeakSet()

    def close(self) -> None:
        """End what is under way."""
        for wire in list(self._wires):
            wire.cut()

    def _wire(self, origin: Origin, seconds: float) -> Wire:
        wire = Wire(origin, self._limits, seconds, self.UNREACHABLE)
        self._wires.add(wire)
        return wire
