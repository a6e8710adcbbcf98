"""The prefix lists that AWS keeps for its services: looked up once by name, which never changes its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import ReadOnly, Target
from ..core.observed import Observed, State
from ..resources.ec2 import PrefixList
from .session import Aws


class PrefixListAdapter(ReadOnly[PrefixList]):
    """Reads the id of a service's prefix list."""

    TYPE: ClassVar[str] = PrefixList.TYPE

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[PrefixList]]) -> Mapping[str, Observed]:
        """Give the ids: as remembered, or as EC2 lists them."""
        seen: dict[str, Observed] = {}
        for target in targets:
            if target.model is None:
                continue
            id_ = target.remembered.get(target.model.name) or await self._look_up(target.region, target.model.name)
            seen[target.name] = _observed(target.model.name, id_)
        return seen

    async def _look_up(self, region: str, name: str) -> str:
        filters = [{"Name": "prefix-list-name", "Values": [name]}]
        found = await self._aws.pages(region, "ec2", "describe_prefix_lists", "PrefixLists", Filters=filters)
        return next((str(each["PrefixListId"]) for each in found if each["PrefixListName"] == name), "")


def _observed(name: str, id_: str) -> Observed:
    if not id_:
        return Observed(
            id=name,
            state=State.FAILED,
            reason="PrefixListNotFound",
            message=f"AWS has no prefix list {name} in this region. Use `egress: Open`.",
        )
    return Observed(id=id_, outputs={"id": id_}, remember={name: id_})
