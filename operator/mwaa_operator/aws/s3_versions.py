"""Old versions of objects: how many, how old those are that somebody needs, and single ones that go for good."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from ..core.adapter import ReadOnly, Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.observed import Observed
from ..resources.s3_lifecycle import Needed, Unwanted, VersionCounts
from ..resources.s3_revision import Record, folder
from .s3_objects import Objects, Place
from .s3_purge import delete_objects
from .session import Aws

PAGES = 100
"""Pages of 1,000 versions that are counted at most."""
Age = tuple[Needed, datetime | None, int]


async def ages(aws: Aws, region: str, bucket: str, needed: Sequence[Needed]) -> list[Age]:
    """Tell since when each needed version has not been the newest (None: it is), and how many such are newer."""
    return list(await asyncio.gather(*(_age(aws, region, bucket, each) for each in needed)))


async def _age(aws: Aws, region: str, bucket: str, needed: Needed) -> Age:
    if not needed.version:
        return needed, datetime.fromisoformat(needed.since), 0
    mine = [each for each in await of_key(aws, region, bucket, needed.key) if "Size" in each or each.get("IsLatest")]
    index = next((at for at, each in enumerate(mine) if each["VersionId"] == needed.version), 0)
    return (needed, mine[index - 1]["LastModified"].astimezone(UTC), index - 1) if index else (needed, None, 0)


async def of_key(aws: Aws, region: str, bucket: str, key: str) -> list[dict[str, Any]]:
    """List versions and delete markers of one object, the newest first."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        answer = await aws.call(region, "s3", "list_object_versions", Bucket=bucket, Prefix=key, **more)
        both = [*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())]
        found += [each for each in both if each["Key"] == key]
        # keys that only begin so come behind all versions of the key itself
        if not answer.get("IsTruncated") or any(each["Key"] != key for each in both):
            break
        more = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer.get("NextVersionIdMarker", "")}
    return sorted(found, key=lambda each: (each["IsLatest"], each["LastModified"]), reverse=True)


class VersionCounter(ReadOnly[VersionCounts]):
    """Counts what is not the newest."""

    TYPE: ClassVar[str] = VersionCounts.TYPE

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[VersionCounts]]) -> Mapping[str, Observed]:
        """List all versions, a bounded number of pages."""
        return await one_by_one(targets, self._count)

    async def _count(self, target: Target[VersionCounts]) -> Observed | None:
        bucket = str(target.model.bucket) if target.model else str(target.id)
        counts, size, markers, more = 0, 0, 0, dict[str, str]()
        for _ in range(PAGES):
            try:
                answer = await self._aws.call(target.region, "s3", "list_object_versions", Bucket=bucket, **more)
            except OutsideError as error:
                if error.problem.trouble is Trouble.NOT_FOUND:
                    return None
                raise
            old = [each for each in answer.get("Versions", ()) if not each["IsLatest"]]
            counts, size = counts + len(old), size + sum(each["Size"] for each in old)
            markers += len(answer.get("DeleteMarkers", ()))
            if not answer.get("IsTruncated"):
                break
            more = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer.get("NextVersionIdMarker", "")}
        outputs = {"noncurrent_versions": counts, "noncurrent_bytes": size, "delete_markers": markers}
        return Observed(bucket, outputs={**outputs, "complete": not answer.get("IsTruncated", False)})


class UnwantedVersions:
    """Deletes named versions for good, and the delete marker that is left when the last version of an object went."""

    TYPE: ClassVar[str] = Unwanted.TYPE
    CALLS: ClassVar[Calls] = {"update": "s3:DeleteObjects"}

    def __init__(self, aws: Aws) -> None:
        self._aws, self._objects = aws, Objects(aws)

    async def read(self, targets: Sequence[Target[Unwanted]]) -> Mapping[str, Observed]:
        """Look at each version."""
        return await one_by_one([target for target in targets if target.model], self._look)

    async def create(self, target: Target[Unwanted]) -> Observed:
        """Never due: there is always something to look at."""
        raise NotImplementedError

    async def update(self, target: Target[Unwanted], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Delete those that are there.

        Raises:
            OutsideError: also REFUSED with reason `VersionInUse`; then none is deleted.
        """
        want, bucket, going = target.want, str(target.want.bucket), list[dict[str, Any]]()
        recorded = await self._recorded(target, bucket)
        for key in dict.fromkeys(key for key, _ in want.versions):
            there = await of_key(self._aws, target.region, bucket, key)
            named = {version for each, version in want.versions if each == key}
            for each in there:
                if each["VersionId"] in named and (why := _use(each, want.needed, recorded)):
                    raise OutsideError(_in_use(bucket, each, why))
            going += [each for each in there if each["VersionId"] in named]
            left = [each for each in there if each["VersionId"] not in named]
            if left and not any("Size" in each for each in left):
                # a marker before which nothing is left hides nothing; any other brings an older version back
                going += left
        await delete_objects(self._aws, target.region, bucket, going)
        return await self._look(target)

    async def delete(self, target: Target[Unwanted], observed: Observed) -> None:
        """Do nothing: what is gone is gone."""

    async def _look(self, target: Target[Unwanted]) -> Observed:
        want = target.want
        there: set[tuple[str, str]] = set()
        with unless_gone():
            for key in dict.fromkeys(key for key, _ in want.versions):
                found = await of_key(self._aws, target.region, str(want.bucket), key)
                there |= {(key, str(each["VersionId"])) for each in found}
        left = tuple(each for each in want.versions if each in there)
        return Observed(str(want.bucket), {"bucket": str(want.bucket), "left": left})

    async def _recorded(self, target: Target[Unwanted], bucket: str) -> set[str]:
        """Name the versions that the records of DAG sources need."""
        found: set[str] = set()
        for manifest in target.want.manifests:
            below = folder(manifest)
            for name in await self._objects.list(Place(target.region, bucket, manifest), below.rstrip("/")):
                content, _ = await self._objects.text(Place(target.region, bucket, f"{below}{name}"))
                found |= {entry.version_id for entry in Record.loads(content).files.values()} if content else set()
        return found


def _use(version: Mapping[str, Any], needed: Sequence[Needed], recorded: set[str]) -> str:
    """Say what a version is needed for; empty when for nothing."""
    id_ = version["VersionId"]
    if version["IsLatest"] and "Size" in version:
        return "it is the present one: delete the object instead"
    if by := next((each.by for each in needed if each.version == id_ and each.key == version["Key"]), ""):
        return f"{by} needs it"
    return "the history of a DagSource needs it (see revisionHistoryLimit)" if id_ in recorded else ""


def _in_use(bucket: str, version: Mapping[str, Any], why: str) -> Problem:
    return Problem(
        Trouble.REFUSED,
        "VersionInUse",
        f"s3://{bucket}/{version['Key']} version {version['VersionId']} is not deleted, and none that is named beside it: "
        f"{why}. Take it out of spec.deleteVersions.",
    )
