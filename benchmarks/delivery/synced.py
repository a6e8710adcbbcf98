"""A tree of many files through its changes: what we, and others, ask of S3 for each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from benchmarks.delivery.rivals import Rival
from benchmarks.delivery.site import Site
from benchmarks.delivery.tree import Team, dag, dags
from benchmarks.figure import Figure
from devcluster.progress import say

OURS, THEIRS = "ours", "dags"
PAGE = 1000
"""How many objects one LIST shows."""
EDITED = "an edit of the same size and time"


@dataclass(frozen=True)
class Change:
    """One change of the tree, and the least that anybody could ask of S3 for it."""

    name: str
    files: dict[str, str]
    changed: int
    """How many objects are to be written."""
    gone: int = 0
    """How many are to be deleted: a thousand with one request."""
    keep_times: bool = False
    listed: int = 0
    """How many objects are there before."""

    @property
    def floor(self) -> int:
        """How many requests: the list, each change, and the deletions."""
        return max(1, math.ceil(self.listed / PAGE)) + self.changed + math.ceil(self.gone / PAGE)


@dataclass(frozen=True)
class Taken:
    """What one program took for one change."""

    by: str
    seconds: float
    requests: int
    carried: int
    """Bytes, both ways."""
    right: bool
    """Whether the bucket has what it should have afterwards."""


def changes(count: int) -> Iterator[Change]:
    """Give the changes of a tree of so many files."""
    files = dags(count)
    last = max(files)
    yield Change("cold", files, count)
    yield Change("no change", files, 0, listed=count)
    files = {**files, last: dag(count, 99_999)}
    yield Change("one change", files, 1, listed=count)
    files = {**files, last: dag(count, 88_888)}
    yield Change(EDITED, files, 1, keep_times=True, listed=count)
    renamed = {path.replace("team-", "crew-"): text for path, text in files.items()}
    yield Change("all renamed", renamed, count, count, listed=count)


def synced(site: Site, team: Team, others: Sequence[Rival], count: int) -> list[Figure]:
    """Take one tree through all changes, with us and with others."""
    s3 = site.s3()
    for rival in others:
        s3.create_bucket(Bucket=_bucket(rival))
        s3.put_bucket_versioning(Bucket=_bucket(rival), VersioningConfiguration={"Status": "Enabled"})
    figures = []
    for change in changes(count):
        listed = _list_carries(site, team.name)
        say(f"{count} files, {change.name}: ours")
        found = [_ours(site, team, change)]
        for rival in others:
            say(f"{count} files, {change.name}: {rival.name}")
            found.append(_theirs(site, rival, team.folder, change))
        if change.name != EDITED and (wrong := [each.by for each in found if not each.right]):
            raise RuntimeError(f"{change.name}: the bucket has not what it should have after {', '.join(wrong)}")
        figures += _figures(f"{count} files, {change.name}", change, found, listed)
    return figures


def _figures(called: str, change: Change, found: list[Taken], listed: int) -> Iterator[Figure]:
    ours, *others = found
    least = listed + sum(len(text) for text in change.files.values()) / len(change.files) * change.changed
    for each in found:
        name = f"{called}: {{}}, {each.by}"
        best = min((other.seconds for other in others if other.right), default=None) if each is ours else None
        yield Figure(
            name.format("time"), each.seconds, "s", best, "the fastest of the others that gets it right" if best else ""
        )
        yield Figure(name.format("requests"), each.requests, "", change.floor, "LIST pages, changed objects, deletions")
        yield Figure(name.format("bytes"), each.carried / 2**20, "MiB", least / 2**20, "LIST pages, changed files")
    if change.name == EDITED:
        for each in found:
            yield Figure(f"{called}: objects missed, {each.by}", 0 if each.right else 1, "", 0, "none")


def _ours(site: Site, team: Team, change: Change) -> Taken:
    before = team.files
    commit = team.commit(change.files, keep_times=change.keep_times)
    site.until_quiet()
    seconds, requests, carried = _measured(
        site,
        lambda: _delivered(site, team.name, change.name.replace(" ", "-"), commit, cold=not before),
        lambda: len(site.calls()),
    )
    return Taken(OURS, seconds, requests, carried, _is_right(site, site.bucket, team.name, change.files))


def _delivered(site: Site, name: str, stamp: str, commit: str, *, cold: bool) -> None:
    if cold:
        site.stack.apply([site.from_git(name)])
        site.until_delivered(name, commit)
        return
    site.look(name, stamp)
    site.until(lambda: site.status("DagSource", name).get("lastHandledReconcileAt") == stamp, stamp)
    site.until_delivered(name, commit)


def _theirs(site: Site, rival: Rival, folder: Path, change: Change) -> Taken:
    bucket = _bucket(rival)
    seconds, requests, carried = _measured(
        site,
        lambda: rival.sync(folder, bucket, site.distance.url),
        lambda: sum(call.access_key == rival.access_key for call in site.stack.emulator.calls()),
    )
    return Taken(rival.name, seconds, requests, carried, _is_right(site, bucket, THEIRS, change.files))


def _measured(site: Site, work: Callable[[], None], requests: Callable[[], int]) -> tuple[float, int, int]:
    """Give the seconds of some work, and what it has asked and moved until it was quiet again."""
    site.stack.emulator.clear_calls()
    carried, begun = site.distance.carried, time.monotonic()
    work()
    seconds = time.monotonic() - begun
    site.until_quiet()
    return seconds, requests(), site.distance.carried - carried


def _list_carries(site: Site, name: str) -> int:
    """Give how many bytes a list of what is there takes."""
    before = site.distance.carried
    for _ in site.s3(site.distance.url).get_paginator("list_objects_v2").paginate(Bucket=site.bucket, Prefix=f"{name}/"):
        pass
    return site.distance.carried - before


def _is_right(site: Site, bucket: str, folder: str, files: dict[str, str]) -> bool:
    """Compare what lies there with what should, by the MD5 that S3 shows."""
    found = dict[str, str]()
    for page in site.s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{folder}/"):
        found |= {each["Key"].removeprefix(f"{folder}/"): each["ETag"].strip('"') for each in page.get("Contents", ())}
    return found == {path: md5(text.encode(), usedforsecurity=False).hexdigest() for path, text in files.items()}


def _bucket(rival: Rival) -> str:
    return rival.access_key
