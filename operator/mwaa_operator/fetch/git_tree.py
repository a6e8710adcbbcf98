"""From a commit to files: what may be delivered is written to disk, and what may not is named."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dulwich.objects import Blob, Tree

from ..core.errors import OutsideError, Problem, Trouble
from ..core.finding import Finding, Severity
from ..core.origin import Origin
from ..sources.files import path_fault
from .checkout import Checkout, keep, refuse, size_fault
from .limits import Limits, too_large

GITLINK = 0o160000
LINKS = 10
NOT_DELIVERED = frozenset({".gitmodules", ".gitattributes", ".gitignore"})
"""Files that are about the repository, wherever they lie."""


@dataclass(frozen=True)
class Entry:
    """One thing in a tree."""

    path: str
    mode: int
    sha: bytes


def folder(objects: Any, root: bytes, origin: Origin) -> bytes:
    """Find the tree of the folder that is wanted.

    Raises:
        OutsideError: there is no such folder.
    """
    at = root
    for step in filter(None, origin.path.split("/")):
        tree = objects[at]
        mode, at = tree[step.encode()] if isinstance(tree, Tree) and step.encode() in tree else (0, b"")
        if not stat.S_ISDIR(mode):
            text = f"{origin.where}.path: {origin.url} has no folder {origin.path} there. Correct it, or push it there."
            raise OutsideError(Problem(Trouble.REFUSED, "GitPathNotFound", text))
    return at


def entries(objects: Any, root: bytes, origin: Origin, limits: Limits, found: Checkout, above: str = "") -> Iterator[Entry]:
    """Go through a tree and all below it, without reading a file; what has no fit name is named, and left out.

    `above` is the folder of the tree, with a slash behind it.

    Raises:
        OutsideError: it has too many files.
    """
    left: list[tuple[bytes, str, int]] = [(root, "", 0)]
    count = 0
    while left:
        sha, lead, depth = left.pop()
        for name, mode, child in objects[sha].iteritems():
            path = lead + name.decode(errors="replace")
            if fault := _fault(name, above + path, depth + above.count("/"), limits):
                refuse(found, origin, above + path, "GitBadPath", fault)
                continue
            if stat.S_ISDIR(mode):
                left.append((child, f"{path}/", depth + 1))
                continue
            if (count := count + 1) > limits.files:
                raise too_large(origin.url, f"it has more than {limits.files} files")
            yield Entry(path, mode, child)


def write(objects: Any, found_entries: list[Entry], origin: Origin, limits: Limits, found: Checkout, lead: str = "") -> None:
    """Write the files of a tree.

    Args:
        objects: where blobs are read from.
        found_entries: what the tree has.
        origin: the place, for messages.
        limits: bounds.
        found: where it goes.
        lead: the folder of the tree, with a slash behind it.

    Raises:
        OutsideError: all files together are too large.
    """
    known = {entry.path: entry for entry in found_entries}
    for entry in found_entries:
        path = lead + entry.path
        target: Entry | None = entry
        if posixpath.basename(entry.path) in NOT_DELIVERED or entry.mode == GITLINK:
            continue
        if stat.S_ISLNK(entry.mode) and (target := _followed(objects, entry, known)) is None:
            text = "is a link that leads to no file in the delivered folder. Put the file itself there"
            refuse(found, origin, path, "GitLinkRefused", text)
            continue
        assert target is not None
        blob = objects[target.sha]
        if not isinstance(blob, Blob):
            refuse(found, origin, path, "GitBadPath", "is no file")
            continue
        content = blob.as_raw_string()
        if fault := size_fault(len(content), limits):
            refuse(found, origin, path, "GitFileTooLarge", fault)
            continue
        keep(found, origin, path, content, limits)


def left_out(found: Checkout, origin: Origin, path: str) -> None:
    """Say that a submodule was not asked for."""
    text = f"{path!r} is a submodule, whose files are not delivered. Say `recurseSubmodules: true` if they should be"
    found.findings.append(Finding("GitSubmoduleLeftOut", f"{origin.where} {origin.url}", text, Severity.WARNING))


def _fault(name: bytes, path: str, depth: int, limits: Limits) -> str:
    """Say why a name may not be delivered; empty when it may."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return "is no UTF-8"
    if b"/" in name or not name:
        return "is no name of one file"
    if _plain(text) == ".git":
        return "is a name that Git keeps for itself"
    if depth >= limits.depth:
        return f"lies more than {limits.depth} folders deep"
    return path_fault(path)


def _plain(name: str) -> str:
    """Give a name as file systems may read it that know no case, or ignore some characters."""
    ignored = {0x200C, 0x200D, 0x200E, 0x200F, 0xFEFF, *range(0x202A, 0x202F), *range(0x206A, 0x2070)}
    plain = "".join(c for c in name if ord(c) not in ignored).casefold().rstrip(". ")
    return ".git" if plain.startswith("git~") and plain[4:].isdecimal() else plain


def _followed(objects: Any, entry: Entry, known: dict[str, Entry]) -> Entry | None:
    """Find the file that a link leads to, inside the tree; None where there is none."""
    at = entry
    for _ in range(LINKS):
        if not stat.S_ISLNK(at.mode):
            return at if stat.S_ISREG(at.mode) else None
        target = objects[at.sha].as_raw_string().decode(errors="replace")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(at.path), target))
        if target.startswith("/") or path.startswith("../") or (there := known.get(path)) is None:
            return None
        at = there
    return None
