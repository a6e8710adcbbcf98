"""Trees of objects: uploaded by content, recorded in a manifest, and never a foreign object touched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.observed import Observed
from ..core.owner import OWNER_TAG
from ..core.wording import some
from ..resources.s3 import FEW, Tree, revision
from ..resources.s3_tree import Difference, Entry, Listed, Manifest, difference, key, observed_files, standing
from .s3_objects import Objects, Place, vanished
from .s3_records import Records, stood
from .s3_supply import Declared, Supply, Versions, batches
from .session import Aws
from .tags import put_and_gone, texts


@dataclass(frozen=True)
class _Known:
    """What a tree has put into the bucket, and what lies there."""

    manifest: Manifest
    listing: Mapping[str, Listed]

    def after(self, manifest: Manifest, written: Mapping[str, Entry]) -> _Known:
        """Add what was written since: S3 has answered what a list would show."""
        return _Known(manifest, {**self.listing, **{path: Listed(entry.etag) for path, entry in written.items()}})


class Trees:
    """A tree is found by its manifest.

    One that stands in a bucket of its record is looked for there, also when the spec names another bucket by now.

    An object that somebody else put where a file of ours should go: with the same content it is taken into the manifest;
    with other content, or with another owner's mark, it is refused by name, and the rest of the tree goes on. Overwriting
    it without a word, as `aws s3 sync` does, could destroy the only copy in a bucket that a team has filled by hand so far,
    and two trees with one path would overwrite each other for ever; `overwrite` allows it.
    An object of ours that somebody overwrote is drift, and is put back, unless it has another owner's mark by now. It is
    pruned only while it is ours: as we uploaded it, or with our mark in its metadata.
    """

    TYPE: ClassVar[str] = Tree.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "s3:PutObject",
        "update": {
            "files": "s3:PutObject, s3:DeleteObjects",
            "tags": "s3:PutObject",
            "revision": "s3:CopyObject, s3:PutObject, s3:DeleteObjects",
        },
        "delete": "s3:DeleteObjects",
    }

    def __init__(self, aws: Aws) -> None:
        self._objects = Objects(aws)
        self._records = Records(self._objects)

    async def read(self, targets: Sequence[Target[Tree]]) -> Mapping[str, Observed]:
        """Look at the manifest of each tree, and at the list of objects under its prefix."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[Tree]) -> Observed:
        """Put an empty manifest: from then on the tree is ours, whatever of it is there."""
        want = target.want
        place = Place(target.region, str(want.bucket), want.manifest_key)
        manifest = Manifest(want.prefix, want.tags)
        await self._objects.put_manifest(place, manifest)
        return replace(await self._seen(target, place, _Known(manifest, {}), ""), at_hand=None)

    async def update(self, target: Target[Tree], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Upload what differs, modules before the DAGs that import them, and prune last.

        The manifest is written between the two, so that whatever a crash leaves is known to be ours. A revision of earlier
        is brought back the same way, out of the bucket's own versions.

        Raises:
            OutsideError: also REFUSED with reason `ForeignObject`, `EmptyTree`, `TooManyDeletions`, `RevisionUnknown` or
                `VersionsGone`.
        """
        place = Place.of(target.region, observed.id)
        known = await self._known(place, observed)
        for change in changes:
            if change.path == "tags":
                put, gone = put_and_gone(texts(change.desired))
                tags = {k: v for k, v in {**known.manifest.tags, **put}.items() if k not in gone}
                known = replace(known, manifest=replace(known.manifest, tags=tags))
                await self._objects.put_manifest(place, known.manifest)
            elif change.path in ("files", "revision"):
                known = await self._sync(target, place, known)
        # what lies there now is known from the answers: a list of thousands would say nothing else
        return await self._seen(target, place, known, await self._objects.written(place))

    async def delete(self, target: Target[Tree], observed: Observed) -> None:
        """Delete the own objects, then the manifest. In a versioned bucket older versions stay behind a delete marker."""
        place = Place.of(target.region, observed.id)
        with unless_gone():
            manifest, _ = await self._objects.manifest(place)
            if manifest is None:
                return
            listing = await self._objects.list(place, manifest.prefix)
            there = manifest.files.keys() & listing.keys()
            untouched = {path for path in there if listing[path].etag == manifest.files[path].etag}
            own = untouched | await self._marked(target, place, manifest.prefix, there - untouched)
            await self._objects.delete(place, [key(manifest.prefix, path) for path in sorted(own)])
            records = await self._records.keys(place)
            await self._objects.delete(place, [*records, place.key])

    async def _look(self, target: Target[Tree]) -> Observed | None:
        places = [Place.of(target.region, target.id)] if target.id else []
        if target.model and isinstance(target.model.bucket, str):
            places.append(Place(target.region, target.model.bucket, target.model.manifest_key))
        for place in dict.fromkeys(places):
            with unless_gone():
                manifest, modified = await self._objects.manifest(place)
                if manifest is not None:
                    listing = await self._objects.list(place, manifest.prefix)
                    return await self._seen(target, place, _Known(manifest, listing), modified)
        return None

    async def _known(self, place: Place, observed: Observed) -> _Known:
        """Give what the look has read a moment ago; of a tree that was just made there is none."""
        if isinstance(observed.at_hand, _Known):
            return observed.at_hand
        manifest, _ = await self._objects.manifest(place)
        if manifest is None:
            raise OutsideError(vanished(place))
        return _Known(manifest, await self._objects.list(place, manifest.prefix))

    async def _seen(self, target: Target[Tree], place: Place, known: _Known, modified: str) -> Observed:
        want, sight = target.model, _observed(target, place, known, modified)
        if want is None or want.revision is None:
            return sight
        record = await self._records.wanted(place, want, known.manifest)
        staying = await self._records.staying(place, want, known.manifest, record)
        return stood(sight, want, record, known.manifest, known.listing, staying)

    def _supply(self, target: Target[Tree]) -> Supply:
        return Declared.of(self._objects, target.want)

    async def _wanted(self, target: Target[Tree], place: Place, manifest: Manifest) -> tuple[Tree, Supply]:
        """Say what should lie there, and where its bytes come from."""
        want = target.want
        if want.revision is None:
            return want, self._supply(target)
        record = await self._records.wanted(place, want, manifest)
        staying = await self._records.staying(place, want, manifest, record)
        exactly = replace(want, files=record.hashes, prune=True, kept=staying, about=lambda _: record.about)
        return exactly, Versions(self._objects, record)

    async def _sync(self, target: Target[Tree], place: Place, known: _Known) -> _Known:
        manifest, listing = known.manifest, known.listing
        await self._records.catch_up(place, target.want, manifest)
        want, supply = await self._wanted(target, place, manifest)
        todo = difference(want, manifest, listing)
        if want.guarded:
            _guard(want, todo, manifest)
        same, foreign, stale = await self._judge(target.owner.uid, want, place, manifest, todo.doubtful, supply)
        paths = todo.upload | stale
        await supply.check(place, manifest.prefix, paths)
        files, failure = await self._upload(target.owner.uid, place, manifest.prefix, paths, listing, supply)
        ours = {path: entry for path, entry in manifest.files.items() if path not in foreign}
        delivered = replace(manifest, files={**ours, **same, **files})
        if want.records and not failure and not foreign:
            complete = _left(delivered, todo)
            if want.revision is not None:
                complete = {path: entry for path, entry in complete.items() if path in want.files}
            await self._records.write(place, want, replace(delivered, files=complete))
        if delivered != manifest:
            await self._objects.put_manifest(place, delivered)
        if failure:
            raise failure
        known = await self._prune(target, place, known.after(delivered, {**same, **files}), todo)
        if foreign:
            raise OutsideError(_foreign(place, manifest.prefix, foreign))
        return known

    async def _judge(
        self, uid: str, want: Tree, place: Place, manifest: Manifest, doubtful: Iterable[str], supply: Supply
    ) -> tuple[dict[str, Entry], list[str], frozenset[str]]:
        """Look at objects that are not as the manifest says: already as wanted, somebody else's, or to be overwritten."""
        same: dict[str, Entry] = {}
        foreign: list[str] = []
        stale: set[str] = set()
        for batch in batches(sorted(doubtful)):
            heads = await asyncio.gather(*(self._objects.head(place, key(manifest.prefix, path)) for path in batch))
            for path, head in zip(batch, heads, strict=True):
                if head and head.owner not in ("", uid) and not want.overwrite:
                    foreign.append(path)
                elif head and supply.has(path, head):
                    same[path] = supply.entry(path, head)
                elif head is None or path in manifest.files or head.owner == uid or want.overwrite:
                    stale.add(path)
                else:
                    foreign.append(path)
        return same, foreign, frozenset(stale)

    async def _upload(
        self, uid: str, place: Place, prefix: str, paths: Iterable[str], listing: Mapping[str, Listed], supply: Supply
    ) -> tuple[dict[str, Entry], OutsideError | None]:
        """Upload files until one fails, and tell which arrived. What was not listed must still not be there."""
        done = dict[str, Entry]()
        dags = {path for path in paths if supply.is_dag(path)}
        for batch in (*batches(sorted(frozenset(paths) - dags)), *batches(sorted(dags))):
            sent = (supply.put(place, prefix, path, owner=uid, new=path not in listing) for path in batch)
            results = await asyncio.gather(*sent, return_exceptions=True)
            done |= {path: entry for path, entry in zip(batch, results, strict=True) if isinstance(entry, Entry)}
            for failure in results:
                if isinstance(failure, OutsideError):
                    return done, failure
                if isinstance(failure, BaseException):
                    raise failure
        return done, None

    async def _prune(self, target: Target[Tree], place: Place, known: _Known, todo: Difference) -> _Known:
        manifest = known.manifest
        if not (todo.delete | todo.doubtful_delete | todo.forget):
            return known
        own = todo.delete | await self._marked(target, place, manifest.prefix, todo.doubtful_delete)
        await self._objects.delete(place, [key(manifest.prefix, path) for path in sorted(own)])
        await self._objects.put_manifest(place, pruned := replace(manifest, files=_left(manifest, todo)))
        return _Known(pruned, {path: listed for path, listed in known.listing.items() if path not in own})

    async def _marked(self, target: Target[Tree], place: Place, prefix: str, paths: Iterable[str]) -> frozenset[str]:
        """Name those of some objects that have our mark."""
        own: set[str] = set()
        for batch in batches(sorted(paths)):
            heads = await asyncio.gather(*(self._objects.head(place, key(prefix, path)) for path in batch))
            own |= {path for path, head in zip(batch, heads, strict=True) if head and head.owner == target.owner.uid}
        return frozenset(own)


def _left(manifest: Manifest, todo: Difference) -> dict[str, Entry]:
    """Give what is still ours once all that should go is gone."""
    going = todo.delete | todo.doubtful_delete | todo.forget
    return {path: entry for path, entry in manifest.files.items() if path not in going}


def _observed(target: Target[Tree], place: Place, known: _Known, modified: str) -> Observed:
    manifest, listing = known.manifest, known.listing
    files = observed_files(target.model, manifest, listing) if target.model else {}
    there = standing(files, target.model, manifest) if target.model else files
    return Observed(
        id=str(place),
        fields={"bucket": place.bucket, "prefix": manifest.prefix, "files": files, "tags": dict(manifest.tags)},
        outputs={
            "bucket": place.bucket,
            "prefix": manifest.prefix,
            "revision": revision(there),
            "file_count": len(there),
            "delivered_at": modified,
            "dags": tuple(_dags(manifest, listing)),
        },
        owner=manifest.tags.get(OWNER_TAG, ""),
        adoptable=target.owner.invited_by(manifest.tags),
        at_hand=known,
    )


def _dags(manifest: Manifest, listing: Mapping[str, Listed]) -> Iterator[dict[str, str]]:
    """Show the DAG files as S3 lists them."""
    for path, entry in sorted(manifest.files.items()):
        if entry.dag and (listed := listing.get(path)):
            same = listed.etag == entry.etag
            yield {
                "key": key(manifest.prefix, path),
                "etag": listed.etag,
                "versionId": entry.version_id if same else "",
                "sha256": entry.sha256 if same else "",
            }


def _guard(want: Tree, todo: Difference, manifest: Manifest) -> None:
    """Refuse to prune what is more often a mistake than a wish: the last file, or a large share at once."""
    going = todo.delete | todo.doubtful_delete
    if not want.files and want.allow_empty and not want.kept:
        return
    if going and not want.files and not want.allow_empty:
        left = (
            f"none of the {len(want.kept)} files in the source can be delivered"
            if want.kept
            else "no file is left in the spec"
        )
        text = f"{left}: the {len(going)} delivered ones stay. Set allowEmpty: true to delete them."
        raise OutsideError(Problem(Trouble.REFUSED, "EmptyTree", text))
    # what only moves is not lost
    wanted = frozenset(want.files.values())
    lost = [path for path in going if manifest.files[path].sha256 not in wanted]
    if len(lost) > FEW and len(lost) * 100 > want.max_delete_percent * len(manifest.files):
        raise OutsideError(_too_many(want, len(lost), len(manifest.files)))


def _too_many(want: Tree, lost: int, there: int) -> Problem:
    if want.revision is not None:
        return Problem(
            Trouble.REFUSED,
            "TooManyDeletions",
            f"{lost} of the {there} delivered files are not in revision {want.revision}, more than maxDeletePercent "
            f"({want.max_delete_percent} %) allows to delete without a word of yours: nothing is taken back. Go back with "
            f"`kubectl mwaa rollback NAME --to {want.revision}`, or set maxDeletePercent: 100.",
        )
    return Problem(
        Trouble.REFUSED,
        "TooManyDeletions",
        f"{lost} of the {there} delivered files are no longer in the source, more than maxDeletePercent "
        f"({want.max_delete_percent} %) allows: nothing is delivered and nothing deleted. Is it the right branch and path? "
        "If the deletion is meant, set maxDeletePercent: 100 for this delivery.",
    )


def _foreign(place: Place, prefix: str, paths: Sequence[str]) -> Problem:
    keys = some([key(prefix, path) for path in paths], 5)
    return Problem(
        Trouble.REFUSED,
        "ForeignObject",
        f"bucket {place.bucket} has {keys} already, put there by somebody else or by another DagSource: not overwritten. "
        "Delete it there, leave it out of the spec, or take it over with adoption: Always.",
    )
