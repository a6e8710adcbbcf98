"""What becomes of a tree from outside, whichever way it came: files on disk by their hash, and a name for each refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..core.finding import Finding
from ..core.origin import Fetched, Origin, Room
from .limits import Limits, shown, too_large
from .stored import StoredFiles, store

SHOWN = 100


@dataclass
class Checkout:
    """What became of a tree."""

    room: Room
    hashes: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    size: int = 0
    modules: int = 0
    """How many submodules were followed."""

    def fetched(self, revision: str) -> Fetched:
        """Give it as what was fetched."""
        return Fetched(revision, StoredFiles(self.room, self.hashes), tuple(self.findings), frozenset(self.refused))


@contextmanager
def checkout(room: Room) -> Iterator[Checkout]:
    """Fill a room with a tree; one that was not filled to the end is given back."""
    try:
        yield Checkout(room)
    except BaseException:
        room.close()
        raise


def refuse(found: Checkout, origin: Origin, path: str, code: str, text: str) -> None:
    """Leave a file out, and name it; what was delivered there earlier stays."""
    found.refused.add(path)
    if len(found.findings) < SHOWN:
        found.findings.append(Finding(code, f"{origin.where} {origin.url}", f"{path!r} {text}; it is not delivered."))


def size_fault(size: int, limits: Limits) -> str:
    """Say why a file of so many bytes is not delivered; empty when it is."""
    if size <= limits.file:
        return ""
    return f"has {shown(size)}, more than {shown(limits.file)}. Keep it in the bucket by another way"


def keep(found: Checkout, origin: Origin, path: str, content: bytes, limits: Limits) -> None:
    """Write a file to the disk.

    Raises:
        OutsideError: all files together are too large, or too many.
    """
    if (size := found.size + len(content)) > limits.total or len(found.hashes) >= limits.files:
        raise too_large(origin.url, f"its files have more than {shown(limits.total)}, or are more than {limits.files}")
    found.size = size
    found.hashes[path] = store(found.room, content)
