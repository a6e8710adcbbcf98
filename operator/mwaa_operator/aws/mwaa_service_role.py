"""Reads, makes, describes and deletes the service-linked role of MWAA, for the command that does so with a user's rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import OutsideError, unless_gone
from ..resources.service_role import NAME, SERVICE
from .session import Aws


@dataclass(frozen=True)
class ServiceRole:
    """What there is to see of it."""

    name: str
    arn: str
    description: str


class ServiceRoles:
    """The role of one account. IAM knows no regions; environments are looked for in one."""

    def __init__(self, aws: Aws, region: str) -> None:
        self._aws = aws
        self._region = region

    async def look(self) -> ServiceRole | None:
        """Look at it; None when there is none.

        Raises:
            OutsideError: IAM did not answer.
        """
        with unless_gone():
            return _seen((await self._call("get_role", RoleName=NAME))["Role"])
        return None

    async def create(self) -> ServiceRole:
        """Make it. Who comes second finds the role of the first.

        Raises:
            OutsideError: IAM refused it.
        """
        try:
            return _seen((await self._call("create_service_linked_role", AWSServiceName=SERVICE))["Role"])
        except OutsideError:
            if there := await self.look():
                return there
            raise

    async def describe(self, description: str) -> ServiceRole:
        """Change its description, the only thing of it that can be changed.

        Raises:
            OutsideError: IAM refused it.
        """
        await self._call("update_role_description", RoleName=NAME, Description=description)
        return _seen((await self._call("get_role", RoleName=NAME))["Role"])

    async def environments(self) -> Sequence[str]:
        """Name the environments of the region, those that are being deleted among them.

        Raises:
            OutsideError: MWAA did not answer.
        """
        return await self._aws.pages(self._region, "mwaa", "list_environments", "Environments")

    async def delete(self) -> str:
        """Ask for its deletion; IAM itself looks whether another region still needs it. Gives the id of the task.

        Raises:
            OutsideError: IAM refused it.
        """
        return str((await self._call("delete_service_linked_role", RoleName=NAME))["DeletionTaskId"])

    async def deleted(self, task: str) -> str | None:
        """Say how a deletion ended: with an empty text, or with the reason why not; None while it is under way.

        Raises:
            OutsideError: IAM did not answer.
        """
        return ended(await self._call("get_service_linked_role_deletion_status", DeletionTaskId=task))

    async def _call(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return await self._aws.call(self._region, "iam", operation, **params)


def _seen(role: Mapping[str, Any]) -> ServiceRole:
    return ServiceRole(role["RoleName"], role["Arn"], role.get("Description", ""))


def ended(answer: Mapping[str, Any]) -> str | None:
    """Read how a deletion ended, as `ServiceRoles.deleted` says it."""
    if answer["Status"] in ("NOT_STARTED", "IN_PROGRESS"):
        return None
    if answer["Status"] == "SUCCEEDED":
        return ""
    reason = answer.get("Reason", {})
    usage = [f"{arn} in {each['Region']}" for each in reason.get("RoleUsageList", ()) for arn in each["Resources"]]
    return "; ".join([str(reason.get("Reason", "AWS gives no reason")), *usage])
