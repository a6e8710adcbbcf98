"""Archives (tar, as it is or with gzip) as files: nothing is unpacked but regular files, each under its hash."""

from __future__ import annotations

import contextlib
import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Origin, Room
from ..sources.files import path_fault
from .checkout import Checkout, keep, refuse, size_fault
from .limits import Limits, shown, too_large

CHUNK = 1024 * 1024
HEADER = 1024 * 1024
"""How many bytes a header may have: a name is far shorter, and headers are held in memory."""
GZIP = b"\x1f\x8b"
LINKS = 10
BROKEN = (tarfile.TarError, zlib.error, ValueError, EOFError, OverflowError, IndexError, KeyError, RecursionError)
"""What is raised at an archive that is none, or was made to do harm."""


def unpack(packed: Path, room: Room, origin: Origin, limits: Limits, found: Checkout) -> None:
    """Write the files of an archive that lies on disk. What may not be delivered is named, and left out.

    Args:
        packed: the archive.
        room: for the archive without its compression, which is needed for a while only.
        origin: the place. Only what is below its `path` is taken.
        limits: bounds.
        found: where files go.

    Raises:
        OutsideError: it is no archive, or is too large or too many in any way.
    """
    with contextlib.closing(room.part()) as part:
        plain = part.path / "tar"
        _decompress(packed, plain, part, origin, limits)
        try:
            with _Bounded(plain.open("rb", buffering=0)) as file, tarfile.TarFile(fileobj=file) as tar:
                links = _files(tar, origin, limits, found)
        except BROKEN as error:
            text = f"{origin.where}: what {origin.url} has is no tar archive that can be read: {_said(error)}. Pack it anew."
            raise OutsideError(Problem(Trouble.REFUSED, "NotAnArchive", text)) from error
    for path, target in links.items():
        _link(path, target, links, origin, found)


def without_folder(found: Checkout, origin: Origin) -> OutsideError | None:
    """Say that the wanted folder is not there; None when it is, or when all of it is wanted."""
    if not origin.path or found.hashes or found.refused:
        return None
    text = f"{origin.where}.path: {origin.url} has no file below {origin.path}. Correct it, or put it there."
    return OutsideError(Problem(Trouble.REFUSED, "SourcePathNotFound", text))


def wanted(name: str, origin: Origin) -> str:
    """Give the path of a file below the folder that is wanted; empty for one outside it.

    Programs write `./a` for `a`. What versions keep for themselves is no file of anybody's.
    """
    path = name.removeprefix("./")
    if ".git" in path.split("/"):
        return ""
    if not origin.path:
        return path
    lead = f"{origin.path}/"
    return path.removeprefix(lead) if path.startswith(lead) else ""


def take(found: Checkout, origin: Origin, limits: Limits, path: str, size: int, read: Callable[[], bytes]) -> None:
    """Write one file, or name why not: its path may be no file's, or it may be too large to be read at all."""
    if fault := fault_of(path, limits):
        refuse(found, origin, path, "ArchiveBadPath", fault)
    elif fault := size_fault(size, limits):
        refuse(found, origin, path, "ArchiveFileTooLarge", fault)
    else:
        keep(found, origin, path, read(), limits)


def fault_of(path: str, limits: Limits) -> str:
    """Say why no file may lie at a path; empty when it may."""
    if path.count("/") >= limits.depth:
        return f"lies more than {limits.depth} folders deep"
    return path_fault(path)


class _Bounded(io.BufferedReader):
    """A file of which no large piece is read at once: whatever a header claims, it costs no memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or size > HEADER:
            raise ValueError(f"a header claims {size} bytes")
        return super().read(size)


def _decompress(packed: Path, plain: Path, room: Room, origin: Origin, limits: Limits) -> None:
    """Write an archive without its compression, and stop as soon as that gets too large."""
    most = min(limits.unpacked, max(limits.unhurt, limits.ratio * packed.stat().st_size))
    size = 0
    with packed.open("rb") as source, plain.open("wb") as target:
        for data in _plain(source, origin):
            size += len(data)
            if size > most:
                text = f"it becomes more than {shown(most)} once unpacked, from {shown(packed.stat().st_size)}"
                raise too_large(origin.url, text)
            room.take(len(data))
            target.write(data)


def _plain(source: IO[bytes], origin: Origin) -> Iterator[bytes]:
    head = source.read(len(GZIP))
    source.seek(0)
    if head != GZIP:
        while data := source.read(CHUNK):
            yield data
        return
    try:
        with gzip.GzipFile(fileobj=source) as unzipped:
            while data := unzipped.read(CHUNK):
                yield data
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        text = f"{origin.where}: what {origin.url} has is no gzip that can be read ({_said(error)}). Pack it anew."
        raise OutsideError(Problem(Trouble.REFUSED, "NotAnArchive", text)) from error


def _files(tar: tarfile.TarFile, origin: Origin, limits: Limits, found: Checkout) -> dict[str, str]:
    """Write regular files, and give links with where they lead to, for later: their target may come after them."""
    links: dict[str, str] = {}
    count = 0
    while (member := tar.next()) is not None:
        # they are kept otherwise, however many there are
        tar.members.clear()  # type: ignore[attr-defined]
        if (count := count + 1) > 2 * limits.files:
            raise too_large(origin.url, f"it has more than {2 * limits.files} entries")
        path = wanted(member.name, origin)
        if not path or path == "." or member.isdir():
            continue
        # what comes later at the same path takes its place, whatever either of them is
        found.hashes.pop(path, None)
        links.pop(path, None)
        found.refused.discard(path)
        if fault := fault_of(path, limits):
            refuse(found, origin, path, "ArchiveBadPath", fault)
        elif member.issym() or member.islnk():
            links[path] = _leads_to(member, origin)
        elif not member.isreg() or member.issparse():
            refuse(found, origin, path, "ArchiveBadPath", "is no regular file")
        else:
            take(found, origin, limits, path, member.size, partial(_content, tar, member))
    return links


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file
    parts = []
    while data := file.read(CHUNK):
        parts.append(data)
    content = b"".join(parts)
    if len(content) != member.size:
        raise EOFError("it ends within a file")
    return content


def _leads_to(member: tarfile.TarInfo, origin: Origin) -> str:
    """Give the path that a link leads to, below the folder that is wanted; empty where it leaves the tree."""
    target = member.linkname
    if member.issym():
        target = posixpath.join(posixpath.dirname(member.name.removeprefix("./")), target)
    path = posixpath.normpath(target) if target else ""
    return "" if path.startswith(("/", "..")) else wanted(path, origin)


def _link(path: str, target: str, links: dict[str, str], origin: Origin, found: Checkout) -> None:
    """Deliver a link as the file that it leads to."""
    for _ in range(LINKS):
        if target in found.hashes:
            found.hashes[path] = found.hashes[target]
            return
        if target not in links:
            break
        target = links[target]
    text = "is a link that leads to no file in the delivered folder. Put the file itself there"
    refuse(found, origin, path, "ArchiveLinkRefused", text)


def _said(error: BaseException) -> str:
    text = "".join(c if c.isprintable() else " " for c in str(error))
    return text[:200] or type(error).__name__
