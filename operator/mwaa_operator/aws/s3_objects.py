"""Objects in S3 as a tree needs them: its manifest, its list, and single files with our mark in their metadata."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from botocore.exceptions import BotoCoreError

from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..resources.s3_tree import Entry, Listed, Manifest, is_dag, md5
from .errors import problem
from .s3_purge import delete_objects
from .session import Aws

OWNER = "mwaa-operator-owner"
OBJECT = "mwaa-operator-object"
SHA256 = "mwaa-operator-sha256"
ADOPT = "mwaa-operator-adopt"
"""Metadata of each own object. They tell what a crash left behind, before the manifest says so."""


@dataclass(frozen=True)
class Place:
    """Where a tree has its manifest."""

    region: str
    bucket: str
    key: str

    @classmethod
    def of(cls, region: str, id_: str) -> Self:
        """Read a recorded id."""
        bucket, _, key = id_.partition("/")
        return cls(region, bucket, key)

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}"


@dataclass(frozen=True)
class Head:
    """One object, looked at by itself."""

    etag: str
    version_id: str
    owner: str
    sha256: str
    size: int = 0
    """Bytes."""
    invites: str = ""
    """`namespace/name` of the object that may adopt it."""
    marked_by: str = ""
    """`kind/namespace/name` of its owner, where the mark says so."""

    def holds(self, sha256: str, content: bytes) -> bool:
        """Tell whether it has this content. Without our mark, an object under a KMS key cannot be told: then it has not."""
        return self.sha256 == sha256 or self.etag == md5(content)

    def entry(self, path: str, sha256: str, content: bytes) -> Entry:
        """Record it as ours."""
        return Entry(sha256, self.etag, self.version_id, len(content), is_dag(path, content))


class Objects:
    """The calls. All of them raise `OutsideError`."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def manifest(self, place: Place) -> tuple[Manifest | None, str]:
        """Read a manifest, and when it was written (RFC 3339); None when there is none.

        Raises:
            OutsideError: also REFUSED, when something else stands in its place.
        """
        content, modified = await self.text(place)
        if content is None:
            return None, ""
        try:
            return Manifest.loads(content), modified
        except ValueError as error:
            raise OutsideError(_unreadable(place, error)) from error

    async def written(self, place: Place) -> str:
        """Tell when a document of ours was written (RFC 3339), without reading it.

        Raises:
            OutsideError: also NOT_YET, when it is gone.
        """
        try:
            answer = await self._aws.call(place.region, "s3", "head_object", Bucket=place.bucket, Key=place.key)
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            raise OutsideError(vanished(place)) from error
        return _text(answer["LastModified"])

    async def put_manifest(self, place: Place, manifest: Manifest) -> None:
        """Write a manifest."""
        await self.put_text(place, manifest.dumps())

    async def list(self, place: Place, prefix: str) -> Mapping[str, Listed]:
        """List everything under a prefix, by the path below it."""
        start = f"{prefix}/" if prefix else ""
        found = await self._aws.pages(place.region, "s3", "list_objects_v2", "Contents", Bucket=place.bucket, Prefix=start)
        return {item["Key"].removeprefix(start): Listed(item["ETag"].strip('"')) for item in found}

    async def head(self, place: Place, key: str, version: str = "") -> Head | None:
        """Look at one object, or at one version of it; None when it is gone."""
        which = {"VersionId": version} if version else {}
        with unless_gone():
            answer = await self._aws.call(place.region, "s3", "head_object", Bucket=place.bucket, Key=key, **which)
            metadata: Mapping[str, str] = answer.get("Metadata", {})
            return Head(
                answer["ETag"].strip('"'),
                answer.get("VersionId", ""),
                metadata.get(OWNER, ""),
                metadata.get(SHA256, ""),
                answer.get("ContentLength", 0),
                metadata.get(ADOPT, ""),
                metadata.get(OBJECT, ""),
            )
        return None

    async def put(
        self,
        place: Place,
        key: str,
        path: str,
        content: bytes,
        *,
        sha256: str,
        owner: str,
        called: str = "",
        new: bool = False,
    ) -> Entry:
        """Upload a file with our mark; a new one only where nothing is yet, which AWS decides in the call itself.

        Args:
            place: the bucket.
            key: of the object.
            path: of the file in its tree.
            content: its bytes.
            sha256: their hash.
            owner: the uid of the object that it belongs to.
            called: `kind/namespace/name` of that, where nothing but the mark would say so.
            new: nothing may be there.
        """
        answer: dict[str, Any] = await self._aws.call(
            place.region,
            "s3",
            "put_object",
            Bucket=place.bucket,
            Key=key,
            Body=content,
            Metadata={OWNER: owner, SHA256: sha256, **({OBJECT: called} if called else {})},
            **({"IfNoneMatch": "*"} if new else {}),
        )
        return Entry(sha256, answer["ETag"].strip('"'), answer.get("VersionId", ""), len(content), is_dag(path, content))

    async def copy(self, place: Place, key: str, source: Entry, *, owner: str, new: bool) -> Entry:
        """Bring an older version of an object to the front, with our mark: S3 copies it by itself.

        Args:
            place: the bucket.
            key: of the object.
            source: the version, as it was recorded.
            owner: the uid of the object that it belongs to.
            new: nothing may be there.
        """
        answer: dict[str, Any] = await self._aws.call(
            place.region,
            "s3",
            "copy_object",
            Bucket=place.bucket,
            Key=key,
            CopySource={"Bucket": place.bucket, "Key": key, "VersionId": source.version_id},
            MetadataDirective="REPLACE",
            Metadata={OWNER: owner, SHA256: source.sha256},
            TaggingDirective="REPLACE",
            **({"IfNoneMatch": "*"} if new else {}),
        )
        etag = answer["CopyObjectResult"]["ETag"].strip('"')
        return Entry(source.sha256, etag, answer.get("VersionId", ""), source.size, source.dag)

    async def text(self, place: Place, version: str = "") -> tuple[bytes | None, str]:
        """Read a document of ours, or one version of it, and when it was written (RFC 3339); None when there is none."""
        which = {"VersionId": version} if version else {}
        try:
            answer = await self._aws.call(place.region, "s3", "get_object", Bucket=place.bucket, Key=place.key, **which)
            return await asyncio.to_thread(answer["Body"].read), _text(answer["LastModified"])
        except OutsideError as error:
            if error.problem.trouble is Trouble.NOT_FOUND:
                return None, ""
            raise
        except BotoCoreError as error:
            raise OutsideError(problem(error, "s3", "get_object")) from error

    async def put_text(self, place: Place, content: bytes) -> None:
        """Write a document of ours."""
        await self._aws.call(
            place.region,
            "s3",
            "put_object",
            Bucket=place.bucket,
            Key=place.key,
            Body=content,
            ContentType="application/json",
        )

    async def let_go(self, place: Place, sha256: str, invited: str) -> None:
        """Take our mark off an object, and invite one to adopt it. Metadata are only written with the bytes."""
        where = {"Bucket": place.bucket, "Key": place.key}
        answer = await self._aws.call(place.region, "s3", "get_object", **where)
        try:
            content = await asyncio.to_thread(answer["Body"].read)
        except BotoCoreError as error:
            raise OutsideError(problem(error, "s3", "get_object")) from error
        marks = {SHA256: sha256, ADOPT: invited}
        await self._aws.call(place.region, "s3", "put_object", **where, Body=content, Metadata=marks)

    async def delete(self, place: Place, keys: Sequence[str]) -> None:
        """Delete objects, a thousand at a time."""
        await delete_objects(self._aws, place.region, place.bucket, [{"Key": key} for key in keys])


def vanished(place: Place) -> Problem:
    """Say that a document of ours is not where it was."""
    return Problem(Trouble.NOT_YET, "Vanished", f"{place} was deleted a moment ago")


def _text(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")


def _unreadable(place: Place, error: ValueError) -> Problem:
    return Problem(
        Trouble.REFUSED,
        "ManifestUnreadable",
        f"s3://{place} is no manifest of a DagSource ({error}). Delete it: the files that are there are then found again.",
    )
