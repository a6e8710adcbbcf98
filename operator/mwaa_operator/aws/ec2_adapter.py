"""What the adapters of EC2's taggable things have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from ..core.adapter import Target
from ..core.change import Change
from ..core.observed import Observed
from ..core.part import Model
from .ec2_holders import Holders
from .ec2_tags import Item, Listing, changed, find, write_tags
from .session import Aws

M = TypeVar("M", bound=Model)


class Ec2Adapter(ABC, Generic[M]):
    """Reads things by id or owner tag, all of a type at once, and puts tags back."""

    LISTING: ClassVar[Listing]
    INTERFACE_FILTER: ClassVar[str] = ""
    """See `Holders`."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._holders = Holders(aws, self.INTERFACE_FILTER)

    async def read(self, targets: Sequence[Target[M]]) -> Mapping[str, Observed]:
        """Look at all things of this type at once."""
        found = await find(self._aws, self.LISTING, targets)
        return {target.name: self._observed(target, found[target.name]) for target in targets if target.name in found}

    async def update(self, target: Target[M], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put tags back."""
        await write_tags(self._aws, target.region, observed.id, changes)
        return changed(target, observed, changes)

    @staticmethod
    @abstractmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        """Read a thing as EC2 describes it."""
