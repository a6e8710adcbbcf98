"""The memory of the operator while it fetches and delivers a tree that is far larger than it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
from tests.dag_source.git.served import Repository

from benchmarks.delivery.git_server import QUICK
from benchmarks.delivery.site import Site
from benchmarks.figure import Figure
from devcluster.progress import say

NAME = "large"
FILE_MIB = 8
ROOM = 3
"""How many times the tree the operator's store may have: what came over the wire, and the files."""
LOOK_SECONDS = 0.01


@dataclass
class Peak:
    """The most memory that a process had, looked at a hundred times a second, in MiB."""

    pid: int
    most: float = 0.0
    """Resident: with the pages of files that it has mapped, such as a pack of Git, which the system takes back at will."""
    own: float = 0.0
    """Without those."""
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[Peak]:
        """Look within the block."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()

    def _watch(self) -> None:
        process = psutil.Process(self.pid)
        while not self._stop.wait(LOOK_SECONDS):
            now = process.memory_info()
            self.most, self.own = max(self.most, now.rss / 2**20), max(self.own, _own(now))


def _own(memory: Any) -> float:
    """Give what no file stands behind, in MiB."""
    return float(memory.rss - getattr(memory, "shared", 0)) / 2**20


def large(site: Site, mebibytes: int) -> list[Figure]:
    """Deliver a tree of so many MiB, of which half is left when it is packed."""
    called = f"a tree of {mebibytes} MiB"
    say(f"{called}: committed")
    commit = _committed(site, mebibytes)
    site.start(f"--source-mebibytes={ROOM * mebibytes + 64}")
    site.until_quiet()
    before = psutil.Process(site.operator.pid).memory_info()
    rest = before.rss / 2**20
    say(f"{called}: delivered")
    begun = time.monotonic()
    with Peak(site.operator.pid).watched() as peak:
        site.stack.apply([site.from_git(NAME)])
        site.until_delivered(NAME, commit)
        seconds = time.monotonic() - begun
        site.until_quiet()
    after = psutil.Process(site.operator.pid).memory_info().rss / 2**20
    return [
        Figure(f"{called}: peak memory of its own", peak.own, "MiB", _own(before), "the same process before"),
        Figure(f"{called}: peak with mapped files", peak.most, "MiB", rest, "the same process before"),
        Figure(f"{called}: resident memory afterwards", after, "MiB", rest, "the same process before"),
        Figure(f"{called}: fetched and delivered", seconds, "s"),
    ]


def _committed(site: Site, mebibytes: int) -> str:
    """Push files of bytes that nobody can guess, written as digits, so that they pack to their half."""
    repository = Repository.made(site.directory, NAME)
    for number in range(max(1, mebibytes // FILE_MIB)):
        content = os.urandom(min(FILE_MIB, mebibytes) * 2**19).hex()
        (repository.work / f"data_{number:03}.txt").write_text(content)
    for words in (("add", "-A"), ("commit", "-q", "-m", "large"), ("push", "-q", "origin", "HEAD:refs/heads/main")):
        _git(repository, *words)
    return _git(repository, "rev-parse", "HEAD")


def _git(repository: Repository, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(repository.work), *words], env=QUICK, capture_output=True, text=True, check=True)
    return done.stdout.strip()
