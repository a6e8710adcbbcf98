"""The files that an environment's DAG sources bring: taken by key and version, once each is as its spec asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..api.environment import EnvironmentSpec
from ..core.finding import Finding, Severity
from ..core.kind import Context, Neighbour, Object
from ..core.need import EndsBy, Need
from ..resources.s3_artefact import NAMES
from . import quarantine
from .delivered import FACTS, spec_hash

COMPOSED = "requirements"
"""The file that is made of those of several sources; of the others an environment takes one."""
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Brought:
    """What the sources say of one file."""

    key: str | None = None
    version: str | None = None
    needs: tuple[Need, ...] = ()
    """What every update waits for, so that it goes out once and with everything."""
    shared: tuple[tuple[str, Entry], ...] = ()
    """Of requirements: what each of several sources brings, by name, where that is to be made one."""


def brought(obj: Object[EnvironmentSpec], context: Context, bucket: Any, file: str) -> Brought | None:
    """Give the file that the sources bring; None when it is certain that none brings one.

    Nothing is said of one whose source cannot be read: the environment then keeps what it has.
    """
    bringing = _bringing(obj, context, file)
    if not bringing:
        return Brought() if _unread(obj, context) else None
    found = [_entry(obj, source, bucket, file) for source in bringing]
    if needs := tuple(each for each in found if isinstance(each, Need)):
        return Brought(needs=needs)
    entries = _entries(obj, bringing, bucket, file)
    if len({entry["sha256"] for entry in entries}) > 1:
        # of other files the finding holds every update
        return Brought(shared=_shared(bringing, entries)) if file == COMPOSED else Brought()
    if quarantine.against(obj, file, entries[0]):
        good = quarantine.last_good(obj, file)
        # without a good one AWS keeps what it has
        return Brought(good["s3Path"], good["s3ObjectVersion"]) if good else Brought()
    if same := quarantine.same_as_good(obj, file, entries[0]["sha256"]):
        return Brought(same["s3Path"], same["s3ObjectVersion"])
    return Brought(entries[0]["key"], entries[0]["versionId"])


def declared(obj: Object[EnvironmentSpec], context: Context) -> set[str]:
    """Name the files that sources bring, as status calls them."""
    return {fact for file, fact in FACTS.items() if _bringing(obj, context, file)}


def has_plugins(obj: Object[EnvironmentSpec], context: Context) -> bool:
    """Tell whether there are plugins, from the spec or from a source."""
    return obj.spec.plugins_s3_path is not None or bool(_bringing(obj, context, "plugins"))


def findings(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    """Name each file that comes from two places."""
    for file, fact in FACTS.items():
        bringing = _bringing(obj, context, file)
        names = " and ".join(f"DagSource {source.name}" for source in bringing)
        if bringing and getattr(obj.spec, f"{file}_s3_path") is not None:
            yield Finding(
                "FileGivenTwice",
                f"spec.{fact}S3Path",
                f"{names} brings {NAMES[file]} too, and the path given here is what counts. Take one of them out.",
                Severity.WARNING,
            )
        elif file == COMPOSED and _differ(obj, bringing, file):
            if held := quarantine.of_composed(obj, _shared(bringing, _entries(obj, bringing, None, file))):
                yield quarantine.finding(obj, file, held)
        elif _differ(obj, bringing, file):
            yield Finding(
                "SourcesDisagree",
                "spec.dagSourceRefs",
                f"{names} bring {NAMES[file]} with different contents, and an environment has one. Make one of them of all "
                "their inputs, and take it out of the others.",
            )
        elif bringing and (held := _held(obj, bringing, file)):
            yield quarantine.finding(obj, file, held)


def _differ(obj: Object[EnvironmentSpec], bringing: Sequence[Neighbour], file: str) -> bool:
    return len({each["sha256"] for each in _entries(obj, bringing, None, file)}) > 1


def _shared(bringing: Sequence[Neighbour], entries: Sequence[Entry]) -> tuple[tuple[str, Entry], ...]:
    """Give what each brings, in an order that does not depend on the spec's; nothing while one has not delivered."""
    if len(entries) < len(bringing):
        return ()
    return tuple(sorted(((source.name, entry) for source, entry in zip(bringing, entries, strict=True)), key=lambda e: e[0]))


def _held(obj: Object[EnvironmentSpec], bringing: Sequence[Neighbour], file: str) -> Mapping[str, Any] | None:
    entries = _entries(obj, bringing, None, file)
    return quarantine.against(obj, file, entries[0]) if entries else None


def _bringing(obj: Object[EnvironmentSpec], context: Context, file: str) -> Sequence[Neighbour]:
    there = (context.targets.get(("DagSource", ref.name)) for ref in obj.spec.dag_source_refs)
    return [source for source in there if source and source.spec and getattr(source.spec, file)]


def _unread(obj: Object[EnvironmentSpec], context: Context) -> bool:
    there = (context.targets.get(("DagSource", ref.name)) for ref in obj.spec.dag_source_refs)
    return any(source is None or source.spec is None for source in there)


def _entry(obj: Object[EnvironmentSpec], source: Neighbour, bucket: Any, file: str) -> Mapping[str, Any] | Need:
    version = obj.spec.airflow_version or obj.facts.get("airflowVersion")
    current = spec_hash(source.spec, file)
    entries: Sequence[Mapping[str, Any]] = source.facts.get("artefacts") or ()
    for entry in entries:
        if (entry["file"], entry.get("specHash")) != (FACTS[file], current):
            continue
        if entry.get("airflowVersion") not in (None, version):
            continue
        place = bucket.rpartition(":::")[2] if isinstance(bucket, str) else entry["bucketName"]
        if place == entry["bucketName"]:
            return entry
        text = (
            f"spec.dagSourceRefs: DagSource {source.name} delivers {NAMES[file]} into the bucket {entry['bucketName']}, and "
            f"the environment's is {place}. Make both the same, or take the source out."
        )
        return Need("OtherBucket", text, EndsBy.USER)
    what = f"{NAMES[file]} for Airflow {version}" if version and file == "requirements" else NAMES[file]
    text = f"spec.dagSourceRefs: waits for DagSource {source.name} to deliver {what}"
    return Need("DependencyNotReady", text, EndsBy.TIME, "ReferencesResolved")


def _entries(
    obj: Object[EnvironmentSpec], sources: Sequence[Neighbour], bucket: Any, file: str
) -> Sequence[Mapping[str, Any]]:
    found = (_entry(obj, source, bucket, file) for source in sources)
    return [entry for entry in found if not isinstance(entry, Need)]
