"""What else the machine did meanwhile: figures in seconds are worth no more than the quiet that they were taken in."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil


@dataclass(frozen=True)
class Load:
    """Taken when the benchmark begins; `described` when it ends, while all that it started still runs."""

    before: tuple[float, float, float] = field(default_factory=os.getloadavg)
    begun: float = field(default_factory=time.monotonic)
    busy: float = field(default_factory=lambda: _machine())

    def described(self) -> str:
        """Say when and where this was, and how much of the machine others took."""
        seconds, cores = time.monotonic() - self.begun, os.cpu_count() or 1
        ours, all_ = _ours(), _machine() - self.busy
        return (
            f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores, Python {platform.python_version()}, {seconds:.0f} s. "
            f"Load average before: {self.before[0]:.1f}. Of the machine's {cores * seconds:.0f} CPU seconds, "
            f"operator, API server, emulated AWS and benchmark took {ours:.0f}, other programs {max(0.0, all_ - ours):.0f}."
        )


def _machine() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def _ours() -> float:
    """Add up the CPU seconds of this process and of all that it has started."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:4]) for process in processes)
