"""What a tree of objects consists of: its manifest, and the difference between it, the bucket and the wish. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from .s3 import CHANGED_OUTSIDE, GONE_OUTSIDE, Tree

FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """One own object, as it was uploaded."""

    sha256: str
    etag: str
    version_id: str
    size: int
    dag: bool
    """Whether Airflow will look for DAGs in it."""


@dataclass(frozen=True)
class Listed:
    """One object, as S3 lists it."""

    etag: str


@dataclass(frozen=True)
class Manifest:
    """The record of what a tree has put into the bucket. What is not in it is not the tree's."""

    prefix: str
    tags: Mapping[str, str]
    files: Mapping[str, Entry] = field(default_factory=dict)

    def dumps(self) -> bytes:
        """Write it: equal manifests give equal bytes."""
        document = {
            "format": FORMAT,
            "prefix": self.prefix,
            "tags": dict(self.tags),
            "files": {path: asdict(entry) for path, entry in self.files.items()},
        }
        return json.dumps(document, sort_keys=True, indent=1).encode()

    @classmethod
    def loads(cls, content: bytes) -> Self:
        """Read it.

        Raises:
            ValueError: it is not a manifest.
        """
        try:
            document = json.loads(content)
            files = {str(path): Entry(**entry) for path, entry in document["files"].items()}
            return cls(str(document["prefix"]), dict(document["tags"]), files)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a manifest: {error!r}") from error


@dataclass(frozen=True)
class Difference:
    """What there is to do about a tree, by path. Nothing appears twice."""

    upload: frozenset[str]
    """Not there, or there with the content of an earlier wish."""
    doubtful: frozenset[str]
    """Wanted, and there is an object that is not what the manifest says: look at it first."""
    delete: frozenset[str]
    """Left the wish, and is as it was uploaded."""
    doubtful_delete: frozenset[str]
    """Left the wish, and was changed: look at it first."""
    forget: frozenset[str]
    """Left the wish, and somebody else deleted it already."""

    def __bool__(self) -> bool:
        return bool(self.upload or self.doubtful or self.delete or self.doubtful_delete or self.forget)


def difference(want: Tree, manifest: Manifest, listing: Mapping[str, Listed]) -> Difference:
    """Compare a wish with what is there."""
    upload, doubtful = set(), set()
    for path, sha in want.files.items():
        entry, listed = manifest.files.get(path), listing.get(path)
        if listed is None:
            upload.add(path)
        elif entry is None or listed.etag != entry.etag:
            doubtful.add(path)
        elif entry.sha256 != sha:
            upload.add(path)
    left = prunable(want, manifest)
    there = {path for path in left if path in listing}
    untouched = {path for path in there if listing[path].etag == manifest.files[path].etag}
    return Difference(
        frozenset(upload), frozenset(doubtful), frozenset(untouched), frozenset(there - untouched), frozenset(left - there)
    )


def prunable(want: Tree, manifest: Manifest) -> frozenset[str]:
    """Name the own objects that should go."""
    return frozenset(manifest.files) - frozenset(want.files) - want.kept if want.prune else frozenset()


def observed_files(want: Tree, manifest: Manifest, listing: Mapping[str, Listed]) -> dict[str, str]:
    """Tell the content of the tree's own objects, so that it equals `Tree.files` exactly when there is nothing to do."""
    seen: dict[str, str] = {}
    gone = prunable(want, manifest)
    for path, entry in manifest.files.items():
        if path not in want.files and path not in gone:
            continue
        listed = listing.get(path)
        if listed:
            seen[path] = entry.sha256 if listed.etag == entry.etag else CHANGED_OUTSIDE
        elif path in gone:
            seen[path] = GONE_OUTSIDE
    return seen


def standing(files: Mapping[str, str], want: Tree, manifest: Manifest) -> dict[str, str]:
    """Add to some files those that are kept: a revision is what lies there, and not only what can be delivered now.

    A kept file counts as it was uploaded, whatever became of it: nothing is done about it before it is mended.
    """
    return {**{path: entry.sha256 for path, entry in manifest.files.items() if path in want.kept}, **files}


def key(prefix: str, path: str) -> str:
    """Give the key of a file."""
    return f"{prefix}/{path}" if prefix else path


def is_dag(path: str, content: bytes) -> bool:
    """Tell whether Airflow looks for DAGs in a file, as its safe mode does: a Python file that has both words."""
    if not is_python(path):
        return False
    text = content.lower()
    return b"dag" in text and b"airflow" in text


def is_python(path: str) -> bool:
    """Tell whether a file can be a DAG at all: no other need be read to know that it is none."""
    return path.endswith(".py")


def md5(content: bytes) -> str:
    """Hash a file as S3 does for the ETag of an object that is uploaded in one piece and not encrypted with a KMS key."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
