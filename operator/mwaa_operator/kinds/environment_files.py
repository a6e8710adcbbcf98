"""The three files that an environment is built with: each with the version that is pinned, looked up, or empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..api.environment import EnvironmentSpec
from ..api.s3_path import S3Path
from ..core.kind import Context, Object
from ..core.need import Need
from ..core.observed import Observed, Sight
from ..core.part import Missing, Part, Ref
from ..resources.mwaa import FILES
from ..resources.s3 import ObjectVersion, stand_in
from ..resources.s3_composed import ComposedRequirements, composed_key, shares_hash
from . import environment_artefacts, quarantine
from .delivered import FACTS

COMPOSED = "composed/requirements"


@dataclass(frozen=True)
class File:
    """What one file adds to the graph."""

    fields: Mapping[str, Any]
    """Of the environment's model."""
    parts: tuple[Part, ...] = ()
    needs: tuple[Need, ...] = ()


def paths(spec: EnvironmentSpec) -> Iterator[tuple[str, str, S3Path | None]]:
    """Give each file, the field of the spec with its path, and the path."""
    for name in FILES:
        field = EnvironmentSpec.model_fields[f"{name}_s3_path"].alias
        yield name, str(field), getattr(spec, f"{name}_s3_path")


def files(obj: Object[EnvironmentSpec], context: Context, bucket: Any) -> Sequence[File]:
    """Give the files that are declared, and an empty one for each that was declared before: AWS takes none away."""
    place = bucket if isinstance(bucket, Missing) else str(bucket).rpartition(":::")[2]
    before = obj.facts.get("declaredFiles") or ()
    found: list[File] = []
    for name, _, path in paths(obj.spec):
        version = getattr(obj.spec, f"{name}_s3_object_version")
        if path is not None and version is not None:
            found.append(File(_fields(name, str(path), version)))
        elif path is not None:
            found.append(_linked(name, Part(f"version/{FACTS[name]}", ObjectVersion(place, str(path)))))
        elif (given := environment_artefacts.brought(obj, context, bucket, name)) is not None:
            found.append(
                _composed(obj, place, given.shared)
                if given.shared
                else File(_fields(name, given.key, given.version), needs=given.needs)
            )
        elif FACTS[name] in before:
            found.append(_linked(name, Part(f"empty/{FACTS[name]}", stand_in(place, obj.namespace, obj.name, name))))
    return found


def facts(obj: Object[EnvironmentSpec], context: Context, there: Mapping[str, Any]) -> dict[str, Any]:
    """Publish what AWS has, and which files the spec or a source has named at any time."""
    shown: dict[str, Any] = {}
    for name, fact in FACTS.items():
        path, version = there.get(f"{name}_s3_path"), there.get(f"{name}_s3_object_version")
        pinned = {"s3Path": path, "s3ObjectVersion": version}
        shown[fact] = {key: value for key, value in pinned.items() if value} or None
    declared = {FACTS[name] for name, _, path in paths(obj.spec) if path is not None}
    declared |= environment_artefacts.declared(obj, context)
    before = set(obj.facts.get("declaredFiles") or ())
    # only what AWS has can need to be replaced
    known = sorted(fact for fact in declared | before if shown[fact])
    return {**shown, "declaredFiles": known or None}


def _composed(obj: Object[EnvironmentSpec], bucket: str | Missing, shared: Sequence[tuple[str, Mapping[str, Any]]]) -> File:
    """Give the file that is made of those of several sources: an update waits for it, so that all goes out in one."""
    shares, key = quarantine.shares(shared), composed_key(obj.namespace, obj.name)
    objects = tuple((name, str(entry["key"]), str(entry["versionId"])) for name, entry in shared)
    part = Part(COMPOSED, ComposedRequirements(bucket, key, shares, objects))
    known = obj.facts.get("composedRequirements") or {}
    names = " and ".join(f"DagSource {name}" for name, _ in shared)
    text = f"spec.dagSourceRefs: waits until the requirements of {names} are made one file"
    needs = () if known.get("hash") == shares_hash(shares) else (Need("RequirementsComposing", text),)
    if quarantine.of_composed(obj, shared):
        good = quarantine.last_good(obj, "requirements")
        return File(_fields("requirements", good["s3Path"], good["s3ObjectVersion"]) if good else {}, (part,))
    if same := quarantine.same_as_good(obj, "requirements", known["sha256"] if not needs else ""):
        return File(_fields("requirements", same["s3Path"], same["s3ObjectVersion"]), (part,))
    return File(_fields("requirements", Ref(COMPOSED, "key"), Ref(COMPOSED, "version_id")), (part,), needs)


def composed(obj: Object[EnvironmentSpec], sights: Mapping[str, Sight]) -> dict[str, Any] | None:
    """Publish what was made of the requirements of several sources; while it is not as asked, what was there before."""
    before: dict[str, Any] | None = obj.facts.get("composedRequirements")
    if COMPOSED not in sights or not isinstance(sight := sights[COMPOSED], Observed) or not sight.outputs.get("shares"):
        return before if COMPOSED in sights else None
    there: Any = sight.outputs
    return {
        "s3Path": there["key"],
        "s3ObjectVersion": there["version_id"],
        "sha256": there["sha256"],
        "sources": dict(there["shares"]),
        "hash": shares_hash(there["shares"]),
    }


def _linked(name: str, part: Part) -> File:
    return File(_fields(name, Ref(part.name, "key"), Ref(part.name, "version_id")), (part,))


def _fields(name: str, path: str | Ref | None, version: str | Ref | None) -> dict[str, Any]:
    return {f"{name}_s3_path": path, f"{name}_s3_object_version": version}
