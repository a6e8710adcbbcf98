"""Log groups: their retention, key and tags."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import OTHERS, Calls
from ..core.change import Change, digest
from ..core.errors import OutsideError, unless_gone
from ..core.observed import Observed
from ..core.owner import OWNER_TAG
from ..resources.logs import LogGroup
from .error_code import error_code
from .session import Aws
from .tags import put_and_gone, tagging, texts

VERIFIED = "verified"
"""What is remembered of a group whose tags were seen to be as wanted: its creation time, and a hash of them.

DescribeLogGroups does not show tags, and they would cost a call for each group at every look. As long as it is the same
group, and the same tags are wanted, they are not read again, and an edit of the tags by hand is not noticed.
"""


class LogGroups:
    """Groups are found by their name, all of one object in one call: MWAA's five share a prefix."""

    TYPE: ClassVar[str] = LogGroup.TYPE
    CALLS: ClassVar[Calls] = {
        "create": {OTHERS: "logs:CreateLogGroup", "retention_in_days": "logs:PutRetentionPolicy"},
        "update": {
            "retention_in_days": "logs:PutRetentionPolicy",
            "kms_key": "logs:AssociateKmsKey",
            "tags": tagging("logs:TagResource", "logs:UntagResource"),
        },
        "delete": "logs:DeleteLogGroup",
    }

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[LogGroup]]) -> Mapping[str, Observed]:
        """Look at all groups, and at the tags of those that are not known yet."""
        names = {target.name: target.model.name if target.model else str(target.id) for target in targets}
        if not names:
            return {}
        prefix = os.path.commonprefix(list(names.values()))  # noqa: RUF071 - by character is what AWS does too
        groups = await self._groups(targets[0].region, prefix)
        there = [target for target in targets if names[target.name] in groups]
        seen = await asyncio.gather(*(self._look(target, groups[names[target.name]]) for target in there))
        return {target.name: sight for target, sight in zip(there, seen, strict=True) if sight}

    async def create(self, target: Target[LogGroup]) -> Observed:
        """Make the group with its tags."""
        want = target.want
        key = {"kmsKeyId": want.kms_key} if want.kms_key else {}
        try:
            await self._aws.call(
                target.region, "logs", "create_log_group", logGroupName=want.name, tags=dict(want.tags), **key
            )
        except OutsideError as error:
            # an earlier call may have worked although its reply was lost, or MWAA was faster
            if error_code(error) != "ResourceAlreadyExistsException":
                raise
            if (sight := (await self.read([target])).get(target.name)) is None:
                raise
            return sight
        identity = await self._aws.identity(target.region)
        arn = f"arn:{identity.partition}:logs:{target.region}:{identity.account}:log-group:{want.name}"
        return Observed(
            id=want.name,
            fields={"name": want.name, "retention_in_days": None, "kms_key": want.kms_key, "tags": dict(want.tags)},
            outputs={"name": want.name, "arn": arn},
            owner=want.tags.get(OWNER_TAG, ""),
        )

    async def update(self, target: Target[LogGroup], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Set retention, key or tags."""
        fields, remember = dict(observed.fields), observed.remember
        for change in changes:
            fields[change.path] = change.desired
            if change.path == "retention_in_days":
                days = change.desired
                await self._aws.call(
                    target.region, "logs", "put_retention_policy", logGroupName=observed.id, retentionInDays=days
                )
            elif change.path == "kms_key":
                await self._aws.call(
                    target.region, "logs", "associate_kms_key", logGroupName=observed.id, kmsKeyId=change.desired
                )
            elif change.path == "tags":
                arn, present = str(observed.outputs["arn"]), texts(observed.fields["tags"])
                fields["tags"], remember = await self._tag(target.region, arn, present, texts(change.desired)), {}
        tags = texts(fields["tags"])
        return replace(
            observed,
            fields=fields,
            owner=tags.get(OWNER_TAG, ""),
            adoptable=target.owner.invited_by(tags),
            remember=remember,
        )

    async def delete(self, target: Target[LogGroup], observed: Observed) -> None:
        """Delete the group and all that was logged to it."""
        with unless_gone():
            await self._aws.call(target.region, "logs", "delete_log_group", logGroupName=observed.id)

    async def _groups(self, region: str, prefix: str) -> dict[str, dict[str, Any]]:
        named = {"logGroupNamePrefix": prefix} if prefix else {}
        found = await self._aws.pages(region, "logs", "describe_log_groups", "logGroups", **named)
        return {group["logGroupName"]: group for group in found}

    async def _look(self, target: Target[LogGroup], group: dict[str, Any]) -> Observed | None:
        if target.model and target.remembered.get(VERIFIED) == _mark(group, target.model.tags):
            return _observed(target, group, dict(target.model.tags))
        with unless_gone():
            return _observed(target, group, await self._tags(target.region, group))
        return None

    async def _tags(self, region: str, group: Mapping[str, Any]) -> dict[str, str]:
        answer = await self._aws.call(region, "logs", "list_tags_for_resource", resourceArn=_arn(group))
        return dict(answer["tags"])

    async def _tag(self, region: str, arn: str, present: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
        put, gone = put_and_gone(wanted)
        await self._aws.call(region, "logs", "tag_resource", resourceArn=arn, tags=put)
        if gone:
            await self._aws.call(region, "logs", "untag_resource", resourceArn=arn, tagKeys=gone)
        return {key: value for key, value in {**present, **put}.items() if key not in gone}


def _observed(target: Target[LogGroup], group: Mapping[str, Any], tags: dict[str, str]) -> Observed:
    name, wanted = group["logGroupName"], target.model.tags if target.model else {}
    verified = bool(wanted) and wanted.items() <= tags.items()
    owner, invited = tags.get(OWNER_TAG, ""), target.owner.invited_by(tags)
    # what MWAA or an earlier environment of this name has left is used as it is, and stays when ours goes
    kept = {"retention_in_days": group.get("retentionInDays"), "kms_key": group.get("kmsKeyId")}
    ours = {**kept, "tags": tags} if owner or invited else {}
    return Observed(
        id=name,
        fields={"name": name, **ours},
        outputs={"name": name, "arn": _arn(group)},
        owner=owner,
        adoptable=invited,
        remember={VERIFIED: _mark(group, wanted)} if verified else {},
    )


def _mark(group: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    return f"{group['creationTime']}/{digest(tags)}"


def _arn(group: Mapping[str, Any]) -> str:
    return str(group.get("logGroupArn") or group["arn"]).removesuffix(":*")
