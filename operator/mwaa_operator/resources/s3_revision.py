"""The record of one delivered revision: enough to bring it back from the versions in the bucket alone. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from .s3 import CHANGED_OUTSIDE, revision
from .s3_tree import Entry, Listed, Manifest

FORMAT = 1
LEFT = "left"
"""Own files that the source did not have any more: they were there since nothing is pruned without `prune`."""


@dataclass(frozen=True)
class Record:
    """A revision as it lay in the bucket: each own file, with the version that holds its bytes."""

    revision: str
    files: Mapping[str, Entry]
    about: Mapping[str, Any] = field(default_factory=dict)
    """What its DagSource wants to know of it when the source cannot be asked."""

    def dumps(self) -> bytes:
        """Write it: equal records give equal bytes."""
        files = {path: asdict(entry) for path, entry in self.files.items()}
        document = {"format": FORMAT, "revision": self.revision, "files": files, "about": dict(self.about)}
        return json.dumps(document, sort_keys=True, indent=1).encode()

    @classmethod
    def loads(cls, content: bytes) -> Self:
        """Read it.

        Raises:
            ValueError: it is not a record.
        """
        try:
            document = json.loads(content)
            files = {str(path): Entry(**entry) for path, entry in document["files"].items()}
            return cls(str(document["revision"]), files, dict(document["about"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a record: {error!r}") from error

    @property
    def of_source(self) -> frozenset[str]:
        """Name the files that the source had then: the others were left of earlier ones."""
        return frozenset(self.files) - frozenset(self.about.get(LEFT, ()))

    @property
    def hashes(self) -> dict[str, str]:
        """Give the SHA-256 (hex) of each file, by path."""
        return {path: entry.sha256 for path, entry in self.files.items()}

    def standing(self, manifest: Manifest, listing: Mapping[str, Listed], staying: frozenset[str] = frozenset()) -> str:
        """Name the revision that lies in the bucket: this one if every own file but `staying` is as recorded."""
        files = {path: entry for path, entry in manifest.files.items() if path not in staying}
        own = {path: entry.sha256 for path, entry in files.items()}
        if own != self.hashes:
            return revision(own)
        intact = all(path in listing and listing[path].etag == entry.etag for path, entry in files.items())
        return self.revision if intact else CHANGED_OUTSIDE


def folder(manifest_key: str) -> str:
    """Give the prefix below which the records of a tree lie: outside every DAG folder, as its manifest does."""
    return f"{manifest_key.removesuffix('.json')}/revisions/"


def record_key(manifest_key: str, name: str) -> str:
    """Give the key of a record."""
    return f"{folder(manifest_key)}{name}.json"
