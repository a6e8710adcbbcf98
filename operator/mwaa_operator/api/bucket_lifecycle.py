"""What a Bucket says of old versions: rules that clear them away, single ones that go, and their number (guide 02, 13)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .rule import ATOMIC, Rule, map_of
from .shared import ApiModel


class LifecycleRule(ApiModel):
    """One rule of S3 for the objects below a prefix. Present versions are never touched."""

    id: Annotated[str, Field(min_length=1, max_length=255)]
    """Its name. Rules of other names that the bucket has stay as they are."""
    prefix: Annotated[str, Field(max_length=1024)] = ""
    """Which keys: those that begin so, such as `requirements`. Left out: all."""
    noncurrent_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    """Delete a version for good when it has not been the newest for so many days."""
    newer_noncurrent_versions: Annotated[int, Field(ge=1, le=100)] | None = None
    """Of those keep this many, the newest, whatever their age."""
    expired_object_delete_marker: bool = False
    """Delete the marker of a deleted object once none of its versions is left. S3 knows no days for that."""
    abort_incomplete_multipart_upload_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    """Drop uploads in parts that were not finished within so many days."""

    RULES = (
        Rule(
            "has(self.noncurrentDays) || (has(self.expiredObjectDeleteMarker) && self.expiredObjectDeleteMarker) || "
            "has(self.abortIncompleteMultipartUploadDays)",
            "does nothing: give noncurrentDays, expiredObjectDeleteMarker or abortIncompleteMultipartUploadDays",
            lambda rule: bool(
                rule.noncurrent_days or rule.expired_object_delete_marker or rule.abort_incomplete_multipart_upload_days
            ),
            "noncurrentDays",
        ),
        Rule(
            "!has(self.newerNoncurrentVersions) || has(self.noncurrentDays)",
            "newerNoncurrentVersions needs noncurrentDays: S3 keeps versions only from those that it would delete",
            lambda rule: rule.newer_noncurrent_versions is None or rule.noncurrent_days is not None,
            "newerNoncurrentVersions",
        ),
    )


LifecycleRules = Annotated[tuple[LifecycleRule, ...], Field(max_length=100), map_of("id")]


class ObjectVersion(ApiModel):
    """One version of one object."""

    key: Annotated[str, Field(min_length=1, max_length=1024)]
    """The key of the object."""
    version_id: Annotated[str, Field(min_length=1, max_length=1024)]
    """The version."""


ObjectVersions = Annotated[tuple[ObjectVersion, ...], Field(max_length=100), ATOMIC]


class VersionCounts(ApiModel):
    """How much a bucket has beside the present objects."""

    noncurrent_versions: int
    """Versions that are not the newest of their object."""
    noncurrent_bytes: Annotated[int, Field(json_schema_extra={"format": "int64"})]
    """Their size."""
    delete_markers: int
    """Markers of deletions."""
    complete: bool = True
    """False: there are more than were counted."""
