"""A customer key: made once, though KMS knows it by no name yet, and its deletion scheduled once."""

from __future__ import annotations

from ..points import Scenario
from ..stage import Stage


def _nothing(stage: Stage) -> None:
    stage.take_inventory("before")


def _play(stage: Stage) -> None:
    stage.create(stage.new("EncryptionKey", deletionPolicy="Delete", enableKeyRotation=True))
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("Ready")
    stage.delete()
    stage.until_gone()
    stage.take_inventory("gone")


AWS = {
    "kms:CreateAlias": 1,
    "kms:CreateKey": 1,
    "kms:DeleteAlias": 1,
    "kms:EnableKeyRotation": 1,
    "kms:PutKeyPolicy": 1,
    "kms:ScheduleKeyDeletion": 1,
    "kms:TagResource": 1,
}
KUBERNETES = frozenset(
    (
        "encryptionkeys: finalizers set",
        "encryptionkeys: finalizers removed",
        "encryptionkeys/status: parts announced",
        "encryptionkeys/status: Ready=True Ready",
    )
)
ENCRYPTION_KEY = Scenario("encryption-key", _nothing, _play, AWS, KUBERNETES)
