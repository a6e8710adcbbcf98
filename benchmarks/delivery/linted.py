"""The linter of DAG files beside ruff's rules for Airflow: on the same files, from the start of the program to its end."""

from __future__ import annotations

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
    return [Figure(called, ours, "s", ruff, "ruff check --select AIR")]


def _seconds(*argv: str) -> float:
    begun = time.monotonic()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode not in (0, FINDINGS):
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return time.monotonic() - begun
