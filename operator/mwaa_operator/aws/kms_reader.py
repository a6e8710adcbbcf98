"""Looking at KMS keys: by id or alias, by their tags, and among all that have no alias."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from ..core.adapter import Target
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.owner import OWNER_TAG, PART_TAG
from ..resources.kms import Key
from .session import Aws

PENDING = "PendingDeletion"
POLICY = "default"
"""The name of the only policy that a key can have."""
Shown = Mapping[str, Any]
"""`KeyMetadata` of DescribeKey."""


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Spell tags as KMS does."""
    return [{"TagKey": key, "TagValue": tags[key]} for key in sorted(tags)]


class KeyReader:
    """Reads keys."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def key(self, region: str, name: str) -> Shown | None:
        """Describe a key by its id or its alias; None when there is none."""
        with unless_gone():
            return dict((await self._aws.call(region, "kms", "describe_key", KeyId=name))["KeyMetadata"])
        return None

    async def policy(self, region: str, id_: str) -> dict[str, Any]:
        """Read the key policy."""
        answer = await self._aws.call(region, "kms", "get_key_policy", KeyId=id_, PolicyName=POLICY)
        return dict(json.loads(answer["Policy"]))

    async def tags(self, region: str, id_: str) -> dict[str, str]:
        """Read the tags of a key."""
        found = await self._aws.pages(region, "kms", "list_resource_tags", "Tags", KeyId=id_)
        return {tag["TagKey"]: tag["TagValue"] for tag in found}

    async def without_alias(self, target: Target[Key]) -> Shown | None:
        """Find a key that the last process made and could give no alias any more, or whose alias went with its object.

        Such a one invites the object of the same address while its deletion is pending. KMS cannot look for tags, so all
        keys without an alias are asked: in most accounts that is none.

        Raises:
            OutsideError: `Refused` when two keys carry the tags of this part.
        """
        region, uid = target.region, target.owner.uid
        keys, aliases = await asyncio.gather(
            self._aws.pages(region, "kms", "list_keys", "Keys"),
            self._aws.pages(region, "kms", "list_aliases", "Aliases"),
        )
        named = {alias.get("TargetKeyId") for alias in aliases}
        bare = [key["KeyId"] for key in keys if key["KeyId"] not in named]
        tags = await asyncio.gather(*(self._tags_if_shown(region, id_) for id_ in bare))
        of_part = [(id_, each) for id_, each in zip(bare, tags, strict=True) if each.get(PART_TAG) == target.name]
        ours = [id_ for id_, each in of_part if each.get(OWNER_TAG) == uid]
        invited = [id_ for id_, each in of_part if each.get(OWNER_TAG) != uid and target.owner.invited_by(each)]
        shown = await asyncio.gather(*(self.key(region, id_) for id_ in ours or invited))
        there = [each for each in shown if each]
        if ours and len(there) > 1:
            raise OutsideError(_ambiguous(target.name, there))
        return max(there, key=lambda each: each["CreationDate"], default=None)

    async def _tags_if_shown(self, region: str, id_: str) -> dict[str, str]:
        """Read the tags of any key: one that keeps them from us, or has just gone, is none of ours."""
        try:
            return await self.tags(region, id_)
        except OutsideError as error:
            if error.problem.trouble in (Trouble.DENIED, Trouble.NOT_FOUND):
                return {}
            raise


def _ambiguous(part: str, found: list[Shown]) -> Problem:
    ids = " and ".join(sorted(str(each["KeyId"]) for each in found))
    return Problem(
        Trouble.REFUSED,
        "Ambiguous",
        f"{ids} both carry the tags of part {part}. Schedule the deletion of the one that is not used, and take the tag "
        f"{OWNER_TAG} off it before.",
    )
