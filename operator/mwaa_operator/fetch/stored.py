"""Where fetched files lie until nobody needs them: on disk, named by their hash, so that no name can lead astray."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Hashed, Room
from .limits import MIB

LOCK = "lock"


class StoredFiles(Hashed):
    """Files in a directory of their own, which goes when nobody refers to them any more."""

    def __init__(self, room: Room, hashes: Mapping[str, str]) -> None:
        """Take over a room that has each file under its SHA-256."""
        self._directory = room.path
        self._hashes = hashes
        weakref.finalize(self, room.close)

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


def store(room: Room, content: bytes) -> str:
    """Write a file, and give its hash.

    Raises:
        OutsideError: there is no room for it.
    """
    name = hashlib.sha256(content).hexdigest()
    if not (path := room.path / name).exists():
        room.take(len(content))
        path.write_bytes(content)
    return name


class Store:
    """The directory of one process. Those of processes that have ended are cleared away."""

    def __init__(self, root: Path, most: int) -> None:
        """Make a directory below `root`, which may be shared with other processes, for at most so many bytes."""
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in root.iterdir():
            _clear(old)
        self._directory = Path(tempfile.mkdtemp(prefix="sources-", dir=root))
        self._lock = os.open(self._directory / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._counting = threading.RLock()
        self._most = most
        self.taken = 0
        """How many bytes are in use."""

    def new(self) -> StoreRoom:
        """Make an empty directory."""
        return StoreRoom(self, Path(tempfile.mkdtemp(prefix="tree-", dir=self._directory)))

    def count(self, size: int) -> None:
        """Count bytes that come, or go.

        Raises:
            OutsideError: there is no room for them.
        """
        # a finalizer may run at any moment, in the very thread that counts: hence a lock that can be taken twice
        with self._counting:
            if size > 0 and self.taken + size > self._most:
                text = f"fetched sources take more than {self._most // MIB} MiB of disk. Give the operator more"
                text += " (`sourceMebibytes`, and with the chart `tmpSizeLimit` too), or name smaller folders."
                raise OutsideError(Problem(Trouble.REFUSED, "SourceStoreFull", text))
            self.taken += size

    def close(self) -> None:
        """Clear everything away."""
        shutil.rmtree(self._directory, ignore_errors=True)
        os.close(self._lock)


class StoreRoom:
    """One tree's part of the store."""

    def __init__(self, store: Store, path: Path) -> None:
        """Use a directory of a store."""
        self._store = store
        self._taken = 0
        self.path = path

    def take(self, size: int) -> None:
        """Ask for bytes before they are written."""
        self._store.count(size)
        self._taken += size

    def part(self) -> StoreRoom:
        """Give a directory inside it, for what is needed for a while only."""
        return StoreRoom(self._store, Path(tempfile.mkdtemp(prefix="part-", dir=self.path)))

    def close(self) -> None:
        """Clear the directory away."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._store.count(-self._taken)
        self._taken = 0


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
