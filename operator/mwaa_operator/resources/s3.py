"""What is kept in S3: the bucket, its folders, and trees of objects (guide 01, section 7; guide 02, section 10)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.part import Effect, Late, Model, attr

PUBLIC_ACCESS_BLOCKED: Mapping[str, bool] = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
"""All four flags: MWAA accepts no bucket with fewer."""


@dataclass(frozen=True)
class Bucket(Model):
    """A source bucket. Its policy and lifecycle rules are left as they are, and its encryption unless a key is declared.

    Outputs: `name`, `arn`, `region`.
    """

    TYPE: ClassVar[str] = "s3/bucket"

    name: str = attr(Effect.REFUSED)
    region: str = attr(Effect.REFUSED)
    tags: Mapping[str, str] = attr(subset=True)
    versioning: str = attr(default="Enabled")
    public_access_block: Mapping[str, bool] = attr(default_factory=lambda: PUBLIC_ACCESS_BLOCKED)
    kms_key: str | Late | None = attr(default=None)
    """The ARN of the key that new objects are encrypted with where they name none."""
    purge: bool = attr(compare=False, default=False)
    """Deleting the bucket deletes every object version in it too."""


@dataclass(frozen=True)
class Folder(Model):
    """A prefix that exists although nothing may be in it yet: an empty object whose key ends with a slash.

    It is there as soon as any key begins with the prefix, and it is never deleted: a part with it must say `keep=True`.
    Outputs: `prefix`.
    """

    TYPE: ClassVar[str] = "s3/folder"

    bucket: str | Late = attr(Effect.REFUSED)
    prefix: str = attr(Effect.REFUSED)
    """Without slashes at its ends, such as `dags`."""


FEW = 10
"""Pruning so many files is never a mistake of size, whatever share of a small tree they are."""


@dataclass(frozen=True)
class Tree(Model):
    """Files as objects under one prefix. Objects that others put beside them are never touched.

    Which objects are the tree's own, and with which content, stands in its manifest, a JSON object of its own in the same
    bucket (`resources.s3_tree`). The manifest carries `tags` as other things in AWS carry theirs, owner tags included.

    Observed `files` has, by path, the SHA-256 of each own file whose object is as it was uploaded, and the text
    `CHANGED_OUTSIDE` for one that somebody else overwrote. Own files that left `files` appear only with `prune`.

    Observed `revision` is the name of what lies there. It equals a wanted one only when no own file differs from its record.

    Outputs: `bucket`, `prefix`, `revision` (of the observed and the kept files), `file_count`, `delivered_at` (RFC 3339:
    when S3 took the last change), and `dags`: for each own DAG file `{key, etag, versionId, sha256}`, by key.
    """

    TYPE: ClassVar[str] = "s3/tree"

    bucket: str | Late = attr(Effect.REFUSED)
    prefix: str = attr(Effect.REFUSED)
    """Without slashes at its ends; empty for the root of the bucket."""
    files: Mapping[str, str] = attr()
    """SHA-256 (hex) of each file, by its path under the prefix."""
    tags: Mapping[str, str] = attr(subset=True)
    manifest_key: str = attr(compare=False)
    """Key of the manifest, `.mwaa-operator/{namespace}/{name}.json` (`manifest_key`): outside every DAG prefix."""
    contents: Mapping[str, bytes] = attr(compare=False)
    """The bytes of every path in `files`."""
    prune: bool = attr(compare=False, default=False)
    """Delete own objects whose path left `files`."""
    kept: frozenset[str] = attr(compare=False, default=frozenset())
    """Paths that are never pruned: files that the linter refuses keep their last good version. The revision has it too."""
    allow_empty: bool = attr(compare=False, default=False)
    """Pruning may delete the last own file."""
    overwrite: bool = attr(compare=False, default=False)
    """Take over objects of others at wanted paths, whatever is in them (`adoption: Always`)."""
    max_delete_percent: int = attr(compare=False, default=100)
    """How much of what is there one delivery may prune. `FEW` files or fewer are never too many."""
    revision: str | None = attr(default=None)
    """The recorded revision that is to stand here, with every own file of it, whatever `files` says.

    No other file of the source stays; without `prune` those stay that the source had dropped already.

    `files` and `contents` are empty then: the bytes come from the bucket's versions (`resources.s3_revision`).
    """
    guarded: bool = attr(compare=False, default=True)
    """Nobody has asked for the deletions by name: a large share at once, or the last file, is refused."""
    standing: str = attr(compare=False, default="")
    """With `revision`: why, and how it ends."""
    records: int = attr(compare=False, default=0)
    """How many revisions are recorded, to be brought back later; with 0 none is."""
    known: tuple[str, ...] = attr(compare=False, default=())
    """Revisions whose records stay in any case."""
    about: Callable[[Mapping[str, str]], Mapping[str, Any]] = attr(compare=False, default=dict)
    """Gives of `files` what is written into the record beside them: only then, since it may mean to read each.

    With `revision` it is among the outputs.
    """


@dataclass(frozen=True)
class ObjectVersion(Model):
    """The newest version of one object, looked up. Equal bytes that are uploaded again stay the version that they were.

    Outputs: `key`, `version_id`.
    """

    TYPE: ClassVar[str] = "s3/object-version"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    bucket: str | Late = attr(compare=False)
    key: str = attr(compare=False)


@dataclass(frozen=True)
class StandIn(Model):
    """An empty file for a place that must hold one: AWS cannot take a file away from an environment (guide 02, 13.2).

    Its key is below `.mwaa-operator/` and derived from the object, so that it is nobody else's.
    Outputs: `key`, `version_id`.
    """

    TYPE: ClassVar[str] = "s3/stand-in"

    bucket: str | Late = attr(Effect.REFUSED)
    key: str = attr(Effect.REFUSED)
    sha256: str = attr()
    content: bytes = attr(compare=False)


EMPTY: Mapping[str, tuple[str, bytes]] = {
    "plugins": ("plugins.zip", b"PK\x05\x06" + bytes(18)),
    "requirements": ("requirements.txt", b""),
    "startup_script": ("startup.sh", b"#!/bin/sh\n"),
}
"""Name and content of what stands for each missing file. An archive without entries is its closing record alone."""


def stand_in(bucket: str | Late, namespace: str, name: str, file: str) -> StandIn:
    """Give what stands for one of an environment's files."""
    title, content = EMPTY[file]
    return StandIn(bucket, f".mwaa-operator/{namespace}/{name}/empty-{title}", sha256(content), content)


CHANGED_OUTSIDE = "changed outside"
GONE_OUTSIDE = "deleted outside"


def manifest_key(namespace: str, name: str) -> str:
    """Name the manifest of one object's tree."""
    return f".mwaa-operator/{namespace}/{name}.json"


def sha256(content: bytes) -> str:
    """Hash a file as `Tree.files` wants it."""
    return hashlib.sha256(content).hexdigest()


def revision(files: Mapping[str, str]) -> str:
    """Give the short name of a tree: equal files at equal paths give the same 12 hex digits."""
    text = json.dumps(dict(sorted(files.items())), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def bucket_arn(partition: str, name: str) -> str:
    """Give the ARN of a bucket: region and account are no part of it."""
    return f"arn:{partition}:s3:::{name}"
