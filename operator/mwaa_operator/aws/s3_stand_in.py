"""Empty files that stand where AWS needs one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.observed import Observed
from ..resources.s3 import StandIn
from .s3_objects import Objects, Place
from .session import Aws


class StandIns:
    """An object under a key of our own. It carries no owner: whatever is under that key may be written anew."""

    TYPE: ClassVar[str] = StandIn.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "s3:PutObject",
        "update": "s3:PutObject",
        "delete": "s3:DeleteObjects",
    }

    def __init__(self, aws: Aws) -> None:
        self._objects = Objects(aws)

    async def read(self, targets: Sequence[Target[StandIn]]) -> Mapping[str, Observed]:
        """Look at each by its key."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[StandIn]) -> Observed:
        """Write it."""
        want = target.want
        place = Place(target.region, str(want.bucket), want.key)
        entry = await self._objects.put(place, want.key, want.key, want.content, sha256=want.sha256, owner=target.owner.uid)
        return _observed(place, want.sha256, entry.version_id)

    async def update(self, target: Target[StandIn], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Write it anew: somebody has put something else there."""
        return await self.create(target)

    async def delete(self, target: Target[StandIn], observed: Observed) -> None:
        """Hide it. Its version stays for as long as the bucket keeps it, and so for an environment that still has it."""
        place = Place.of(target.region, observed.id)
        await self._objects.delete(place, [place.key])

    async def _look(self, target: Target[StandIn]) -> Observed | None:
        if target.model and isinstance(target.model.bucket, str):
            place = Place(target.region, target.model.bucket, target.model.key)
        elif target.id:
            place = Place.of(target.region, target.id)
        else:
            return None
        head = await self._objects.head(place, place.key)
        return _observed(place, head.sha256, head.version_id) if head else None


def _observed(place: Place, sha256: str, version: str) -> Observed:
    return Observed(
        id=str(place),
        fields={"bucket": place.bucket, "key": place.key, "sha256": sha256},
        outputs={"key": place.key, "version_id": version},
    )
