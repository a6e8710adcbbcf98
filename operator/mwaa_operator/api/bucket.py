"""Bucket: the S3 bucket that environments read their DAGs from (guide 01, section 7)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from .bucket_lifecycle import LifecycleRules, ObjectVersions, VersionCounts
from .bucket_uploaders import Uploaders
from .definition import AGE, MESSAGE, READY, REASON, REFERENCES_RESOLVED, SUSPENDED, Column, ConditionType, Definition
from .rule import SET, Immutable, Rule, matching
from .shared import DeletionPolicy, Label, Reference, RelativePath, SharedSpec, SharedStatus, Text

BucketName = Annotated[
    str,
    Field(min_length=3, max_length=63),
    matching(
        r"[a-z0-9][a-z0-9.-]*[a-z0-9]",
        "a bucket name holds lower-case letters, digits, '.' and '-', and a letter or digit at both ends",
    ),
    Rule(
        "!self.contains('..') && !self.matches('^([0-9]+[.]){3}[0-9]+$')",
        "a bucket name has no two dots in a row and is not written like an IP address",
        lambda name: ".." not in name and not re.fullmatch("([0-9]+[.]){3}[0-9]+", name),
    ),
]


class BucketSpec(SharedSpec):
    """A versioned bucket without public access, for DAGs, plugins and requirements."""

    name: Annotated[
        BucketName | None,
        Immutable("S3 cannot rename a bucket. Make a second Bucket, and copy what is in this one."),
    ] = None
    """The name in S3, unique in the world. Left out: `mwaa-<namespace>-<name>-<hash>`."""
    folders: Annotated[tuple[RelativePath, ...], Field(max_length=20), SET] = ("dags",)
    """Folders that exist from the start. MWAA wants the one with the DAGs to be there."""
    kms_key_ref: Reference | None = None
    """The EncryptionKey that S3 encrypts new objects with. MWAA wants the environment to have the same. Left out: the
    encryption stays as it is."""
    lifecycle_rules: LifecycleRules = ()
    """Rules of S3 that clear old versions away. Rules of other ids stay as they are. One that would delete a version which
    an environment or the history of a DagSource needs is switched off as long as that is so."""
    delete_versions: ObjectVersions = ()
    """Old versions to be deleted for good, with the delete marker where nothing else is left of an object. One that is
    needed is refused."""
    count_versions: bool = False
    """Show in status how many old versions and delete markers there are: all versions are listed for that, now and then."""
    uploaders: Uploaders = ()
    """Who in the account may list the bucket and upload into it, and no more: each gets an inline policy, which goes when
    the entry goes."""
    purge_on_delete: bool = False
    """With `deletionPolicy: Delete`: delete all objects and all their versions as well. Without it a bucket with
    objects stays, and the object says so."""
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    """What happens in AWS when the object is deleted: `Retain` the bucket, or `Delete` it."""


class BucketStatus(SharedStatus):
    """What exists of a Bucket."""

    bucket_name: Label | None = None
    """The name in S3."""
    bucket_arn: Text | None = None
    """The ARN."""
    region: Label | None = None
    """The region it lies in."""
    versions: VersionCounts | None = None
    """With `countVersions`: what there is beside the present objects."""


DEFINITION = Definition(
    kind="Bucket",
    plural="buckets",
    short_name="mwaabucket",
    spec=BucketSpec,
    status=BucketStatus,
    columns=(READY, REASON, SUSPENDED, Column("Bucket", ".status.bucketName"), AGE, MESSAGE),
    conditions=(
        REFERENCES_RESOLVED,
        ConditionType("VersionsAtRisk", "Only while True: a lifecycle rule deletes a version that is needed, on a day."),
    ),
)
