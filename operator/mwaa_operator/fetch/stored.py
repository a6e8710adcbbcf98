"""Where fetched files lie until nobody needs them: on disk, named by their hash, so that no name can lead astray."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..core.origin import Hashed

LOCK = "lock"


class StoredFiles(Hashed):
    """Files in a directory of their own, which goes when nobody refers to them any more."""

    def __init__(self, directory: Path, hashes: Mapping[str, str]) -> None:
        """Take over a directory that has each file under its SHA-256."""
        self._directory = directory
        self._hashes = hashes
        weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)

    def __getitem__(self, path: str) -> bytes:
        return (self._directory / self._hashes[path]).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, path: object) -> bool:
        return path in self._hashes

    def sha256(self, path: str) -> str:
        """Give the hash of a file."""
        return self._hashes[path]


def store(directory: Path, content: bytes) -> str:
    """Write a file, and give its hash."""
    name = hashlib.sha256(content).hexdigest()
    if not (path := directory / name).exists():
        path.write_bytes(content)
    return name


class Store:
    """The directory of one process. Those of processes that have ended are cleared away."""

    def __init__(self, root: Path) -> None:
        """Make a directory below `root`, which may be shared with other processes."""
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in root.iterdir():
            _clear(old)
        self._directory = Path(tempfile.mkdtemp(prefix="sources-", dir=root))
        self._lock = os.open(self._directory / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def new(self) -> Path:
        """Make an empty directory."""
        return Path(tempfile.mkdtemp(prefix="tree-", dir=self._directory))

    def close(self) -> None:
        """Clear everything away."""
        shutil.rmtree(self._directory, ignore_errors=True)
        os.close(self._lock)


def _clear(directory: Path) -> None:
    try:
        lock = os.open(directory / LOCK, os.O_RDWR)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(directory, ignore_errors=True)
    except OSError:
        return  # its process lives
    finally:
        os.close(lock)
