"""EncryptionKey: the KMS key of environments and their buckets (guide 01, section 15.4; guide 04, sections 7.2 to 7.5)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .definition import AGE, MESSAGE, READY, REASON, SUSPENDED, Column, Definition
from .rule import Immutable, Rule, matching
from .shared import DeletionPolicy, Label, SharedSpec, SharedStatus, Text

AliasName = Annotated[
    str,
    Field(min_length=7, max_length=256),
    matching(r"alias/[a-zA-Z0-9/_-]+", "must be `alias/` and then letters, digits, '/', '_' and '-'"),
    Rule(
        "!self.startsWith('alias/aws/')",
        "names that begin with `alias/aws/` are AWS's own: choose another one",
        lambda name: not name.startswith("alias/aws/"),
    ),
]


class EncryptionKeySpec(SharedSpec):
    """A symmetric key of one region, which CloudWatch Logs may use for the log groups of the account."""

    alias_name: Annotated[
        AliasName | None,
        Immutable("the key is found again by it. Make a second EncryptionKey, or leave this one as it is."),
    ] = None
    """The alias in KMS. Left out: `alias/mwaa/<namespace>/<name>`. MWAA itself takes no alias: it is for people."""
    enable_key_rotation: bool | None = None
    """Whether KMS changes the key material every year. Left out: as it is, which for a new key is off."""
    pending_window_in_days: Annotated[int, Field(ge=7, le=30)] = 30
    """With `deletionPolicy: Delete`: how many days KMS waits before it deletes the key. Until then that can be undone."""
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    """What happens in AWS when the object is deleted: `Retain` the key, or `Delete` it. What was encrypted with a key that
    is gone cannot be read again."""


class EncryptionKeyStatus(SharedStatus):
    """What exists of an EncryptionKey."""

    key_arn: Text | None = None
    """The ARN, once CloudWatch Logs may use the key."""
    key_id: Label | None = None
    """The id."""
    alias_name: Text | None = None
    """The alias."""


DEFINITION = Definition(
    kind="EncryptionKey",
    plural="encryptionkeys",
    short_name="mwaakey",
    spec=EncryptionKeySpec,
    status=EncryptionKeyStatus,
    columns=(READY, REASON, SUSPENDED, Column("Key", ".status.keyId"), Column("Alias", ".status.aliasName"), AGE, MESSAGE),
)
