"""What holds a thing of a VPC that AWS refuses to delete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic

from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.wording import some
from .ec2_tags import Item
from .session import Aws

GRACE = 600.0
"""Seconds that AWS may take to put away its own interfaces of what is gone already, such as an environment."""
SHOWN = 5


class Holders:
    """Names the network interfaces that hold a thing, and calls it held when that has lasted.

    Since when AWS has refused is forgotten with the process: the grace then begins anew.
    """

    def __init__(self, aws: Aws, interface_filter: str = "") -> None:
        self._aws = aws
        self._filter = interface_filter
        """The filter that finds the interfaces of a thing by its id; empty where no interface holds things of this type."""
        self._since: dict[str, float] = {}

    @asynccontextmanager
    async def named(self, region: str, id_: str) -> AsyncIterator[None]:
        """Wrap the calls that delete a thing. Gone already is success.

        Raises:
            OutsideError: also HELD with reason `InUse`, when others have used it for longer than the grace.
        """
        try:
            with unless_gone():
                yield
        except OutsideError as error:
            if error.problem.reason == "InUse":
                raise OutsideError(await self._explained(region, id_, error.problem)) from error
            raise
        self.left(id_)

    def lasting(self, id_: str, problem: Problem) -> Problem:
        """Call a thing held once others have used it for longer than the grace."""
        lasted = monotonic() - self._since.setdefault(id_, monotonic())
        return replace(problem, trouble=Trouble.HELD) if lasted >= GRACE else problem

    def left(self, id_: str) -> None:
        """Note that nobody uses a thing any more: the next grace begins anew."""
        self._since.pop(id_, None)

    async def _explained(self, region: str, id_: str, problem: Problem) -> Problem:
        lasting = self.lasting(id_, problem)
        return replace(lasting, message=f"{problem.message} {await self._advice(region, id_)}")

    async def _interfaces(self, region: str, id_: str) -> list[Item]:
        if not self._filter:
            return []
        where = [{"Name": self._filter, "Values": [id_]}]
        return await self._aws.pages(region, "ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=where)

    async def _advice(self, region: str, id_: str) -> str:
        try:
            items = await self._interfaces(region, id_)
        except OutsideError as error:
            return f"What uses it cannot be told: {error.problem.message}"
        if not items:
            return f"Something that this object has not made uses {id_}: find it in AWS and delete it."
        return advice(id_, items)


def advice(id_: str, interfaces: Sequence[Item]) -> str:
    """Name the interfaces that use a thing, and say what to do about them."""
    shown = sorted(_shown(item) for item in interfaces)
    return (
        f"Network interfaces use {id_}: {some(shown, SHOWN)}. Delete what they belong to; "
        "those of something that is gone already, AWS takes away after some minutes."
    )


def _shown(item: Item) -> str:
    words = item.get("Description") or item.get("InterfaceType", "")
    return f"{item['NetworkInterfaceId']} ({words})" if words else str(item["NetworkInterfaceId"])
