"""What a Bucket does about old versions: its rules, what is needed of them, and what is to go. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..api.bucket import BucketSpec
from ..core.kind import Context, Neighbour, Object
from ..core.observed import Observed, Sight
from ..core.owner import OWNER_TAG
from ..core.part import Part
from ..resources.s3 import manifest_key
from ..resources.s3_lifecycle import Lifecycle, Needed, Unwanted, VersionCounts, rule
from .delivered import FACTS

LIFECYCLE, COUNTS, UNWANTED = "lifecycle", "version-counts", "unwanted-versions"
EVERY = 6
"""These looks change little and cost much: once an hour where a steady bucket is looked at every ten minutes."""


def parts(obj: Object[BucketSpec], context: Context, bucket: str) -> Iterator[Part]:
    """Give the parts that the spec asks for."""
    spec, needed, after = obj.spec, tuple(_needed(context)), frozenset({"bucket"})
    if spec.lifecycle_rules or needed:
        blocks = {each.id: each.model_dump(exclude={"id", "prefix"}) for each in spec.lifecycle_rules}
        rules = {each.id: rule(each.id, each.prefix, **blocks[each.id]) for each in spec.lifecycle_rules}
        marks = {OWNER_TAG: obj.uid} if rules else {}
        yield Part(LIFECYCLE, Lifecycle(bucket, rules, marks, needed), after=after, every=EVERY)
    if spec.delete_versions and not obj.deleting:
        named = tuple((each.key, each.version_id) for each in spec.delete_versions)
        manifests = tuple(manifest_key(obj.namespace, each.name) for each in context.referrers if each.kind == "DagSource")
        unwanted = Unwanted(bucket=bucket, versions=named, needed=needed, manifests=manifests)
        yield Part(UNWANTED, unwanted, after=after, keep=True)
    if spec.count_versions:
        yield Part(COUNTS, VersionCounts(bucket), after=after, every=EVERY)


def facts(sights: Mapping[str, Sight]) -> Mapping[str, Any]:
    """Publish the counts, where they are asked for."""
    if COUNTS not in sights:
        return {}
    sight = sights[COUNTS]
    if not isinstance(sight, Observed):
        return {"versions": None}
    said = sight.outputs
    names = {"noncurrentVersions": "noncurrent_versions", "noncurrentBytes": "noncurrent_bytes"}
    names |= {"deleteMarkers": "delete_markers", "complete": "complete"}
    return {"versions": {shown: said[name] for shown, name in names.items()}}


def _needed(context: Context) -> Iterator[Needed]:
    for neighbour in context.referrers:
        if neighbour.kind == "Environment":
            yield from _pinned(neighbour)
        elif neighbour.kind == "DagSource":
            yield from _of_history(neighbour)


def _pinned(environment: Neighbour) -> Iterator[Needed]:
    """Give what an environment is built with, what its spec names for the next update, and what it may go back to."""
    for file, fact in FACTS.items():
        running = environment.facts.get(fact) or {}
        good = [each for each in environment.facts.get("goodFiles") or () if each["file"] == fact]
        pairs = {(each.get("s3Path"), each.get("s3ObjectVersion")) for each in (running, *good)}
        if environment.spec:
            path = getattr(environment.spec, f"{file}_s3_path")
            pairs.add((str(path) if path else None, getattr(environment.spec, f"{file}_s3_object_version")))
        for key, version in sorted((key, version) for key, version in pairs if key and version):
            yield Needed(key, f"Environment {environment.name}", version)


def _of_history(source: Neighbour) -> Iterator[Needed]:
    """Give since when files of some revision that one can go back to have not been the newest, at the earliest.

    Not the delivery of the next in the list: others that came between may have left it.
    """
    history = source.facts.get("history") or []
    past = [
        (str(since), each["revision"])
        for each in history[1:]
        if (since := each.get("supersededAt") or each.get("deliveredAt"))
    ]
    if source.spec and past:
        since, name = min(past, key=lambda each: datetime.fromisoformat(each[0]))
        yield Needed(f"{source.spec.path}/", f"DagSource {source.name} to go back to revision {name}", since=since)
