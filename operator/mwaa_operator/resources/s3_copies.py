"""Files that S3 itself copies from one prefix to another: the operator sees their names and never their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Late, Model, attr
from .s3 import Tree

FILES = 20_000
"""How many files a prefix may have."""
LARGEST = 5 * 1024**3
"""How many bytes S3 copies in one call (API reference, CopyObject)."""
RECORDS, ARTEFACTS = ".mwaa-operator/", "mwaa/"
"""Where operators keep what they note about a bucket, and where this one puts requirements and plugins: of all teams."""
IDENTITY = "etag:"
"""What stands before the ETag by which a source is compared, where other trees have a hash of the bytes."""


@dataclass(frozen=True)
class Prefix(Model):
    """The place that is copied from, listed. It may be in another bucket, and belong to anybody.

    Outputs: `files` (`IDENTITY` and the ETag by path), `revision`, and `python/{lead}` for each of `leads`: the Python files
    with the lead before them, and an empty text each, as `resources.airflow.Imports` takes files of unknown content.
    """

    TYPE: ClassVar[str] = "s3/prefix"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    where: str = attr(compare=False)
    """The field of the spec, for messages."""
    bucket: str | Late = attr(compare=False)
    prefix: str = attr(compare=False)
    """Without slashes at its ends; empty for the whole bucket."""
    into_bucket: str | Late = attr(compare=False)
    into_prefix: str = attr(compare=False)
    """Where the files go: that must not lie below the place itself."""
    allowed: bool = attr(compare=False)
    """Whether another bucket may be copied from: whoever declares the source need not be one who may read it."""
    allow_empty: bool = attr(compare=False, default=False)
    leads: frozenset[str] = attr(compare=False, default=frozenset())


@dataclass(frozen=True)
class Copies(Tree):
    """A tree whose `files` are those of a `Prefix`, with the same manifest as any other tree: `contents` stays empty.

    A file whose ETag changes is copied anew. Objects of others are left alone, as they are by every tree.
    """

    TYPE: ClassVar[str] = "s3/copies"
    AFTER_NEEDS: ClassVar[bool] = True

    source_bucket: str | Late = attr(compare=False, default="")
    source_prefix: str = attr(compare=False, default="")
