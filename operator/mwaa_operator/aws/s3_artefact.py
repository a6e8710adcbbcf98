"""Single objects of ours, by key and version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.observed import Observed, State
from ..core.owner import ADOPT_TAG, OBJECT_TAG, OWNER_TAG
from ..resources.s3_artefact import Artefact
from .s3_objects import Head, Objects, Place
from .session import Aws

VERSION, SHA = "version", "sha256"
"""What is remembered of an object of ours: the version that was given out, and the hash of its bytes."""


class Artefacts:
    """An object is looked at by its key, and told by what its metadata say; our own memory only spares a new version.

    One without any mark where ours was is ours, overwritten by hand. The bucket keeps what was put there.
    """

    TYPE: ClassVar[str] = Artefact.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "s3:PutObject",
        "update": "s3:PutObject",
        "delete": "s3:DeleteObject",
    }

    def __init__(self, aws: Aws) -> None:
        self._objects = Objects(aws)

    async def read(self, targets: Sequence[Target[Artefact]]) -> Mapping[str, Observed]:
        """Look at each by its key."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[Artefact]) -> Observed:
        """Upload it, where nothing is yet."""
        return await self._put(target, new=True)

    async def update(self, target: Target[Artefact], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Upload it anew, or only mark it: what is given out then stays the version that it was."""
        marks = next((change.desired for change in changes if change.path == "tags"), None)
        if isinstance(marks, Mapping) and not marks.get(OWNER_TAG):
            place = Place.of(target.region, observed.id)
            await self._objects.let_go(place, str(observed.outputs["sha256"]), str(marks[ADOPT_TAG]))
            return observed
        made = await self._put(target)
        if all(change.path == "tags" for change in changes):
            version = str(observed.outputs["version_id"])
            kept = {**made.outputs, "version_id": version}
            return Observed(made.id, made.fields, kept, owner=made.owner, remember={**made.remember, VERSION: version})
        return made

    async def delete(self, target: Target[Artefact], observed: Observed) -> None:
        """Hide it. Its versions stay for as long as the bucket keeps them, and so for an environment that still has one."""
        place = Place.of(target.region, observed.id)
        await self._objects.delete(place, [place.key])

    async def _put(self, target: Target[Artefact], *, new: bool = False) -> Observed:
        want = target.want
        place = Place(target.region, str(want.bucket), want.key)
        uid, called = target.owner.uid, target.owner.address
        entry = await self._objects.put(
            place, want.key, want.key, want.content, sha256=str(want.sha256), owner=uid, called=called, new=new
        )
        head = Head(entry.etag, entry.version_id, uid, entry.sha256, len(want.content), marked_by=called)
        return _observed(target, place, head, entry.version_id, entry.sha256, target.owner.uid)

    async def _look(self, target: Target[Artefact]) -> Observed | None:
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
        sha256 = head.sha256
        if want and isinstance(want.sha256, str) and head.holds(want.sha256, want.content):
            sha256 = want.sha256
        before = target.remembered if target.id == str(place) else {}
        owner = head.owner or (target.owner.uid if VERSION in before and not head.invites else "")
        version, known = head.version_id, before.get(VERSION)
        # an upload of equal bytes is no reason to build the environment anew
        same = sha256 and before.get(SHA) == sha256
        if same and known and known != version and await self._objects.head(place, place.key, known):
            version = known
        return _observed(target, place, head, version, sha256, owner)


def _observed(target: Target[Artefact], place: Place, head: Head, version: str, sha256: str, owner: str) -> Observed:
    state, reason, message = State.READY, "", ""
    if version in ("", "null"):
        state, reason = State.FAILED, "ObjectNotVersioned"
        message = (
            f"s3://{place} has no version: switch the bucket's versioning on, and delete it once, so that it is made anew"
        )
    # a mark of an older release has no name in it; the key has: none but a source of this very name writes there
    marks = {OWNER_TAG: owner, OBJECT_TAG: head.marked_by or target.owner.address} if owner else {}
    outputs = {"bucket": place.bucket, "key": place.key, "version_id": version, "sha256": sha256}
    return Observed(
        id=str(place),
        fields={"bucket": place.bucket, "key": place.key, "sha256": sha256, "tags": marks},
        outputs={**outputs, "etag": head.etag, "size": head.size},
        state=state,
        reason=reason,
        message=message,
        owner=owner,
        adoptable=head.invites == f"{target.owner.namespace}/{target.owner.name}",
        remember={VERSION: version, SHA: sha256} if owner == target.owner.uid else {},
    )
