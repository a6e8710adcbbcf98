"""Aliases of KMS keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, unless_gone
from ..core.observed import Observed
from ..core.owner import OWNER_TAG
from ..resources.kms import Alias
from .error_code import error_code
from .kms_reader import KeyReader
from .session import Aws


class Aliases:
    """An alias is found by its name, and belongs to whom the key belongs that it points to."""

    TYPE: ClassVar[str] = Alias.TYPE
    CALLS: ClassVar[Calls] = {"create": "kms:CreateAlias", "delete": "kms:DeleteAlias"}

    def __init__(self, aws: Aws, reader: KeyReader) -> None:
        self._aws, self._reader = aws, reader

    async def read(self, targets: Sequence[Target[Alias]]) -> Mapping[str, Observed]:
        """Look at where each alias points to, and at the tags of that key."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[Alias]) -> Observed:
        """Give the key its alias. The key is ours: it came first."""
        want = target.want
        try:
            await self._aws.call(target.region, "kms", "create_alias", AliasName=want.name, TargetKeyId=want.key)
        except OutsideError as error:
            # an earlier call may have worked although its reply was lost
            if error_code(error) == "AlreadyExistsException" and (sight := await self._look(target)):
                return sight
            raise
        return _observed(want.name, str(want.key), target.owner.uid)

    async def update(self, target: Target[Alias], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Let it go: that is said of its key, since an alias has no tags."""
        return replace(observed, owner="")

    async def delete(self, target: Target[Alias], observed: Observed) -> None:
        """Delete the alias."""
        with unless_gone():
            await self._aws.call(target.region, "kms", "delete_alias", AliasName=observed.id)

    async def _look(self, target: Target[Alias]) -> Observed | None:
        name = target.model.name if target.model else str(target.id)
        if (shown := await self._reader.key(target.region, name)) is None:
            return None
        tags = await self._reader.tags(target.region, shown["KeyId"])
        sight = _observed(name, shown["KeyId"], tags.get(OWNER_TAG, ""))
        return replace(sight, adoptable=target.owner.invited_by(tags))


def _observed(name: str, key: str, owner: str) -> Observed:
    return Observed(id=name, fields={"name": name, "key": key}, outputs={"name": name}, owner=owner)
