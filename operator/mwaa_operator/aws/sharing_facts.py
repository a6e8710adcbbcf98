"""What the environments of an account stand on, and what lies in a bucket, for the check of what is shared."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from ..checks.sharing import Used
from ..core.errors import OutsideError, Trouble
from .session import Aws


class SharingFacts:
    """Reads all environments of a region, and the top of a bucket."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def others(self, region: str, name: str) -> Mapping[str, Used]:
        """Give what the other environments stand on: MWAA shows one at a time."""
        names = await self._aws.pages(region, "mwaa", "list_environments", "Environments")
        there = [each for each in names if each != name]
        seen = await asyncio.gather(*(self._used(region, each) for each in there))
        return {each: used for each, used in zip(there, seen, strict=True) if used}

    async def top(self, region: str, bucket: str) -> Sequence[str]:
        """Name what lies at the top of a bucket, as far as one answer goes."""
        answer = await self._aws.call(region, "s3", "list_objects_v2", Bucket=bucket, Delimiter="/")
        keys = [each["Key"] for each in answer.get("Contents", ())]
        return [*keys, *(each["Prefix"] for each in answer.get("CommonPrefixes", ()))]

    async def _used(self, region: str, name: str) -> Used | None:
        try:
            found = (await self._aws.call(region, "mwaa", "get_environment", Name=name))["Environment"]
        except OutsideError as error:
            if error.problem.trouble is Trouble.NOT_FOUND:
                return None
            raise
        return Used(str(found.get("ExecutionRoleArn", "")), str(found.get("SourceBucketArn", "")))
