"""What lets a person or a program put files into a bucket of environments (guide 01, section 11; 02, section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.part import Effect, Late, Model, attr
from .iam import VERSION, Document, canonical

LOOK = ("s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket", "s3:ListBucketVersions")
PUT = ("s3:AbortMultipartUpload", "s3:PutObject")
ENCRYPT = ("kms:Decrypt", "kms:GenerateDataKey*")
"""S3 decrypts too when an upload comes in parts."""


@dataclass(frozen=True)
class Uploads(Model):
    """An inline policy of a principal that is not ours; one subclass a kind of principal. Outputs: `name`."""

    TYPE: ClassVar[str] = "iam/uploads"

    principal: str = attr(Effect.REFUSED)
    """Its name in IAM."""
    name: str = attr(Effect.REFUSED)
    """Of the inline policy."""
    document: Document | Late = attr()
    """The policy, in canonical form."""


@dataclass(frozen=True)
class RoleUploads(Uploads):
    """An inline policy of somebody else's role."""

    TYPE: ClassVar[str] = "iam/role-uploads"


@dataclass(frozen=True)
class UserUploads(Uploads):
    """An inline policy of a user."""

    TYPE: ClassVar[str] = "iam/user-uploads"


@dataclass(frozen=True)
class GroupUploads(Uploads):
    """An inline policy of a group."""

    TYPE: ClassVar[str] = "iam/group-uploads"


def upload_policy(partition: str, region: str, bucket: str, key_arn: str | None) -> Document:
    """Allow to list a bucket and to put objects into it: neither to read nor to delete them.

    Args:
        partition: of the account.
        region: of the bucket.
        bucket: its name.
        key_arn: the customer key that it encrypts with.
    """
    arn = f"arn:{partition}:s3:::{bucket}"
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": list(LOOK), "Resource": arn},
        {"Effect": "Allow", "Action": list(PUT), "Resource": f"{arn}/*"},
    ]
    if key_arn:
        via = f"s3.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"
        condition = {"StringEquals": {"kms:ViaService": via}}
        statements.append({"Effect": "Allow", "Action": list(ENCRYPT), "Resource": key_arn, "Condition": condition})
    return canonical({"Version": VERSION, "Statement": statements})
