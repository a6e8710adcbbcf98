"""The environments that act with a role: IAM deletes it under them without a word."""

from __future__ import annotations

import asyncio
import json
import re

from ..core.change import plain
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from .session import Aws

ENVIRONMENT = re.compile(r"^arn:[a-z-]+:airflow:([a-z0-9-]+):[0-9]{12}:environment/([A-Za-z0-9_-]+)$")
"""How a trust policy and an execution policy name an environment (guide, 01 sections 15.2 and 15.3)."""


class RoleUsers:
    """Looks at the environments that the documents of a role name; those of an environment without one are not known."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def spare(self, role: str, document: object) -> None:
        """Let nothing be taken from a role that an environment acts with, such as one that was retained.

        Args:
            role: its name.
            document: its trust policy or its inline policy.

        Raises:
            OutsideError: HELD, with the names of those environments; NOT_YET where all of them are going; or the error of
                the look at one.
        """
        found = await asyncio.gather(*(self._status(role, region, name) for region, name in named(document)))
        users = sorted(each for each in found if each)
        if not users:
            return
        going = all(status == "DELETING" for _, status in users)
        said = ", ".join(f"{name} ({status})" for name, status in users)
        raise OutsideError(
            Problem(
                Trouble.NOT_YET if going else Trouble.HELD,
                "RoleInUse",
                f"role {role} stays, for AWS has environments that act with it: {said}. Delete those in AWS, give them "
                "another role, or let go of this one with deletionPolicy: Retain.",
            )
        )

    async def _status(self, role: str, region: str, name: str) -> tuple[str, str] | None:
        with unless_gone():
            found = (await self._aws.call(region, "mwaa", "get_environment", Name=name))["Environment"]
            uses = str(found.get("ExecutionRoleArn", "")).rpartition("/")[2] == role
            return (name, str(found["Status"])) if uses and found["Status"] != "DELETED" else None
        return None


def named(document: object) -> list[tuple[str, str]]:
    """Give region and name of each environment that a policy document names."""
    matches = (ENVIRONMENT.match(word) for word in json.dumps(plain(document)).split('"'))
    return sorted({(found[1], found[2]) for found in matches if found})
