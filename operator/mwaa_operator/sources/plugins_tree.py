"""plugins.zip as the rules see it: the names, sizes and modes of its entries, and the Python in it."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from .module import SIZE_LIMIT
from .plugins import UNIX

ENTRIES = 50_000
"""So many are looked at."""
READ = 20 * 1024 * 1024
"""So much Python is unpacked: an archive may pretend to be small."""
UNREADABLE = (RuntimeError, NotImplementedError, OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)
"""What reading one entry may end with, such as a password or a damage."""


@dataclass(frozen=True)
class Entry:
    """A file or a folder of the archive."""

    path: str
    is_folder: bool = False
    mode: int | None = None
    """Its bits of Unix; None where the archive has none."""


@dataclass(frozen=True)
class Plugins:
    """All of it."""

    entries: tuple[Entry, ...]
    python: Mapping[str, bytes]
    size: int
    """Of the archive, in bytes."""

    @property
    def files(self) -> tuple[str, ...]:
        """Give the paths of its files."""
        return tuple(each.path for each in self.entries if not each.is_folder)


def of_files(content: Mapping[str, bytes]) -> Plugins:
    """Give files that an archive is made of: it has modes of its own."""
    python = {path: content[path] for path in content if path.endswith(".py")}
    return Plugins(tuple(map(Entry, sorted(content))), python, sum(len(content[path]) for path in content))


def of_archive(file: BinaryIO, size: int) -> Plugins | None:
    """Read a ready archive; None where it is none.

    Args:
        file: the archive, which may be a large one on a disk.
        size: in bytes.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            listed = archive.infolist()[:ENTRIES]
            python, left = dict[str, bytes](), READ
            for each in listed:
                if each.filename.endswith(".py") and each.file_size <= min(SIZE_LIMIT, left):
                    python[each.filename] = content = _read(archive, each)
                    left -= len(content)
    except UNREADABLE:
        return None
    return Plugins(tuple(map(_entry, listed)), python, size)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as file:
            return file.read(SIZE_LIMIT)
    except UNREADABLE:
        return b""


def _entry(each: zipfile.ZipInfo) -> Entry:
    mode = each.external_attr >> 16 & 0o777 if each.create_system == UNIX else 0
    return Entry(each.filename.rstrip("/"), each.is_dir(), mode or None)
