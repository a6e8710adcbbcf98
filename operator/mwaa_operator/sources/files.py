"""Where DAG files come from: inline in the spec, ConfigMaps, and places outside. Together they are one tree of paths."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..core.finding import Finding
from ..core.origin import Hashed, sha256_of

PATH_LIMIT = 1000
"""An S3 key has at most 1,024 bytes, of which the folder takes some."""


@dataclass(frozen=True)
class Source:
    """Some files and where they are declared."""

    where: str
    """A field of the spec, with the ConfigMap it names."""
    files: Mapping[str, bytes]
    """Content by path below `path`."""
    path: str = ""
    findings: tuple[Finding, ...] = ()
    """What was found wrong with it before."""
    refused: frozenset[str] = frozenset()
    """Paths below `path` that it has, and that may not be delivered."""


class Joined(Hashed):
    """Files of several sources in one tree. Each is read when it is asked for: all of them together may be large."""

    def __init__(self, places: Mapping[str, tuple[Mapping[str, bytes], str]]) -> None:
        """Take for each path the files of its source, and its path there."""
        self._places = places

    def __getitem__(self, path: str) -> bytes:
        files, name = self._places[path]
        return files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, path: object) -> bool:
        return path in self._places

    def sha256(self, path: str) -> str:
        """Give the hash of a file."""
        return sha256_of(*self._places[path])


@dataclass(frozen=True)
class Files:
    """One tree: what can be delivered, and what is wrong with the rest."""

    content: Mapping[str, bytes]
    findings: tuple[Finding, ...] = ()
    refused: frozenset[str] = frozenset()
    """Paths that are not delivered now; what was delivered there earlier stays."""
    held: str = ""
    """Why nothing at all is delivered now; empty when something is."""
    pending: str = ""
    """Why some files that are made of others are not known now, so that nobody can tell which revision these are."""


def without(content: Mapping[str, bytes], paths: Collection[str]) -> Joined:
    """Leave some files out of a tree. None is read for that, and known hashes stay known."""
    return Joined({path: (content, path) for path in content if path not in paths})


def gather(sources: Iterable[Source]) -> Files:
    """Join sources. A path that is not allowed, or that two sources claim, is left out and named."""
    places: dict[str, tuple[Mapping[str, bytes], str]] = {}
    origin: dict[str, str] = {}
    findings: list[Finding] = []
    refused: set[str] = set()
    for source in sources:
        lead = f"{source.path.strip('/')}/" if source.path.strip("/") else ""
        findings += source.findings
        refused |= {f"{lead}{name}" for name in source.refused}
        for name in sorted(source.files):
            path = f"{lead}{name}"
            if fault := path_fault(path):
                findings.append(Finding("BadPath", source.where, f"{path!r} {fault}"))
            elif path in origin:
                both = f"{path} is also in {origin[path]}. Take it out of one of them; until then neither is delivered"
                findings.append(Finding("DuplicatePath", source.where, both))
                refused.add(path)
            else:
                places[path], origin[path] = (source.files, name), source.where
    ordered = sorted(places)
    for path, below in _files_and_folders(ordered):
        text = f"{path} is a file, and {below} in {origin[below]} needs a folder of that name. Rename one of them"
        findings.append(Finding("PathIsFileAndFolder", origin[path], text))
        refused |= {path}
    return Files(without(Joined(places), refused), tuple(findings), frozenset(refused))


def _files_and_folders(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each path that others have as a folder, with the first of those."""
    known, told = frozenset(paths), set[str]()
    for path in paths:
        steps = path.split("/")
        for count in range(1, len(steps)):
            folder = "/".join(steps[:count])
            if folder in known and folder not in told:
                told.add(folder)
                yield folder, path


def path_fault(path: str) -> str:
    """Say why a path cannot be one of a file below the folder; empty when it can."""
    steps = path.split("/")
    if path.startswith("/") or "" in steps:
        return "must be a relative path without empty parts, such as `team/etl.py`"
    if {".", ".."} & set(steps):
        return "must not contain `.` or `..` as a part"
    if len(path.encode()) > PATH_LIMIT:
        return f"is longer than {PATH_LIMIT} bytes"
    if not path.isprintable() or "\\" in path:
        return "must not contain control characters or backslashes"
    return ""
