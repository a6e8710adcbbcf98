"""Where the bytes of a tree come from: from what is declared, or from versions that the bucket itself still has."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..core.errors import OutsideError, Problem, Trouble
from ..core.wording import some
from ..resources.s3 import Tree
from ..resources.s3_revision import Record
from ..resources.s3_tree import Entry, is_dag, is_python, key
from .s3_objects import Head, Objects, Place

AT_ONCE = 8
"""Requests side by side, so that a large tree leaves room for everything else."""
NAMED = 5


class Supply(Protocol):
    """The files of one revision, by path."""

    def has(self, path: str, head: Head) -> bool:
        """Tell whether an object has the bytes of a file."""
        ...

    def entry(self, path: str, head: Head) -> Entry:
        """Record an object that has them as ours."""
        ...

    def is_dag(self, path: str) -> bool:
        """Tell whether Airflow looks for DAGs in a file."""
        ...

    async def check(self, place: Place, prefix: str, paths: Collection[str]) -> None:
        """Make sure that files can be had, before anything is changed.

        Raises:
            OutsideError: also REFUSED, naming those that cannot.
        """
        ...

    async def put(self, place: Place, prefix: str, path: str, *, owner: str, new: bool) -> Entry:
        """Bring one to its place; a new one only where nothing is yet."""
        ...


@dataclass(frozen=True)
class Declared:
    """Bytes that are at hand."""

    objects: Objects
    files: Mapping[str, str]
    contents: Mapping[str, bytes]

    @classmethod
    def of(cls, objects: Objects, want: Tree) -> Declared:
        """Take those of a tree."""
        return cls(objects, want.files, want.contents)

    def has(self, path: str, head: Head) -> bool:
        """Compare hashes."""
        return head.holds(self.files[path], self.contents[path])

    def entry(self, path: str, head: Head) -> Entry:
        """Record it."""
        return head.entry(path, self.files[path], self.contents[path])

    def is_dag(self, path: str) -> bool:
        """Look into the file, if it is one of Python."""
        return is_python(path) and is_dag(path, self.contents[path])

    async def check(self, place: Place, prefix: str, paths: Collection[str]) -> None:
        """Do nothing: they are at hand."""

    async def put(self, place: Place, prefix: str, path: str, *, owner: str, new: bool) -> Entry:
        """Upload it."""
        sha256 = self.files[path]
        return await self.objects.put(
            place, key(prefix, path), path, self.contents[path], sha256=sha256, owner=owner, new=new
        )


@dataclass(frozen=True)
class Versions:
    """Versions in the bucket, copied to the front by S3 itself: nothing is downloaded, and no source is asked."""

    objects: Objects
    record: Record

    def has(self, path: str, head: Head) -> bool:
        """Compare our mark, or what S3 has hashed."""
        entry = self.record.files[path]
        return head.sha256 == entry.sha256 or head.etag == entry.etag

    def entry(self, path: str, head: Head) -> Entry:
        """Record it."""
        known = self.record.files[path]
        return Entry(known.sha256, head.etag, head.version_id, known.size, known.dag)

    def is_dag(self, path: str) -> bool:
        """Say what was seen when it was delivered."""
        return self.record.files[path].dag

    async def check(self, place: Place, prefix: str, paths: Collection[str]) -> None:
        """Look at each version: a rule of the bucket may have deleted some."""
        gone: list[str] = []
        for batch in batches(sorted(paths)):
            found = await asyncio.gather(*(self._version(place, prefix, path) for path in batch))
            gone += [path for path, there in zip(batch, found, strict=True) if not there]
        if gone:
            raise OutsideError(_lost(place, self.record.revision, [key(prefix, path) for path in gone]))

    async def put(self, place: Place, prefix: str, path: str, *, owner: str, new: bool) -> Entry:
        """Copy it."""
        entry = self.record.files[path]
        return await self.objects.copy(place, key(prefix, path), entry, owner=owner, new=new)

    async def _version(self, place: Place, prefix: str, path: str) -> bool:
        version = self.record.files[path].version_id
        return version not in ("", "null") and await self.objects.head(place, key(prefix, path), version) is not None


def batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    """Divide work into what is done side by side."""
    for start in range(0, len(paths), AT_ONCE):
        yield paths[start : start + AT_ONCE]


def _lost(place: Place, revision: str, keys: Sequence[str]) -> Problem:
    return Problem(
        Trouble.REFUSED,
        "VersionsGone",
        f"revision {revision} cannot be brought back: bucket {place.bucket} no longer has the versions of "
        f"{some(keys, NAMED)}. A lifecycle rule of the bucket may have deleted them. Nothing was changed: go "
        "back to another revision, or deliver the source again.",
    )
