"""Versions of objects: which one is the newest now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.observed import Observed, State
from ..resources.s3 import ObjectVersion
from .s3_objects import Objects, Place
from .session import Aws

VERSION, ETAG = "version", "etag"
"""What is remembered: the version that was given out, and the entity tag of its bytes."""


class ObjectVersions(ReadOnly[ObjectVersion]):
    """Looks; changes nothing."""

    TYPE: ClassVar[str] = ObjectVersion.TYPE

    def __init__(self, aws: Aws) -> None:
        self._objects = Objects(aws)

    async def read(self, targets: Sequence[Target[ObjectVersion]]) -> Mapping[str, Observed]:
        """Look at each object by its key."""
        return await one_by_one(in_graph(targets), self._look)

    async def _look(self, target: Target[ObjectVersion]) -> Observed:
        bucket, key = str(target.want.bucket), target.want.key
        place, id_ = Place(target.region, bucket, key), f"{bucket}/{key}"
        head = await self._objects.head(place, key)
        if head is None:
            text = f"s3://{id_} does not exist. Upload it, or correct the path"
            return Observed(id_, state=State.FAILED, reason="ObjectNotFound", message=text)
        if head.version_id in ("", "null"):
            text = f"s3://{id_} has no version: switch the bucket's versioning on and upload it again"
            return Observed(id_, state=State.FAILED, reason="ObjectNotVersioned", message=text)
        version, before = head.version_id, target.remembered.get(VERSION)
        # an upload of equal bytes is no reason to build the environment anew
        same = target.id == id_ and target.remembered.get(ETAG) == head.etag
        if same and before and before != version and await self._objects.head(place, key, before):
            version = before
        return Observed(id_, outputs={"key": key, "version_id": version}, remember={VERSION: version, ETAG: head.etag})
