"""Where DAG files come from: inline in the spec, and in ConfigMaps. Together they are one tree of paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..core.finding import Finding

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


@dataclass(frozen=True)
class Files:
    """One tree: what can be delivered, and what is wrong with the rest."""

    content: Mapping[str, bytes]
    findings: tuple[Finding, ...] = ()
    refused: frozenset[str] = frozenset()
    """Paths that are not delivered now; what was delivered there earlier stays."""
    held: str = ""
    """Why nothing at all is delivered now; empty when something is."""


def gather(sources: Iterable[Source]) -> Files:
    """Join sources. A path that is not allowed, or that two sources claim, is left out and named."""
    content: dict[str, bytes] = {}
    origin: dict[str, str] = {}
    findings: list[Finding] = []
    refused: set[str] = set()
    for source in sources:
        for name in sorted(source.files):
            path = f"{source.path.strip('/')}/{name}" if source.path.strip("/") else name
            if fault := path_fault(path):
                findings.append(Finding("BadPath", source.where, f"{path!r} {fault}"))
            elif path in origin:
                both = f"{path} is also in {origin[path]}. Take it out of one of them; until then neither is delivered"
                findings.append(Finding("DuplicatePath", source.where, both))
                refused.add(path)
            else:
                content[path], origin[path] = source.files[name], source.where
    for path in sorted(content):
        if below := next((other for other in sorted(content) if other.startswith(f"{path}/")), None):
            text = f"{path} is a file, and {below} in {origin[below]} needs a folder of that name. Rename one of them"
            findings.append(Finding("PathIsFileAndFolder", origin[path], text))
            refused |= {path}
    return Files({path: data for path, data in content.items() if path not in refused}, tuple(findings), frozenset(refused))


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
