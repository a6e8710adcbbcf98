"""plugins.zip as the rules see it: the names, sizes and modes of its entries, and the Python in it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from .module import SIZE_LIMIT
from .plugins import UNIX

ENTRIES = 50_000
"""An archive with more is not looked into: each costs memory before anything of it is known."""
DIRECTORY = 16 * 1024 * 1024
"""So many bytes of names and sizes are read."""
READ = 20 * 1024 * 1024
"""So much Python is unpacked: an archive may pretend to be small."""
END = struct.Struct("<4s4H2LH")
"""The record at the end of an archive; the sixth of its values is the size of the directory."""
LARGE = struct.Struct("<4sQ2H2L4Q")
"""The one before it in archives of more than 4 GiB; the ninth value is that size."""
LOCATOR, COMMENT = 20, 0xFFFF
"""Bytes between the two, and after them at most."""
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
    """Read a ready archive; None where it is none, or has so large a directory that it is not read into memory.

    Args:
        file: the archive, which may be a large one on a disk.
        size: in bytes.
    """
    try:
        if not _is_listable(file):
            return None
        with zipfile.ZipFile(file) as archive:
            listed = archive.infolist()
            python, left = dict[str, bytes](), READ
            for each in listed:
                if each.filename.endswith(".py") and each.file_size <= min(SIZE_LIMIT, left):
                    python[each.filename] = content = _read(archive, each)
                    left -= len(content)
    except UNREADABLE:
        return None
    return Plugins(tuple(map(_entry, listed)), python, size)


def _is_listable(file: BinaryIO) -> bool:
    """Look at the end of an archive, as `zipfile` finds it, before the names in it are read.

    The number of entries that stands there may be a lie, since nobody needs it: they are counted in the directory.
    """
    length = file.seek(0, io.SEEK_END)
    file.seek(max(length - END.size - COMMENT, 0))
    tail = file.read()
    plain = tail[-END.size :]
    at = len(tail) - END.size if plain.startswith(b"PK\5\6") and plain.endswith(b"\0\0") else tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + END.size:
        return True  # no archive, as `zipfile` will say
    end = length - len(tail) + at
    size = END.unpack_from(tail, at)[5]
    file.seek(max(end - LARGE.size - LOCATOR, 0))
    if (large := file.read(LARGE.size)).startswith(b"PK\6\6") and len(large) == LARGE.size:
        size = LARGE.unpack(large)[8]
    if size > DIRECTORY:
        return False
    begin = max(end - size - LARGE.size - LOCATOR, 0)
    file.seek(begin)
    return file.read(end - begin).count(b"PK\1\2") <= ENTRIES


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as file:
            return file.read(SIZE_LIMIT)
    except UNREADABLE:
        return b""


def _entry(each: zipfile.ZipInfo) -> Entry:
    mode = each.external_attr >> 16 & 0o777 if each.create_system == UNIX else 0
    return Entry(each.filename.rstrip("/"), each.is_dir(), mode or None)
