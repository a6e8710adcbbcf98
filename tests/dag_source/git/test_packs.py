"""What a pack says of itself is not believed: packs made by hand, whose deltas are hostile, are refused unread."""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import replace

import pytest

from mwaa_operator.fetch.git_pack import OFS_DELTA, PackBounds, PackError, inspect
from mwaa_operator.fetch.limits import MIB, Limits

BLOB = 3
LIMITS = Limits()
BOUNDS = PackBounds(LIMITS.objects, LIMITS.object, LIMITS.unpacked, LIMITS.ratio, LIMITS.unhurt)


def varint(size: int, padded: int = 0) -> bytes:
    """Write a size as deltas have it, on so many bytes at least."""
    parts = [size & 0x7F]
    while (size := size >> 7) or len(parts) < padded:
        parts.append(size & 0x7F)
    return bytes(part | 0x80 for part in parts[:-1]) + bytes(parts[-1:])


def copying(source: int, times: int, padded: int = 0) -> bytes:
    """Make a delta that takes all of what it starts from, so many times."""
    copy = bytes([0x80 | 0x70]) + source.to_bytes(3, "little")
    return varint(source, padded) + varint(source * times) + copy * times


def entry(kind: int, content: bytes, size: int | None = None, offset: bytes = b"") -> bytes:
    size = len(content) if size is None else size
    head = [kind << 4 | size & 15]
    size >>= 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + offset + zlib.compress(content, 9)


def pack(*entries: bytes) -> io.BytesIO:
    body = b"PACK" + (2).to_bytes(4, "big") + len(entries).to_bytes(4, "big") + b"".join(entries)
    return io.BytesIO(body + hashlib.sha1(body).digest())


def delta(content: bytes) -> bytes:
    return entry(OFS_DELTA, content, offset=b"\x20")


BASE = entry(BLOB, b"x" * MIB)


def test_deltas_that_become_as_large_as_they_may_are_fine() -> None:
    inspect(pack(BASE, delta(copying(MIB, 64))), BOUNDS)
    inspect(pack(BASE, delta(copying(MIB, 64, padded=10))), BOUNDS)


@pytest.mark.parametrize("padded", [0, 9, 11, 20, 40])
def test_a_delta_that_becomes_too_large_is_refused_however_it_writes_its_sizes(padded: int) -> None:
    with pytest.raises(PackError):
        inspect(pack(BASE, delta(copying(MIB, 640, padded))), BOUNDS)


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x01", b"\x01\x80", b"\x01" + b"\x80" * 10 + b"\x01", b"\x80" * 40])
def test_a_delta_that_does_not_say_what_it_becomes_is_refused(content: bytes) -> None:
    with pytest.raises(PackError, match="how large it becomes"):
        inspect(pack(BASE, delta(content)), BOUNDS)


def test_a_small_pack_that_becomes_a_large_tree_is_refused() -> None:
    """Each object is within bounds, and so is their sum: that so little becomes so much is what gives it away."""
    large = [delta(copying(MIB, 60))] * 3
    with pytest.raises(PackError, match="once unpacked"):
        inspect(pack(BASE, *large), BOUNDS)
    inspect(pack(BASE, *large[:2]), BOUNDS)
    inspect(pack(BASE, *large), replace(BOUNDS, ratio=10**6))


def test_an_object_that_is_larger_than_it_says_is_refused() -> None:
    with pytest.raises(PackError, match="larger than it says"):
        inspect(pack(entry(BLOB, b"x" * 1000, size=10)), BOUNDS)


def test_one_object_holds_no_more_memory_than_a_pod_has() -> None:
    """A file and what it is made from are in memory at the same time; the chart gives a pod 512 MiB."""
    assert LIMITS.file < LIMITS.object <= 64 * MIB
    with pytest.raises(PackError, match="more than"):
        inspect(pack(BASE, delta(copying(MIB, 65))), BOUNDS)
