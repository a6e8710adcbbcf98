"""A source bucket and the files in it, for the checks that stand before an environment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from ..checks.bucket import Encryption, Place
from ..checks.files import Presence
from ..core.errors import OutsideError, Trouble, unless_gone
from .error_code import error_code
from .session import Aws

READ = 100_000
"""So many bytes of requirements.txt are read: more than anybody writes by hand."""
NO_VERSION = frozenset({"400", "405", "InvalidArgument", "MethodNotAllowed"})
"""What HeadObject and GetObject answer for an id that cannot be one of S3's, and for one that marks a deletion."""


class S3Facts:
    """Reads buckets and objects: S3 answers for one bucket and one of its settings at a time."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def place(self, region: str, name: str) -> Place:
        """Say where a bucket is, and whether it is the operator's account that owns it."""
        answer = await self._aws.call(region, "s3", "head_bucket", Bucket=name)
        owner, ours = (await self._aws.identity(region)).account, True
        try:
            await self._aws.call(region, "s3", "head_bucket", Bucket=name, ExpectedBucketOwner=owner)
        except OutsideError as error:
            # what was allowed a moment ago is refused because of the owner
            if error.problem.trouble is not Trouble.DENIED:
                raise
            ours = False
        return Place(str(answer.get("BucketRegion") or region), owner, ours)

    async def versioning(self, region: str, name: str) -> str:
        """Say whether it keeps versions: `Enabled`, `Suspended`, or empty."""
        answer = await self._aws.call(region, "s3", "get_bucket_versioning", Bucket=name)
        return str(answer.get("Status", ""))

    async def blocked(self, region: str, name: str) -> frozenset[str]:
        """Name the public-access flags that are on."""
        return await self._flags(region, "s3", Bucket=name)

    async def blocked_by_account(self, region: str) -> frozenset[str]:
        """Name the public-access flags that are on for all buckets of the account."""
        return await self._flags(region, "s3control", AccountId=(await self._aws.identity(region)).account)

    async def encryption(self, region: str, name: str) -> Encryption:
        """Say how it encrypts. Where nothing is said, S3 uses a key of its own."""
        try:
            answer = await self._aws.call(region, "s3", "get_bucket_encryption", Bucket=name)
        except OutsideError as error:
            if error_code(error) == "ServerSideEncryptionConfigurationNotFoundError":
                return Encryption()
            raise
        rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
        default: dict[str, str] = next((rule["ApplyServerSideEncryptionByDefault"] for rule in rules), {})
        return Encryption(default.get("SSEAlgorithm", "AES256"), default.get("KMSMasterKeyID"))

    async def has_folder(self, region: str, name: str, prefix: str) -> bool:
        """Tell whether anything lies below a prefix."""
        answer = await self._aws.call(region, "s3", "list_objects_v2", Bucket=name, Prefix=prefix, MaxKeys=1)
        return bool(answer.get("KeyCount"))

    async def presence(self, region: str, bucket: str, key: str, version: str | None) -> Presence:
        """Say whether an object exists, in a version where one is named."""
        params = {"Bucket": bucket, "Key": key}
        if await self._there(region, **params, **({"VersionId": version} if version else {})):
            return Presence.THERE
        if version and await self._there(region, **params):
            return Presence.NO_VERSION
        return Presence.NO_OBJECT

    async def text(self, region: str, bucket: str, key: str, version: str | None) -> str:
        """Give the text of an object, as far as a reader of its first part needs it."""
        params = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
        answer = await self._object(region, "get_object", **params)
        content: bytes = await asyncio.to_thread(answer["Body"].read, READ)
        return content.decode(errors="replace")

    async def size(self, region: str, bucket: str, key: str, version: str | None) -> int:
        """Give the bytes of an object."""
        params = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
        return int((await self._object(region, "head_object", **params))["ContentLength"])

    async def _there(self, region: str, **params: str) -> bool:
        with unless_gone():
            await self._object(region, "head_object", **params)
            return True
        return False

    async def _object(self, region: str, operation: str, **params: str) -> dict[str, Any]:
        """Ask for an object. A version that is none, or that marks a deletion, is not found."""
        try:
            return await self._aws.call(region, "s3", operation, **params)
        except OutsideError as error:
            if "VersionId" in params and error_code(error) in NO_VERSION:
                raise OutsideError(replace(error.problem, trouble=Trouble.NOT_FOUND)) from error
            raise

    async def _flags(self, region: str, service: str, **of: str) -> frozenset[str]:
        try:
            answer = await self._aws.call(region, service, "get_public_access_block", **of)
        except OutsideError as error:
            if error_code(error) == "NoSuchPublicAccessBlockConfiguration":
                return frozenset()
            raise
        return frozenset(flag for flag, on in answer["PublicAccessBlockConfiguration"].items() if on)
