"""Folders: prefixes under which there is at least one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.observed import Observed
from ..resources.s3 import Folder
from .session import Aws


class Folders:
    """A folder is found by its prefix. It is nobody's: whatever is in it keeps it there."""

    TYPE: ClassVar[str] = Folder.TYPE
    CALLS: ClassVar[Calls] = {"create": "s3:PutObject"}

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[Folder]]) -> Mapping[str, Observed]:
        """Look for one object under each prefix. A folder that left the spec is not looked for: it stays."""
        wanted = [target for target in targets if target.model and isinstance(target.model.bucket, str)]
        return await one_by_one(wanted, self._look)

    async def create(self, target: Target[Folder]) -> Observed:
        """Put the empty object whose key ends with a slash, as the S3 console does."""
        want = target.want
        await self._aws.call(target.region, "s3", "put_object", Bucket=want.bucket, Key=f"{want.prefix}/")
        return _observed(want)

    async def update(self, target: Target[Folder], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Refuse: a folder has nothing that could be changed."""
        raise OutsideError(Problem(Trouble.REFUSED, "ImmutableField", f"folder {observed.id} cannot be changed"))

    async def delete(self, target: Target[Folder], observed: Observed) -> None:
        """Leave it: it goes with its bucket."""

    async def _look(self, target: Target[Folder]) -> Observed | None:
        want = target.want
        with unless_gone():
            answer = await self._aws.call(
                target.region, "s3", "list_objects_v2", Bucket=want.bucket, Prefix=f"{want.prefix}/", MaxKeys=1
            )
            return _observed(want) if answer.get("KeyCount") else None
        return None


def _observed(folder: Folder) -> Observed:
    return Observed(
        id=f"{folder.bucket}/{folder.prefix}/",
        fields={"bucket": folder.bucket, "prefix": folder.prefix},
        outputs={"prefix": folder.prefix},
    )
