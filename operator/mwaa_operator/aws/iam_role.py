"""IAM roles: their trust policy and tags."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import unquote

from ..core.adapter import Target
from ..core.call import Calls
from ..core.change import Change, plain
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.observed import Observed
from ..core.owner import OWNER_TAG
from ..resources.iam import Role, canonical
from .error_code import error_code
from .iam_users import RoleUsers
from .session import Aws
from .tags import from_list, put_and_gone, tag_list, tagging, texts


class RoleReader:
    """Reads roles. Two who ask for the same role at the same time share one call."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._asked: dict[str, asyncio.Future[dict[str, Any] | None]] = {}

    async def role(self, region: str, name: str) -> dict[str, Any] | None:
        """Read one role; None when it does not exist."""
        if name not in self._asked:
            self._asked[name] = asyncio.ensure_future(self._ask(region, name))
            self._asked[name].add_done_callback(lambda done: self._asked.pop(name, None))
        # whoever gives up waiting must not take the answer from the other
        return await asyncio.shield(self._asked[name])

    async def _ask(self, region: str, name: str) -> dict[str, Any] | None:
        with unless_gone():
            return dict((await self._aws.call(region, "iam", "get_role", RoleName=name))["Role"])
        return None


class Roles:
    """Roles are found by their name, which is unique in the account."""

    TYPE: ClassVar[str] = Role.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "iam:CreateRole",
        "update": {"trust": "iam:UpdateAssumeRolePolicy", "tags": tagging("iam:TagRole", "iam:UntagRole")},
        "delete": "iam:DeleteRole",
    }

    def __init__(self, aws: Aws, reader: RoleReader, users: RoleUsers) -> None:
        self._aws, self._reader, self._users = aws, reader, users

    async def read(self, targets: Sequence[Target[Role]]) -> Mapping[str, Observed]:
        """Look at each role by its name."""
        names = [target.model.name if target.model else str(target.id) for target in targets]
        roles = await asyncio.gather(*(self._reader.role(t.region, name) for t, name in zip(targets, names, strict=True)))
        return {target.name: _observed(target, role) for target, role in zip(targets, roles, strict=True) if role}

    async def create(self, target: Target[Role]) -> Observed:
        """Make the role with its trust policy and tags."""
        want = target.want
        try:
            answer = await self._aws.call(
                target.region,
                "iam",
                "create_role",
                RoleName=want.name,
                Path=want.path,
                AssumeRolePolicyDocument=compact(want.trust),
                Tags=tag_list(want.tags),
            )
        except OutsideError as error:
            # an earlier call may have worked although its reply was lost
            if error_code(error) == "EntityAlreadyExists" and (role := await self._reader.role(target.region, want.name)):
                return _observed(target, role)
            raise
        return _observed(target, {"Tags": tag_list(want.tags), **answer["Role"]})

    async def update(self, target: Target[Role], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Set the trust policy or tags."""
        fields = dict(observed.fields)
        for change in changes:
            if change.path == "trust":
                await self._aws.call(
                    target.region,
                    "iam",
                    "update_assume_role_policy",
                    RoleName=observed.id,
                    PolicyDocument=compact(change.desired),
                )
                fields["trust"] = change.desired
            elif change.path == "tags":
                fields["tags"] = await self._tag(target.region, observed, change)
        tags = texts(fields["tags"])
        return replace(observed, fields=fields, owner=tags.get(OWNER_TAG, ""), adoptable=target.owner.invited_by(tags))

    async def delete(self, target: Target[Role], observed: Observed) -> None:
        """Delete the role.

        Raises:
            OutsideError: also HELD, while an environment acts with it, and when others have attached something to it: that
                is named.
        """
        await self._users.spare(observed.id, observed.fields.get("trust"))
        try:
            await self._aws.call(target.region, "iam", "delete_role", RoleName=observed.id)
        except OutsideError as error:
            if error_code(error) == "DeleteConflict":
                raise OutsideError(await self._held(target.region, observed.id)) from error
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise

    async def _tag(self, region: str, observed: Observed, change: Change) -> dict[str, str]:
        put, gone = put_and_gone(texts(change.desired))
        await self._aws.call(region, "iam", "tag_role", RoleName=observed.id, Tags=tag_list(put))
        if gone:
            await self._aws.call(region, "iam", "untag_role", RoleName=observed.id, TagKeys=gone)
        return {key: value for key, value in {**texts(observed.fields.get("tags")), **put}.items() if key not in gone}

    async def _held(self, region: str, name: str) -> Problem:
        policies, attached, profiles = await asyncio.gather(
            self._aws.pages(region, "iam", "list_role_policies", "PolicyNames", RoleName=name),
            self._aws.pages(region, "iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name),
            self._aws.pages(region, "iam", "list_instance_profiles_for_role", "InstanceProfiles", RoleName=name),
        )
        things = [f"the inline policy {policy}" for policy in policies]
        things += [f"the attached policy {policy['PolicyArn']}" for policy in attached]
        things += [f"the instance profile {profile['InstanceProfileName']}" for profile in profiles]
        return Problem(
            Trouble.HELD,
            "RoleInUse",
            f"iam:DeleteRole: role {name} is kept, others gave it {', '.join(things) or 'something that it still holds'}. "
            "Take that away, or set deletionPolicy: Retain.",
        )


def compact(document: object) -> str:
    """Write a policy document without the white space that would count towards IAM's limits."""
    return json.dumps(plain(document), separators=(",", ":"))


def parsed(document: object) -> Mapping[str, Any]:
    """Read a policy document as IAM gives it back: URL-encoded JSON, unless botocore has decoded it already."""
    return canonical(json.loads(unquote(document)) if isinstance(document, str) else _mapping(document))


def tags_of(role: Mapping[str, Any]) -> dict[str, str]:
    """Read the tags of a role."""
    return from_list(role.get("Tags", ()))


def _observed(target: Target[Role], role: Mapping[str, Any]) -> Observed:
    tags = tags_of(role)
    return Observed(
        id=role["RoleName"],
        fields={
            "name": role["RoleName"],
            "path": role["Path"],
            "trust": parsed(role["AssumeRolePolicyDocument"]),
            "tags": tags,
        },
        outputs={"name": role["RoleName"], "arn": role["Arn"]},
        owner=tags.get(OWNER_TAG, ""),
        adoptable=target.owner.invited_by(tags),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
