"""Where built and installed tools are kept, shared by every checkout of one user."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from devcluster.progress import say


def directory() -> Path:
    """Return ``${XDG_CACHE_HOME:-~/.cache}/mwaa-operator``."""
    base = os.environ.get("XDG_CACHE_HOME")
    # A relative path is to be ignored, says the XDG base directory specification.
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return root / "mwaa-operator"


def programs() -> Path:
    """Return the directory of single files that can be run."""
    return directory() / "bin"


def wheels() -> Path:
    """Return the directory of installed wheels, one directory each."""
    return directory() / "wheels"


def definitions() -> Path:
    """Return the directory of definitions of other people's kinds, one directory each."""
    return directory() / "definitions"


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of one cache entry; whoever comes second waits, then finds it made. It opens when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"Waiting for another run that makes {what}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
