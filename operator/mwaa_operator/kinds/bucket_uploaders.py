"""Who may put files into a bucket: an inline policy for each. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.bucket import BucketSpec
from ..api.bucket_uploaders import PrincipalKind
from ..core.kind import Context
from ..core.need import EndsBy, Need
from ..core.part import Missing, Part
from ..resources.iam_uploads import GroupUploads, RoleUploads, Uploads, UserUploads, upload_policy

MODELS: dict[PrincipalKind, type[Uploads]] = {
    PrincipalKind.ROLE: RoleUploads,
    PrincipalKind.USER: UserUploads,
    PrincipalKind.GROUP: GroupUploads,
}


def parts(spec: BucketSpec, context: Context, bucket: str, key: Any) -> Iterator[Part]:
    """Give a part for each uploader.

    Args:
        spec: of the bucket.
        context: partition and region, and whether the operator may write into IAM.
        bucket: its name.
        key: the ARN of its customer key, None for none, or what is waited for to know it.
    """
    document = key if isinstance(key, Missing) else upload_policy(context.partition, context.region, bucket, key)
    for each in spec.uploaders:
        model = MODELS[each.kind](each.name, f"MWAA-Upload-{bucket}", document)
        yield Part(
            f"uploader/{each.kind.value.lower()}/{each.name}", model, after=frozenset({"bucket"}), needs=_allowed(context)
        )


def _allowed(context: Context) -> tuple[Need, ...]:
    if context.settings.get("iam") == "enabled":
        return ()
    text = "spec.uploaders: this operator may not write policies: enable `capabilities.iam` in the values of its chart"
    return (Need("IamNotAcknowledged", text, EndsBy.USER, "Synced"),)
