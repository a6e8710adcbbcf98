"""On what, and under which conditions, the operator is allowed what EncryptionKeys need: a policy of its own.

Keys are told apart by the owner tag, which they carry from their first moment. Only looking, tagging and naming go without
it: what is adopted has no such tag before.
"""

from __future__ import annotations

from devcluster.stack.grants import MADE, OWNED, Grant

KEYS, ALIASES = "arn:aws:kms:*:*:key/*", "arn:aws:kms:*:*:alias/*"

KEY_GRANTS = (
    Grant(
        "KeysList",
        "A key that a crash left without an alias is looked for among all keys.",
        ("kms:ListAliases", "kms:ListKeys"),
    ),
    Grant("KeysMake", "Keys are made with the owner tag.", ("kms:CreateKey",), ("*",), MADE),
    Grant(
        "KeysLook",
        "Keys are looked at and tagged, also when they are adopted.",
        (
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
            "kms:ListResourceTags",
            "kms:TagResource",
            "kms:UntagResource",
        ),
        (KEYS,),
    ),
    Grant(
        "KeysName",
        "An alias is made and deleted on the alias and on its key.",
        ("kms:CreateAlias", "kms:DeleteAlias"),
        (ALIASES, KEYS),
    ),
    Grant(
        "Keys",
        "Only keys with the owner tag are changed or deleted. MWAA takes its grants on them with the rights of who creates "
        "an environment, and S3 encrypts with those of who delivers.",
        (
            "kms:CancelKeyDeletion",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DisableKeyRotation",
            "kms:EnableKey",
            "kms:EnableKeyRotation",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ListGrants",
            "kms:PutKeyPolicy",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:RevokeGrant",
            "kms:ScheduleKeyDeletion",
        ),
        (KEYS,),
        OWNED,
    ),
    Grant(
        "KeysOfBuckets",
        "A Bucket with kmsKeyRef encrypts by default with that key.",
        ("s3:PutEncryptionConfiguration",),
        ("arn:aws:s3:::*",),
    ),
)
