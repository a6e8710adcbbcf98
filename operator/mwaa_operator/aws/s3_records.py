"""The records of a tree's revisions, and how a tree looks of which an earlier revision is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from ..core.errors import OutsideError, Problem, Trouble
from ..core.observed import Observed
from ..resources.s3 import Tree, revision
from ..resources.s3_revision import LEFT, Record, folder, record_key
from ..resources.s3_tree import Listed, Manifest, standing
from .s3_objects import Objects, Place


class Records:
    """One object for each revision, beside the manifest."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def read(self, place: Place, name: str) -> Record:
        """Read one.

        Args:
            place: of the manifest.
            name: of the revision.

        Raises:
            OutsideError: also REFUSED, when there is none or it cannot be read.
        """
        at = replace(place, key=record_key(place.key, name))
        content, _ = await self._objects.text(at)
        if content is None:
            raise OutsideError(_unknown(at, name, "the bucket has no record of it"))
        try:
            return Record.loads(content)
        except ValueError as error:
            raise OutsideError(_unknown(at, name, str(error))) from error

    async def wanted(self, place: Place, want: Tree, manifest: Manifest) -> Record:
        """Read the record of the revision that is wanted.

        Raises:
            OutsideError: as `read` does.
        """
        name = str(want.revision)
        try:
            return await self.read(place, name)
        except OutsideError as error:
            if not _is_unknown(error) or not (found := await self._derived(place, want, manifest, name)):
                raise
            return found

    async def catch_up(self, place: Place, want: Tree, manifest: Manifest) -> None:
        """Record revisions that came about while there was nothing to do, before what lies there changes."""
        for name in () if want.prune else want.known:
            at = replace(place, key=record_key(place.key, name))
            if (await self._objects.text(at))[0] is not None:
                return
            if not (found := await self._derived(place, want, manifest, name)):
                return
            await self._objects.put_text(at, found.dumps())

    async def _derived(self, place: Place, want: Tree, manifest: Manifest, name: str) -> Record | None:
        """Give the record of a revision that only lacks files of the one before, for which nothing was done without `prune`.

        The proof is that what lies there is still what an older record says. Which of it the source had is not known any
        more: all counts as left. None where there is no proof.
        """
        if want.prune or name not in want.known:
            return None
        for older in want.known[want.known.index(name) + 1 :]:
            try:
                record = await self.read(place, older)
            except OutsideError as error:
                if not _is_unknown(error):
                    raise
                continue
            same = record.files == manifest.files
            return Record(name, manifest.files, {LEFT: sorted(manifest.files)}) if same else None
        return None

    async def write(self, place: Place, want: Tree, manifest: Manifest) -> None:
        """Record what is about to be complete, before the manifest says so: a crash between the two repeats it."""
        files = want.files if want.revision else standing(want.files, want, manifest)
        name = want.revision or revision(files)
        about = await asyncio.to_thread(want.about, files)
        if want.revision is None:
            about = {**about, LEFT: sorted(manifest.files.keys() - files.keys())}
        record = Record(name, manifest.files, about)
        at, content = replace(place, key=record_key(place.key, name)), record.dumps()
        if (await self._objects.text(at))[0] != content:
            await self._objects.put_text(at, content)
        if len(want.known) >= want.records:
            await self._forget(place, want, name)

    async def staying(self, place: Place, want: Tree, manifest: Manifest, record: Record) -> frozenset[str]:
        """Name own files that going back leaves, though the earlier revision has not got them.

        Without `prune` only those go that the newest revision has of its source: what is not there any more would not be
        delivered again when the source is resumed. Where that revision has no record nothing goes.
        """
        others = frozenset(manifest.files) - frozenset(record.files)
        if want.prune or not others:
            return frozenset()
        try:
            newest = await self.read(place, want.known[0]) if want.known else record
        except OutsideError as error:
            if not _is_unknown(error):
                raise
            return others
        return others - newest.of_source

    async def keys(self, place: Place) -> list[str]:
        """Name the objects of all records."""
        below = folder(place.key)
        return [f"{below}{name}" for name in await self._objects.list(place, below.rstrip("/"))]

    async def _forget(self, place: Place, want: Tree, name: str) -> None:
        """Delete what status has forgotten. A status that was lost knows none, and costs none."""
        below, kept = folder(place.key), {f"{each}.json" for each in (name, *want.known)}
        there = await self._objects.list(place, below.rstrip("/"))
        await self._objects.delete(place, [f"{below}{each}" for each in sorted(there) if each not in kept])


def stood(
    sight: Observed,
    want: Tree,
    record: Record,
    manifest: Manifest,
    listing: Mapping[str, Listed],
    staying: frozenset[str],
) -> Observed:
    """Show a tree as one of which an earlier revision is wanted: what matters then is whether that stands."""
    standing = record.standing(manifest, listing, staying)
    fields = {name: value for name, value in sight.fields.items() if name != "files"}
    outputs = {**sight.outputs, "revision": standing, "file_count": len(manifest.files.keys() - staying), **record.about}
    shown = replace(sight, fields={**fields, "revision": standing}, outputs=outputs)
    if standing != want.revision:
        return shown
    return replace(shown, condition="RolledBack", reason="RolledBack", message=want.standing)


def _is_unknown(error: OutsideError) -> bool:
    return error.problem.reason == "RevisionUnknown"


def _unknown(at: Place, name: str, why: str) -> Problem:
    return Problem(
        Trouble.REFUSED,
        "RevisionUnknown",
        f"revision {name} cannot be brought back: {why} (s3://{at}). What is delivered stays as it is. Choose one of "
        "status.history, or resume with `kubectl mwaa rollback NAME --resume`.",
    )
