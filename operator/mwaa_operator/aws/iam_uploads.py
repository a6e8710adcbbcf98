"""Inline policies of roles, users and groups of others. Each says in the Sid of its statements whose it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import unquote

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change, plain
from ..core.errors import unless_gone
from ..core.observed import Observed
from ..resources.iam_uploads import GroupUploads, RoleUploads, Uploads, UserUploads
from .iam_role import compact, parsed
from .session import Aws

U = TypeVar("U", bound=Uploads)
MARK = re.compile(r"MwaaOperator[0-9]+Of([A-Za-z0-9]+)")


class _Policies(Generic[U]):
    PRINCIPAL: ClassVar[str]
    """The parameter that names the principal."""
    PUT: ClassVar[str]
    GET: ClassVar[str]
    DELETE: ClassVar[str]

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[U]]) -> Mapping[str, Observed]:
        """Look at each policy."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[U]) -> Observed:
        """Put the policy. The principal must be there."""
        return await self._put(target, target.want.document)

    async def update(self, target: Target[U], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put the policy anew."""
        return await self._put(target, next(change.desired for change in changes if change.path == "document"))

    async def delete(self, target: Target[U], observed: Observed) -> None:
        """Take the policy away. Gone with its principal is gone too."""
        principal, name = _named(target)
        with unless_gone():
            await self._aws.call(target.region, "iam", self.DELETE, **{self.PRINCIPAL: principal}, PolicyName=name)

    async def _put(self, target: Target[U], document: object) -> Observed:
        principal, name = _named(target)
        text = compact(_marked(document, target.owner.uid))
        await self._aws.call(
            target.region, "iam", self.PUT, **{self.PRINCIPAL: principal}, PolicyName=name, PolicyDocument=text
        )
        return _observed(principal, name, document, target.owner.uid)

    async def _look(self, target: Target[U]) -> Observed | None:
        principal, name = _named(target)
        with unless_gone():
            answer = await self._aws.call(target.region, "iam", self.GET, **{self.PRINCIPAL: principal}, PolicyName=name)
            ours = _of(answer["PolicyDocument"]) == _word(target.owner.uid)
            return _observed(principal, name, parsed(answer["PolicyDocument"]), target.owner.uid if ours else "")
        return None


class RoleUploadPolicies(_Policies[RoleUploads]):
    """Policies of roles."""

    TYPE: ClassVar[str] = RoleUploads.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "iam:PutRolePolicy",
        "update": {"document": "iam:PutRolePolicy"},
        "delete": "iam:DeleteRolePolicy",
    }
    PRINCIPAL, PUT, GET, DELETE = "RoleName", "put_role_policy", "get_role_policy", "delete_role_policy"


class UserUploadPolicies(_Policies[UserUploads]):
    """Policies of users."""

    TYPE: ClassVar[str] = UserUploads.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "iam:PutUserPolicy",
        "update": {"document": "iam:PutUserPolicy"},
        "delete": "iam:DeleteUserPolicy",
    }
    PRINCIPAL, PUT, GET, DELETE = "UserName", "put_user_policy", "get_user_policy", "delete_user_policy"


class GroupUploadPolicies(_Policies[GroupUploads]):
    """Policies of groups."""

    TYPE: ClassVar[str] = GroupUploads.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "iam:PutGroupPolicy",
        "update": {"document": "iam:PutGroupPolicy"},
        "delete": "iam:DeleteGroupPolicy",
    }
    PRINCIPAL, PUT, GET, DELETE = "GroupName", "put_group_policy", "get_group_policy", "delete_group_policy"


def _named(target: Target[Any]) -> tuple[str, str]:
    if target.model:
        return target.model.principal, target.model.name
    principal, _, name = str(target.id).partition("/")
    return principal, name


def _word(uid: str) -> str:
    return re.sub("[^A-Za-z0-9]", "", uid)


def _marked(document: object, uid: str) -> dict[str, Any]:
    """Say in each statement whose it is: an inline policy has no tags, and a Sid means nothing to IAM."""
    known: Any = plain(document)
    statements = [
        {"Sid": f"MwaaOperator{number}Of{_word(uid)}", **each} for number, each in enumerate(known["Statement"], start=1)
    ]
    return {**known, "Statement": statements}


def _of(document: Any) -> str:
    """Read whose a policy is; empty where not all of it says the same."""
    raw = json.loads(unquote(document)) if isinstance(document, str) else document
    statements = raw.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    owners = {found[1] if (found := MARK.fullmatch(str(each.get("Sid", "")))) else "" for each in listed}
    return owners.pop() if len(owners) == 1 else ""


def _observed(principal: str, name: str, document: object, owner: str) -> Observed:
    return Observed(
        id=f"{principal}/{name}",
        fields={"principal": principal, "name": name, "document": document},
        outputs={"name": name},
        owner=owner,
    )
