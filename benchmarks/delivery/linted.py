"""The linter of DAG files beside ruff's rules for Airflow: on the same files, from the start of the program to its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.delivery.tree import dags, written
from benchmarks.figure import Figure
from devcluster.progress import say

FINDINGS = 1
"""What both end with when they have found something."""


def linted(directory: Path, count: int) -> list[Figure]:
    """Check so many DAG files."""
    called = f"lint of {count} DAG files"
    say(called)
    folder, beside = directory / "linted", Path(sys.executable).parent
    written(folder, dags(count))
    ruff = _seconds(str(beside / "ruff"), "check", "--select=AIR", "--preview", "--isolated", "--no-cache", str(folder))
    ours = _seconds(str(beside / "kubectl-mwaa"), "lint", str(folder))
    return [
        Figure(f"{called}: time", ours[0], "s", ruff[0], "ruff check --select AIR"),
        Figure(f"{called}: CPU", ours[1], "s", ruff[1], "ruff check --select AIR"),
    ]


def _seconds(*argv: str) -> tuple[float, float]:
    """Give the seconds that a program takes, of the clock and of a core."""
    before, begun = os.times(), time.monotonic()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode not in (0, FINDINGS):
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
    seconds, after = time.monotonic() - begun, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, max(cpu, 0.01)  # it is counted in hundredths
