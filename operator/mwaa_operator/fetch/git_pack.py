"""A look through a pack before it is unpacked: it says itself how large it becomes, and may lie."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 64 * 1024
OFS_DELTA, REF_DELTA = 6, 7
HEADER = 12
VARINT = 10
"""How many bytes a size is written with at most: more could hide it behind padding."""


class PackError(Exception):
    """What is wrong with a pack."""


@dataclass
class PackBounds:
    """What a pack may hold."""

    objects: int
    object: int
    unpacked: int
    ratio: int
    """How many times its own size a pack may become, ..."""
    unhurt: int
    """... once that is more than so many bytes."""


def inspect(pack: BinaryIO, bounds: PackBounds) -> None:
    """Go through a pack once, holding no more than a piece of it.

    Raises:
        PackError: it is no pack, or it becomes larger than the bounds allow.
    """
    most = min(bounds.unpacked, max(bounds.unhurt, bounds.ratio * pack.seek(0, 2)))
    pack.seek(0)
    head = pack.read(HEADER)
    if len(head) < HEADER or head[:4] != b"PACK" or int.from_bytes(head[4:8], "big") not in (2, 3):
        raise PackError("what the server sent is no Git pack")
    count, total = int.from_bytes(head[8:], "big"), 0
    if count > bounds.objects:
        raise PackError(f"it has {count} objects, more than {bounds.objects}")
    reader = _Reader(pack)
    for _ in range(count):
        kind, size = reader.header()
        unpacked = reader.inflate(size, bounds.object, kind in (OFS_DELTA, REF_DELTA))
        total += max(size, unpacked)
        if unpacked > bounds.object:
            raise PackError(f"an object in it has {unpacked} bytes, more than {bounds.object}")
        if total > most:
            raise PackError(f"it has more than {most} bytes once unpacked")


class _Reader:
    def __init__(self, pack: BinaryIO) -> None:
        self._pack = pack
        self._ahead = b""

    def header(self) -> tuple[int, int]:
        """Read the type of an object and the size it says it has."""
        byte = self._byte()
        kind, size, shift = (byte >> 4) & 7, byte & 15, 4
        while byte & 0x80:
            byte = self._byte()
            size |= (byte & 0x7F) << shift
            shift += 7
            if shift > 60:
                raise PackError("it is damaged: an object has no size")
        if kind == OFS_DELTA:
            while self._byte() & 0x80:
                pass
        elif kind == REF_DELTA:
            for _ in range(20):
                self._byte()
        return kind, size

    def inflate(self, size: int, most: int, is_delta: bool) -> int:
        """Go through the bytes of an object, and give the size it has, of a delta that of what it makes."""
        if size > most:
            raise PackError(f"an object in it has {size} bytes, more than {most}")
        stream, seen, start = zlib.decompressobj(), 0, b""
        while not stream.eof:
            try:
                out = stream.decompress(self._some(), CHUNK)
            except zlib.error as error:
                raise PackError(f"it is damaged: {error}") from error
            self._ahead = stream.unused_data if stream.eof else stream.unconsumed_tail
            seen += len(out)
            start = (start + out)[: 2 * VARINT] if len(start) < 2 * VARINT else start
            if seen > size:
                raise PackError("an object in it is larger than it says")
        return _made(start) if is_delta else seen

    def _some(self) -> bytes:
        if not self._ahead and not (data := self._pack.read(CHUNK)):
            raise PackError("it ends too early")
        taken, self._ahead = self._ahead or data, b""
        return taken

    def _byte(self) -> int:
        data = self._some()
        self._ahead = data[1:]
        return data[0]


def _made(delta: bytes) -> int:
    """Read from the start of a delta how large its result is: the second of two sizes."""
    at, size = 0, 0
    for _ in range(2):
        part = delta[at : at + VARINT]
        length = next((number for number, byte in enumerate(part, 1) if not byte & 0x80), None)
        if length is None:
            raise PackError("it is damaged: a delta does not say how large it becomes")
        size = sum((byte & 0x7F) << 7 * number for number, byte in enumerate(part[:length]))
        at += length
    return size
