"""A customer key, for the check that stands before an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checks.key import Key
from .kms_reader import KeyReader
from .session import Aws


class KmsFacts:
    """Reads keys."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def key(self, region: str, key: str) -> Key:
        """Describe a key."""
        shown = (await self._aws.call(region, "kms", "describe_key", KeyId=key))["KeyMetadata"]
        return Key(
            shown["Arn"],
            shown.get("KeyState", "Enabled"),
            shown.get("KeySpec", "SYMMETRIC_DEFAULT"),
            shown.get("KeyUsage", "ENCRYPT_DECRYPT"),
            bool(shown.get("MultiRegion", False)),
        )

    async def policy(self, region: str, key: str) -> Mapping[str, Any]:
        """Read its key policy."""
        return await KeyReader(self._aws).policy(region, key)
