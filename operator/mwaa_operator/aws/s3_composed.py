"""requirements.txt of several DAG sources, composed into one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble
from ..core.observed import Observed
from ..core.wording import some
from ..resources.s3 import sha256 as hashed
from ..resources.s3_composed import ComposedRequirements
from ..sources.composed import compose, disagreements
from .s3_objects import Head, Objects, Place
from .session import Aws

OF, SHA, VERSION = "of", "sha256", "version"
"""What is remembered: whose bytes it was made of, the hash of its own, and the version that was given out."""
SHOWN = 5


class Composer:
    """It reads what the sources have delivered, version by version, and writes one object where that gives other bytes."""

    TYPE: ClassVar[str] = ComposedRequirements.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "s3:PutObject",
        "update": "s3:PutObject",
        "delete": "s3:DeleteObjects",
    }

    def __init__(self, aws: Aws) -> None:
        self._objects = Objects(aws)

    async def read(self, targets: Sequence[Target[ComposedRequirements]]) -> Mapping[str, Observed]:
        """Look at each by its key."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[ComposedRequirements]) -> Observed:
        """Compose and upload it.

        Raises:
            OutsideError: among others REFUSED, where the sources do not agree.
        """
        want = target.want
        place = Place(target.region, str(want.bucket), want.key)
        content = await self._composed(target.region, want)
        sha256, head = hashed(content), await self._objects.head(place, place.key)
        if head and head.holds(sha256, content):
            version = await self._known(place, target.remembered, sha256) or head.version_id
        else:
            put = await self._objects.put(place, place.key, place.key, content, sha256=sha256, owner=target.owner.uid)
            version = put.version_id
        return _observed(place, {OF: json.dumps(want.shares), SHA: sha256, VERSION: version})

    async def update(self, target: Target[ComposedRequirements], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Compose it anew: one of the sources has other bytes, or somebody has put something else there."""
        return await self.create(target)

    async def delete(self, target: Target[ComposedRequirements], observed: Observed) -> None:
        """Hide it. Its version stays for as long as the bucket keeps it, and so for an environment that still has it."""
        place = Place.of(target.region, observed.id)
        await self._objects.delete(place, [place.key])

    async def _look(self, target: Target[ComposedRequirements]) -> Observed | None:
        want = target.model
        if want and isinstance(want.bucket, str):
            place = Place(target.region, want.bucket, want.key)
        elif target.id:
            place = Place.of(target.region, target.id)
        else:
            return None
        head = await self._objects.head(place, place.key)
        if head is None:
            return None
        return _observed(place, target.remembered if _is_ours(head, target.remembered) else {})

    async def _composed(self, region: str, want: ComposedRequirements) -> bytes:
        read = [self._objects.text(Place(region, str(want.bucket), key), version) for _, key, version in want.objects]
        found = dict(zip((name for name, _, _ in want.objects), await asyncio.gather(*read), strict=True))
        texts = {name: (content or b"").decode(errors="replace") for name, (content, _) in found.items()}
        if gone := [name for name, (content, _) in found.items() if content is None]:
            text = f"the bucket has the version no more that DagSource {gone[0]} has delivered: it is delivered anew"
            raise OutsideError(Problem(Trouble.NOT_YET, "VersionsGone", text))
        if told := list(disagreements(texts)):
            text = (
                f"the requirements of the sources do not go into one file: {some(told, SHOWN, '; ')}. Let them ask "
                "for the same, or take it out of one. The environment keeps what it has until then."
            )
            raise OutsideError(Problem(Trouble.REFUSED, "SourcesDisagree", text))
        return compose(texts)

    async def _known(self, place: Place, remembered: Mapping[str, str], sha256: str) -> str:
        """Give the version that was given out, where it has these bytes and is still there."""
        version = remembered.get(VERSION, "") if remembered.get(SHA) == sha256 else ""
        return version if version and await self._objects.head(place, place.key, version) else ""


def _is_ours(head: Head, remembered: Mapping[str, str]) -> bool:
    return bool(remembered.get(SHA)) and head.sha256 == remembered[SHA]


def _observed(place: Place, known: Mapping[str, str]) -> Observed:
    shares = tuple((name, sha256) for name, sha256 in json.loads(known.get(OF) or "[]"))
    return Observed(
        id=str(place),
        fields={"bucket": place.bucket, "key": place.key, "shares": shares},
        outputs={"key": place.key, "version_id": known.get(VERSION, ""), "sha256": known.get(SHA, ""), "shares": shares},
        remember=dict(known),
    )
