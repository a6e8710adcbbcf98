"""Which commit is meant: from what a remote shows to one hash."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Origin
from .semver import highest

HEADS, TAGS, PEELED = b"refs/heads/", b"refs/tags/", b"^{}"


def prefixes(reference: tuple[str, str]) -> list[bytes]:
    """Name what must be asked for, so that a remote with very many branches shows few."""
    kind, name = reference
    match kind:
        case "branch":
            return [HEADS + name.encode()]
        case "tag":
            return [TAGS + name.encode()]
        case "semver":
            return [TAGS]
        case _:
            return [b"HEAD"]


def chosen(origin: Origin, refs: Mapping[bytes, bytes | None], symrefs: Mapping[bytes, bytes]) -> tuple[str, bytes]:
    """Choose among the references of a remote.

    Returns:
        What it is called, and the hash that it points to, be it of a commit or of a tag.

    Raises:
        OutsideError: there is none such.
    """
    kind, name = origin.reference
    match kind:
        case "branch":
            found, called = refs.get(HEADS + name.encode()), name
        case "tag":
            found, called = refs.get(TAGS + name.encode()), name
        case "semver":
            called = _version(origin, refs)
            found = refs.get(TAGS + called.encode()) if called else None
        case _:
            found = refs.get(b"HEAD")
            called = symrefs.get(b"HEAD", b"HEAD").removeprefix(HEADS).decode(errors="replace")
    if not found:
        raise missing(origin)
    return called, found


def missing(origin: Origin) -> OutsideError:
    """Say that a repository has no such commit."""
    kind, name = origin.reference
    what = {
        "branch": f"no branch {name}",
        "tag": f"no tag {name}",
        "semver": f"no tag with a version in the range {name}",
        "commit": f"no commit {name} that it would give",
    }.get(kind, "no HEAD: it is empty, or its default branch is gone")
    text = f"{origin.where}.ref: {origin.url} has {what}. Correct it, or push it there."
    return OutsideError(Problem(Trouble.REFUSED, "GitReferenceNotFound", text))


def _version(origin: Origin, refs: Mapping[bytes, bytes | None]) -> str:
    names = [
        ref.removeprefix(TAGS).decode(errors="replace") for ref in refs if ref.startswith(TAGS) and not ref.endswith(PEELED)
    ]
    try:
        return highest(origin.reference[1], names) or ""
    except ValueError as error:
        text = f"{origin.where}.ref.semver: {error}. Correct it."
        raise OutsideError(Problem(Trouble.REFUSED, "GitReferenceNotFound", text)) from error
