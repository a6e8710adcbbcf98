"""The three files that an environment is built with: each with the version that is pinned, looked up, or empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..api.environment import EnvironmentSpec
from ..api.s3_path import S3Path
from ..core.kind import Context, Object
from ..core.need import Need
from ..core.part import Missing, Part, Ref
from ..resources.mwaa import FILES
from ..resources.s3 import ObjectVersion, stand_in
from . import environment_artefacts
from .delivered import FACTS


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
            found.append(File(_fields(name, given.key, given.version), needs=given.needs))
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


def _linked(name: str, part: Part) -> File:
    return File(_fields(name, Ref(part.name, "key"), Ref(part.name, "version_id")), (part,))


def _fields(name: str, path: str | Ref | None, version: str | Ref | None) -> dict[str, Any]:
    return {f"{name}_s3_path": path, f"{name}_s3_object_version": version}
