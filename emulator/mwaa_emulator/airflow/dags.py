"""Copies a bucket prefix to the directory that Airflow parses, as MWAA does: additions, changes and deletions."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path, PurePosixPath

from mwaa_emulator.runtime import BucketReader, ObjectInfo


class DagFolder:
    """A local copy of the objects below a prefix, kept equal by `sync`."""

    def __init__(self, path: Path, incoming: Path) -> None:
        """Args: the directory, and a place on the same file system for files that are not complete yet."""
        self._path = path
        self._incoming = incoming
        self._known: dict[PurePosixPath, str] = {}
        path.mkdir(parents=True, exist_ok=True)

    def sync(self, bucket: BucketReader, prefix: str) -> bool:
        """Make the directory equal to the bucket; whether anything changed."""
        folder = prefix.rstrip("/") + "/"
        wanted = {path: info for info in bucket.list(folder) if (path := _relative(info.key, folder)) is not None}
        changed = False
        for path in self._known.keys() - wanted.keys():
            self._delete(path)
            changed = True
        for path, info in wanted.items():
            if self._known.get(path) != info.etag and self._write(bucket, path, info):
                changed = True
        return changed

    def _write(self, bucket: BucketReader, path: PurePosixPath, info: ObjectInfo) -> bool:
        target = self._path / path
        try:
            content = bucket.read(info.key)
        except LookupError:
            return False  # deleted since it was listed
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._incoming.write_bytes(content)
            # In one step: Airflow never parses half a file.
            self._incoming.replace(target)
        except (NotADirectoryError, FileExistsError, IsADirectoryError):
            return False  # `a` and `a/b` may both be keys, but not both files
        self._known[path] = info.etag
        return True

    def _delete(self, path: PurePosixPath) -> None:
        (self._path / path).unlink(missing_ok=True)
        del self._known[path]
        for folder in path.parents[:-1]:
            with contextlib.suppress(OSError):
                (self._path / folder).rmdir()


def _relative(key: str, folder: str) -> PurePosixPath | None:
    """Where a key belongs below the folder; None for what is no file or would lie outside."""
    rest = key.removeprefix(folder)
    path = PurePosixPath(rest)
    if rest == key or not rest or rest.endswith("/") or path.is_absolute() or ".." in path.parts or os.sep != "/":
        return None
    return path
