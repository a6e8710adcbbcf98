"""Emptying a bucket: of the empty folder objects that we put there, or, when asked for, of everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import OutsideError, Problem, Trouble
from .session import Aws

PAGES = 20
"""Pages of 1,000 versions that one call takes on; then others have their turn."""


async def purge(aws: Aws, region: str, bucket: str) -> None:
    """Delete all versions and delete markers.

    Raises:
        OutsideError: also NOT_YET, while there are more.
    """
    for _ in range(PAGES):
        versions, markers, _more = await _page(aws, region, bucket)
        if not versions and not markers:
            return
        await delete_objects(aws, region, bucket, [*versions, *markers])
    raise OutsideError(Problem(Trouble.NOT_YET, "Emptying", f"bucket {bucket} is being emptied: there is more in it"))


async def delete_placeholders(aws: Aws, region: str, bucket: str) -> None:
    """Delete what holds nothing: folder objects of zero bytes, and delete markers behind which there is no version.

    Raises:
        OutsideError: also HELD, when there is anything else; nothing is deleted then.
    """
    versions, markers, more = await _page(aws, region, bucket)
    content = [version for version in versions if version["Size"] or not version["Key"].endswith("/")]
    if content or more:
        count = f"{'more than 1,000' if more else len(content)} object version{'' if len(content) == 1 else 's'}"
        keys = ", ".join(sorted({version["Key"] for version in content or versions or markers})[:3])
        raise OutsideError(
            Problem(
                Trouble.HELD,
                "BucketNotEmpty",
                f"bucket {bucket} holds {count} ({keys}): kept. Set purgeOnDelete: true to delete them all, "
                "or deletionPolicy: Retain to let go of the bucket.",
            )
        )
    if versions or markers:
        await delete_objects(aws, region, bucket, [*versions, *markers])


async def delete_objects(aws: Aws, region: str, bucket: str, objects: Sequence[dict[str, Any]]) -> None:
    """Delete objects, or versions where `VersionId` is given.

    Raises:
        OutsideError: also DENIED, naming the first that S3 would not delete.
    """
    for start in range(0, len(objects), 1000):
        named = [{k: each[k] for k in ("Key", "VersionId") if k in each} for each in objects[start : start + 1000]]
        answer = await aws.call(region, "s3", "delete_objects", Bucket=bucket, Delete={"Objects": named, "Quiet": True})
        if errors := answer.get("Errors"):
            raise OutsideError(_kept(bucket, errors))


def _kept(bucket: str, errors: Sequence[Mapping[str, str]]) -> Problem:
    first = errors[0]
    denied = first.get("Code") == "AccessDenied"
    # versions are deleted under an action of their own
    hint = f" Allow s3:DeleteObject{'Version' if first.get('VersionId') else ''} to the operator's role." if denied else ""
    return Problem(
        Trouble.DENIED if denied else Trouble.UNAVAILABLE,
        "AccessDenied" if denied else "AwsUnavailable",
        f"s3:DeleteObjects: {len(errors)} objects of bucket {bucket} stay, the first is {first.get('Key')}: "
        f"{first.get('Code')}: {first.get('Message')}.{hint}".replace("..", "."),
    )


async def _page(aws: Aws, region: str, bucket: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:
    answer = await aws.call(region, "s3", "list_object_versions", Bucket=bucket)
    return answer.get("Versions", []), answer.get("DeleteMarkers", []), bool(answer.get("IsTruncated"))
