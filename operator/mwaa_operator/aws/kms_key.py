"""KMS keys: whether they can be used, their rotation and tags."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import OTHERS, Calls, where
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble
from ..core.observed import Observed, State
from ..core.owner import ADOPT_TAG, OWNER_TAG
from ..resources.kms import DEFAULT_PENDING_DAYS, Key
from .kms_reader import PENDING, KeyReader, Shown, tag_list
from .session import Aws
from .tags import put_and_gone, tagging, texts

ORDER = ("tags", "enabled", "enable_key_rotation")
"""The owner tag comes first: the operator may be allowed all else only on keys that have it."""
IN_BETWEEN = frozenset({"Creating", "Updating"})


class Keys:
    """Keys are found by their id, then by their alias, then by their tags."""

    TYPE: ClassVar[str] = Key.TYPE
    CALLS: ClassVar[Calls] = {
        "create": {OTHERS: "kms:CreateKey", "enable_key_rotation": where("kms:EnableKeyRotation")},
        "update": {
            "enabled": lambda change: f"{'kms:CancelKeyDeletion, ' if change.observed == PENDING else ''}kms:EnableKey",
            "enable_key_rotation": lambda change: f"kms:{'En' if change.desired else 'Dis'}ableKeyRotation",
            "tags": tagging("kms:TagResource", "kms:UntagResource"),
        },
        "delete": "kms:TagResource, kms:ScheduleKeyDeletion",
    }

    def __init__(self, aws: Aws, reader: KeyReader) -> None:
        self._aws, self._reader = aws, reader

    async def read(self, targets: Sequence[Target[Key]]) -> Mapping[str, Observed]:
        """Look at each key, and at its tags."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[Key]) -> Observed:
        """Make the key with its tags and AWS's default policy, which leaves it to IAM who may use it."""
        want = target.want
        answer = await self._aws.call(
            target.region,
            "kms",
            "create_key",
            Description=want.description,
            KeySpec=want.key_spec,
            KeyUsage=want.key_usage,
            Tags=tag_list(want.tags),
        )
        return _observed(target, answer["KeyMetadata"], dict(want.tags), rotates=False)

    async def update(self, target: Target[Key], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Let the key be used again, switch its rotation, or set tags."""
        fields, outputs = dict(observed.fields), dict(observed.outputs)
        if outputs["state"] == PENDING:
            # before that is undone it takes no other change, and it is disabled then
            await self._aws.call(target.region, "kms", "cancel_key_deletion", KeyId=observed.id)
        for change in sorted(changes, key=lambda each: ORDER.index(each.path)):
            fields[change.path] = change.desired
            match change.path:
                case "enabled":
                    await self._aws.call(target.region, "kms", "enable_key", KeyId=observed.id)
                    outputs["state"] = "Enabled"
                case "enable_key_rotation":
                    call = "enable_key_rotation" if change.desired else "disable_key_rotation"
                    await self._aws.call(target.region, "kms", call, KeyId=observed.id)
                case "tags":
                    fields["tags"] = await self._tag(target.region, observed, texts(change.desired))
        tags = texts(fields["tags"])
        return replace(
            observed,
            fields=fields,
            outputs=outputs,
            owner=tags.get(OWNER_TAG, ""),
            adoptable=target.owner.invited_by(tags),
        )

    async def delete(self, target: Target[Key], observed: Observed) -> None:
        """Schedule its deletion. Before that it is marked, so that an object of the same address can take it back.

        Raises:
            OutsideError: also HELD, while MWAA has grants on it: some environment still uses it.
        """
        region, id_ = target.region, observed.id
        grants = await self._aws.pages(region, "kms", "list_grants", "Grants", KeyId=id_)
        if held := [grant for grant in grants if _of_mwaa(grant)]:
            raise OutsideError(_in_use(id_, held))
        address = f"{target.owner.namespace}/{target.owner.name}"
        await self._aws.call(region, "kms", "tag_resource", KeyId=id_, Tags=tag_list({ADOPT_TAG: address}))
        days = target.model.pending_window_in_days if target.model else DEFAULT_PENDING_DAYS
        await self._aws.call(region, "kms", "schedule_key_deletion", KeyId=id_, PendingWindowInDays=days)

    async def _look(self, target: Target[Key]) -> Observed | None:
        shown = await self._find(target)
        if shown is None or (shown["KeyState"] == PENDING and (target.model is None or target.model.going)):
            return None
        tags, rotates = await asyncio.gather(
            self._reader.tags(target.region, shown["KeyId"]), self._rotates(target, shown["KeyId"])
        )
        return _observed(target, shown, tags, rotates)

    async def _find(self, target: Target[Key]) -> Shown | None:
        if target.id and (shown := await self._reader.key(target.region, target.id)):
            return shown
        if target.model is None:
            return None
        return await self._reader.key(target.region, target.model.alias) or await self._reader.without_alias(target)

    async def _rotates(self, target: Target[Key], id_: str) -> bool | None:
        """Ask for the rotation where somebody wants to know: it is a call of its own."""
        if target.model is None or target.model.enable_key_rotation is None:
            return None
        answer = await self._aws.call(target.region, "kms", "get_key_rotation_status", KeyId=id_)
        return bool(answer["KeyRotationEnabled"])

    async def _tag(self, region: str, observed: Observed, wanted: Mapping[str, str]) -> dict[str, str]:
        put, gone = put_and_gone(wanted)
        await self._aws.call(region, "kms", "tag_resource", KeyId=observed.id, Tags=tag_list(put))
        if gone:
            await self._aws.call(region, "kms", "untag_resource", KeyId=observed.id, TagKeys=gone)
        return {key: value for key, value in {**texts(observed.fields.get("tags")), **put}.items() if key not in gone}


def _observed(target: Target[Key], shown: Shown, tags: dict[str, str], rotates: bool | None) -> Observed:
    state = str(shown["KeyState"])
    fields: dict[str, Any] = {
        # what is scheduled for deletion takes another call than what is merely disabled
        "enabled": PENDING if state == PENDING else state == "Enabled",
        "key_spec": shown.get("KeySpec", "SYMMETRIC_DEFAULT"),
        "key_usage": shown.get("KeyUsage", "ENCRYPT_DECRYPT"),
        "multi_region": bool(shown.get("MultiRegion", False)),
        "tags": tags,
    }
    busy = state in IN_BETWEEN
    return Observed(
        id=shown["KeyId"],
        fields=fields if rotates is None else {**fields, "enable_key_rotation": rotates},
        outputs={"id": shown["KeyId"], "arn": shown["Arn"], "state": state},
        state=State.BUSY if busy else State.READY,
        reason="Pending" if busy else "",
        message=f"the key {shown['KeyId']} is {state}" if busy else "",
        owner=tags.get(OWNER_TAG, ""),
        adoptable=target.owner.invited_by(tags),
    )


def _of_mwaa(grant: Mapping[str, Any]) -> bool:
    """Tell whether MWAA made a grant: the guide's names of them are damaged, their principal is not (04, section 7.4)."""
    return str(grant.get("GranteePrincipal", "")).startswith("airflow.")


def _in_use(id_: str, grants: Sequence[Mapping[str, Any]]) -> Problem:
    names = ", ".join(sorted(str(grant.get("Name") or grant["GrantId"]) for grant in grants))
    return Problem(
        Trouble.HELD,
        "KeyInUse",
        f"kms:ScheduleKeyDeletion: the key {id_} is kept, MWAA has grants on it: {names}. Delete the environments that they "
        "are named after, or set deletionPolicy: Retain.",
    )
