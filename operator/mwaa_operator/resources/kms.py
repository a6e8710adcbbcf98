"""A customer key in KMS: the key itself, its alias, and what its policy must allow (guide 04, sections 7.2 to 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.part import Effect, Late, Model, attr
from .iam import canonical

DEFAULT_PENDING_DAYS = 30
"""What KMS takes where nobody says (API ScheduleKeyDeletion)."""
LOGS_SID = "MwaaOperatorCloudWatchLogs"
LOGS_ACTIONS = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")


def logs_statement(partition: str, region: str, account: str) -> Mapping[str, Any]:
    """Let CloudWatch Logs of one region use the key, for log groups of this account only (section 7.5).

    The guide prints the condition with and without the account: the narrower one is taken.
    """
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": list(LOGS_ACTIONS),
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{region}:{account}:*"}},
    }


def same_statement(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two statements mean the same, whatever they are called and in whichever order their lists are."""
    return canonical({"Statement": one}) == canonical({"Statement": other})


@dataclass(frozen=True)
class Key(Model):
    """A key. It is found by its id, else by its alias, else by its owner tags among the keys that have no alias.

    Its deletion takes days, in which nobody can use it and in which it can be undone. For an object that goes, a key whose
    deletion is scheduled is gone; for one that stays, somebody else has scheduled it, and that is a difference.

    Outputs: `id`, `arn`, `state`.
    """

    TYPE: ClassVar[str] = "kms/key"
    ANNOUNCED: ClassVar[bool] = True
    INSTEAD: ClassVar[str] = "make a second EncryptionKey"

    tags: Mapping[str, str] = attr(subset=True)
    alias: str = attr(compare=False)
    """The alias by which a key is found that nothing is remembered of."""
    description: str = attr(compare=False)
    """Given to a new key."""
    enabled: bool = attr(default=True)
    enable_key_rotation: bool | None = attr(default=None)
    key_spec: str = attr(Effect.REFUSED, default="SYMMETRIC_DEFAULT")
    key_usage: str = attr(Effect.REFUSED, default="ENCRYPT_DECRYPT")
    multi_region: bool = attr(Effect.REFUSED, default=False)
    """MWAA takes no multi-Region key (section 7.3)."""
    pending_window_in_days: int = attr(compare=False, default=DEFAULT_PENDING_DAYS)
    going: bool = attr(compare=False, default=False)
    """Its object is being deleted."""


@dataclass(frozen=True)
class Alias(Model):
    """A name for a key. Outputs: `name`."""

    TYPE: ClassVar[str] = "kms/alias"
    INSTEAD: ClassVar[str] = "point the alias back with `aws kms update-alias`"

    name: str = attr(Effect.REFUSED)
    key: str | Late = attr(Effect.REFUSED)
    """The id of the key."""


@dataclass(frozen=True)
class KeyPolicy(Model):
    """What the policy of a key has of ours. It is there as soon as the key is, and other statements are left as they are."""

    TYPE: ClassVar[str] = "kms/key-policy"
    AFTER_NEEDS: ClassVar[bool] = True

    key: str | Late = attr(Effect.REFUSED)
    """The id of the key."""
    logs: tuple[Mapping[str, Any], ...] = attr()
    """The statement for CloudWatch Logs. Observed are all that have its name or its meaning: once is as it should be."""
