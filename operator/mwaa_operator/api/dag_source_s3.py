"""DAG files out of another prefix of S3."""

from __future__ import annotations

from .shared import ApiModel, RelativePath
from .source_bucket import SourceBucket


class S3Prefix(ApiModel):
    """A place in S3 whose objects are copied by S3 itself, such as where a build puts its results."""

    bucket: SourceBucket | None = None
    """The bucket: its name, ARN or `s3://` URI. Left out: the one that the files go into. Another one must be in the
    administrator's list (`sourceBuckets`)."""
    prefix: RelativePath | None = None
    """The folder in it, all of which is copied. Left out: the whole bucket."""
