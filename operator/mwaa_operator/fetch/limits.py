"""What a tree from outside may be, so that nobody can fill a disk or a memory with one."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import OutsideError, Problem, Trouble

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds, each far above what DAGs need."""

    files: int = 20_000
    """How many files."""
    total: int = 1024 * MIB
    """How many bytes all files have together."""
    file: int = 50 * MIB
    """How many bytes one file may have: it is held in memory while it is uploaded."""
    depth: int = 32
    """How many folders deep."""
    pack: int = 1024 * MIB
    """How many bytes may come over the wire."""
    aside: int = 16 * MIB
    """How many bytes may come beside packs, such as references: they are held in memory, as four times as much."""
    objects: int = 500_000
    """How many Git objects."""
    object: int = 64 * MIB
    """How many bytes one Git object may have once unpacked, wanted or not: it is held in memory for that."""
    unpacked: int = 4096 * MIB
    """How many bytes all Git objects may have once unpacked."""
    ratio: int = 200
    """How many times what came over the wire all Git objects may have once unpacked, ..."""
    unhurt: int = 128 * MIB
    """... if that is more than so many bytes: a thousand files that hardly differ are packed as a few bytes each."""
    seconds: float = 300.0
    """How long a server may take for a fetch, submodules included."""
    look: float = 60.0
    """How long a server may take to show its references, in seconds."""


def shown(size: int) -> str:
    """Write a number of bytes."""
    return f"{size / MIB:.0f} MiB" if size >= MIB else f"{size} bytes"


def too_large(url: str, what: str) -> OutsideError:
    """Refuse a tree as a whole."""
    text = f"{url}: {what}. Put the DAGs into a repository of their own, or name a smaller folder with `path`."
    return OutsideError(Problem(Trouble.REFUSED, "SourceTooLarge", text))
