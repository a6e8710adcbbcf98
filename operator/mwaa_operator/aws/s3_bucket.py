"""Source buckets: their region, versioning, public access block and tags."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import OTHERS, Calls
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.observed import Observed
from ..core.owner import OWNER_TAG
from ..resources.s3 import Bucket, bucket_arn
from .error_code import error_code
from .kms_names import one_key
from .s3_facts import S3Facts
from .s3_purge import delete_placeholders, purge
from .session import Aws
from .tags import from_list, put_and_gone, tag_list, texts

NO_LOCATION = "us-east-1"
"""The one region that CreateBucket does not want to be told."""
SETTINGS = {
    "versioning": "s3:PutBucketVersioning",
    "public_access_block": "s3:PutPublicAccessBlock",
    "kms_key": "s3:PutBucketEncryption",
}
"""What CreateBucket does not take, and the call that sets it."""


class Buckets:
    """Buckets are found by their name, which is unique in the world."""

    TYPE: ClassVar[str] = Bucket.TYPE
    CALLS: ClassVar[Calls] = {
        "create": {OTHERS: "s3:CreateBucket", **SETTINGS},
        "update": {**SETTINGS, "tags": "s3:PutBucketTagging"},
        "delete": "s3:DeleteBucket",
    }

    def __init__(self, aws: Aws) -> None:
        self._aws, self._facts = aws, S3Facts(aws)

    async def read(self, targets: Sequence[Target[Bucket]]) -> Mapping[str, Observed]:
        """Look at each bucket: S3 answers for one bucket and one of its settings at a time."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[Bucket]) -> Observed:
        """Make the bucket in the region of its model, with its tags.

        Raises:
            OutsideError: also with reason `BucketNameTaken`, when another account has a bucket of that name.
        """
        want = target.want
        configuration: dict[str, Any] = {"Tags": tag_list(want.tags)}
        if want.region != NO_LOCATION:
            configuration["LocationConstraint"] = want.region
        try:
            await self._aws.call(
                target.region, "s3", "create_bucket", Bucket=want.name, CreateBucketConfiguration=configuration
            )
        except OutsideError as error:
            if error_code(error) == "BucketAlreadyExists":
                raise OutsideError(_taken(want.name)) from error
            # an earlier call may have worked although its reply was lost
            if error_code(error) != "BucketAlreadyOwnedByYou" or (sight := await self._look(target)) is None:
                raise
            return sight
        tags = await self._tags(target.region, want.name)
        if OWNER_TAG not in tags:
            # stores that do not know tags on create ignore them without a word
            tags = await self._put_tags(target.region, want.name, tags, want.tags)
        return await self._observed(target, want.name, want.region, "", {}, tags)

    async def update(self, target: Target[Bucket], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Set what differs. Tags of others stay: S3 only knows how to replace all of them."""
        name, fields = observed.id, dict(observed.fields)
        for change in changes:
            fields[change.path] = await self._set(target.region, name, change)
        tags = texts(fields["tags"])
        return replace(observed, fields=fields, owner=tags.get(OWNER_TAG, ""), adoptable=target.owner.invited_by(tags))

    async def delete(self, target: Target[Bucket], observed: Observed) -> None:
        """Delete the bucket; with `purge` everything in it first, at most some ten thousand object versions at a time.

        Raises:
            OutsideError: also HELD, when it holds objects and `purge` is not set.
        """
        name, region = observed.id, target.region
        try:
            if target.model and target.model.purge:
                await purge(self._aws, region, name)
            else:
                await delete_placeholders(self._aws, region, name)
            await self._aws.call(region, "s3", "delete_bucket", Bucket=name)
        except OutsideError as error:
            if error_code(error) != "NoSuchBucket":
                raise

    async def _look(self, target: Target[Bucket]) -> Observed | None:
        name = target.model.name if target.model else str(target.id)
        region = target.region
        with unless_gone():
            # first alone: when it says that the bucket is out of reach, the others would say so less clearly
            location = await self._head(region, name, known=target.id is not None)
            versioning, block, tags, key = await asyncio.gather(
                self._aws.call(region, "s3", "get_bucket_versioning", Bucket=name),
                self._block(region, name),
                self._tags(region, name),
                self._key(target, name),
            )
            sight = await self._observed(target, name, location, versioning.get("Status", ""), block, tags)
            return replace(sight, fields={**sight.fields, "kms_key": key})
        return None

    async def _observed(
        self, target: Target[Bucket], name: str, location: str, versioning: str, block: dict[str, bool], tags: dict[str, str]
    ) -> Observed:
        partition = (await self._aws.identity(target.region)).partition
        return Observed(
            id=name,
            fields={
                "name": name,
                "region": location,
                "versioning": versioning,
                "public_access_block": block,
                "kms_key": None,
                "tags": tags,
            },
            outputs={"name": name, "arn": bucket_arn(partition, name), "region": location},
            owner=tags.get(OWNER_TAG, ""),
            adoptable=target.owner.invited_by(tags),
        )

    async def _head(self, region: str, name: str, *, known: bool) -> str:
        """Ask whether the bucket exists, and where."""
        try:
            answer = await self._aws.call(region, "s3", "head_bucket", Bucket=name)
        except OutsideError as error:
            if error.problem.trouble is Trouble.DENIED and error_code(error) == "403" and not known:
                raise OutsideError(_closed(name)) from error
            raise
        return str(answer.get("BucketRegion") or region)

    async def _block(self, region: str, name: str) -> dict[str, bool]:
        try:
            answer = await self._aws.call(region, "s3", "get_public_access_block", Bucket=name)
        except OutsideError as error:
            if error_code(error) == "NoSuchPublicAccessBlockConfiguration":
                return {}
            raise
        return dict(answer["PublicAccessBlockConfiguration"])

    async def _key(self, target: Target[Bucket], name: str) -> str | None:
        """Read the customer key of new objects, where somebody wants to know: it is a call of its own."""
        if target.model is None or target.model.kms_key is None:
            return None
        found = (await self._facts.encryption(target.region, name)).key
        return str(target.model.kms_key) if one_key(target.model.kms_key, found) else found

    async def _tags(self, region: str, name: str) -> dict[str, str]:
        try:
            answer = await self._aws.call(region, "s3", "get_bucket_tagging", Bucket=name)
        except OutsideError as error:
            if error_code(error) == "NoSuchTagSet":
                return {}
            raise
        return from_list(answer["TagSet"])

    async def _set(self, region: str, name: str, change: Change) -> object:
        match change.path:
            case "versioning":
                configuration = {"Status": change.desired}
                await self._aws.call(
                    region, "s3", "put_bucket_versioning", Bucket=name, VersioningConfiguration=configuration
                )
            case "public_access_block":
                flags = change.desired
                await self._aws.call(
                    region, "s3", "put_public_access_block", Bucket=name, PublicAccessBlockConfiguration=flags
                )
            case "kms_key":
                by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": change.desired}
                rule = {"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}
                await self._aws.call(
                    region,
                    "s3",
                    "put_bucket_encryption",
                    Bucket=name,
                    ServerSideEncryptionConfiguration={"Rules": [rule]},
                )
            case "tags":
                return await self._put_tags(region, name, await self._tags(region, name), texts(change.desired))
        return change.desired

    async def _put_tags(
        self, region: str, name: str, present: Mapping[str, str], wanted: Mapping[str, str]
    ) -> dict[str, str]:
        put, gone = put_and_gone(wanted)
        tags = {key: value for key, value in {**present, **put}.items() if key not in gone}
        await self._aws.call(region, "s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_list(tags)})
        return tags


def _taken(name: str) -> Problem:
    return Problem(
        Trouble.REFUSED,
        "BucketNameTaken",
        f"s3:CreateBucket: the name {name} is taken by another account. Names of buckets are global: choose another "
        "spec.name.",
    )


def _closed(name: str) -> Problem:
    return Problem(
        Trouble.REFUSED,
        "BucketNameTaken",
        f"s3:HeadBucket: a bucket {name} exists, and S3 lets the operator not see it. If another account owns it: names of "
        "buckets are global, choose another spec.name. If it is yours: allow s3:ListBucket on it to the operator's role.",
    )
