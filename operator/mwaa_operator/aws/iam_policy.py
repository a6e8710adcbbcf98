"""Inline policies of IAM roles."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import unless_gone
from ..core.observed import Observed
from ..core.owner import OWNER_TAG
from ..resources.iam import RolePolicy
from .iam_role import RoleReader, compact, parsed, tags_of
from .iam_users import RoleUsers
from .session import Aws


class RolePolicies:
    """An inline policy is found by its role and its name, and belongs to whom the role belongs."""

    TYPE: ClassVar[str] = RolePolicy.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "iam:PutRolePolicy",
        "update": {"document": "iam:PutRolePolicy"},
        "delete": "iam:DeleteRolePolicy",
    }

    def __init__(self, aws: Aws, reader: RoleReader, users: RoleUsers) -> None:
        self._aws, self._reader, self._users = aws, reader, users

    async def read(self, targets: Sequence[Target[RolePolicy]]) -> Mapping[str, Observed]:
        """Look at each policy, and at the tags of its role."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[RolePolicy]) -> Observed:
        """Put the policy. Its role is ours: it came first."""
        want = target.want
        await self._put(target.region, want.role, want.name, want.document)
        return _observed(want.role, want.name, want.document, target.owner.uid)

    async def update(self, target: Target[RolePolicy], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put the policy anew."""
        role, name = _named(target, observed.id)
        for change in changes:
            # letting go of a role says nothing about its policies: they have no tags
            if change.path == "document":
                await self._put(target.region, role, name, change.desired)
                return _observed(role, name, change.desired, observed.owner)
        return replace(observed, owner="")

    async def delete(self, target: Target[RolePolicy], observed: Observed) -> None:
        """Take the policy from its role.

        Raises:
            OutsideError: also HELD, while an environment that the policy speaks of acts with the role.
        """
        role, name = _named(target, observed.id)
        await self._users.spare(role, observed.fields.get("document"))
        with unless_gone():
            await self._aws.call(target.region, "iam", "delete_role_policy", RoleName=role, PolicyName=name)

    async def _look(self, target: Target[RolePolicy]) -> Observed | None:
        role, name = _named(target, target.id)
        there, document = await asyncio.gather(
            self._reader.role(target.region, role), self._document(target.region, role, name)
        )
        if there is None or document is None:
            return None
        tags = tags_of(there)
        sight = _observed(role, name, document, tags.get(OWNER_TAG, ""))
        return replace(sight, adoptable=target.owner.invited_by(tags))

    async def _document(self, region: str, role: str, name: str) -> Mapping[str, Any] | None:
        with unless_gone():
            answer = await self._aws.call(region, "iam", "get_role_policy", RoleName=role, PolicyName=name)
            return parsed(answer["PolicyDocument"])
        return None

    async def _put(self, region: str, role: str, name: str, document: object) -> None:
        await self._aws.call(
            region, "iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=compact(document)
        )


def _named(target: Target[RolePolicy], id_: str | None) -> tuple[str, str]:
    if target.model:
        return target.model.role, target.model.name
    role, _, name = str(id_).partition("/")
    return role, name


def _observed(role: str, name: str, document: object, owner: str | None) -> Observed:
    return Observed(
        id=f"{role}/{name}",
        fields={"role": role, "name": name, "document": document},
        outputs={"name": name},
        owner=owner,
    )
