"""Files of DagSources that an environment could not be built with: what becomes of it then, and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .rule import ATOMIC
from .shared import ApiModel, Label, Message, Text, Timestamp


class OnBadFiles(StrEnum):
    """What happens when an environment could not be built with a file of a DagSource."""

    REPORT = "Report"
    LAST_GOOD = "LastGood"


class GoodFile(ApiModel):
    """A file with which the environment ran well."""

    file: Label
    """`plugins`, `requirements` or `startupScript`."""
    s3_path: Text
    """The key in the bucket."""
    s3_object_version: Text
    """The version."""
    sha256: Label | None = None
    """The hash of its bytes, where it is known."""


class ComposedRequirements(ApiModel):
    """One requirements.txt that is made of those of several DagSources."""

    s3_path: Text
    """The key in the bucket."""
    s3_object_version: Text
    """The version."""
    sha256: Label
    """The hash of its bytes."""
    sources: Annotated[Mapping[str, Label], Field(max_length=20)] = Field(default_factory=dict)
    """The DagSources, each with the first digits of the hash of what it brings."""
    hash: Label
    """A hash of all that: updates wait until it is of what the sources have delivered."""


class QuarantinedFile(GoodFile):
    """A file with which it could not be built. This version, and any other with these bytes, is not asked for again."""

    sources: Annotated[Mapping[str, Label], Field(max_length=20)] = Field(default_factory=dict)
    """The DagSources that brought it, each with the hash of its part, where that is known."""
    reason: Message | None = None
    """What AWS or the logs said of it."""
    update_created_at: Timestamp | None = None
    """When the update began that it failed."""
    restart_at: Text | None = None
    """The annotation `mwaa-operator.dev/restart-at` of that time: another value offers the file once more."""
    released: bool | None = None
    """Whether such another value has come."""


GoodFiles = Annotated[tuple[GoodFile, ...], Field(max_length=3), ATOMIC]
QuarantinedFiles = Annotated[tuple[QuarantinedFile, ...], Field(max_length=10), ATOMIC]
