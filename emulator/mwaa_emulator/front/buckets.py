"""Who owns a bucket, and its policy. This file knows moto's objects from the inside."""

from __future__ import annotations

import json
from typing import Any

from moto.s3.models import s3_backends

from mwaa_emulator.mwaa.policies import Policy


def owner(bucket: str) -> str | None:
    """The account that has the bucket; None when nobody has it."""
    found = s3_backends.bucket_accounts.get(bucket)
    return str(found[1]) if found else None


def policy(bucket: str) -> Policy:
    """The policy of a bucket; empty when it has none."""
    partition, account = s3_backends.bucket_accounts[bucket]
    text: Any = s3_backends[account][partition].buckets[bucket].policy
    return dict(json.loads(text)) if text else {}
