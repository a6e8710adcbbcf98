"""What a DAG source makes beside DAG files: plugins.zip, requirements.txt and the startup script (guide 02, 8, 11, 12)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..core.finding import Finding, Severity
from ..core.kind import Context, Neighbour, Object
from ..core.need import EndsBy, Need
from ..core.observed import Observed, Sight, State
from ..core.owner import OWNER_TAG
from ..core.part import Missing, Part
from ..resources.s3 import sha256
from ..resources.s3_artefact import Artefact, artefact_key
from ..sources.files import Files, Source, gather
from ..sources.plugins import archive
from ..sources.samples import plugins as of_samples
from ..sources.startup import Command, script
from . import code_artifact, dag_source_requirements
from . import dag_source_artefact_findings as judging
from . import dag_source_inputs as inputs
from .dag_source_data import chosen, lacking
from .delivered import FACTS, spec_hash


@dataclass(frozen=True)
class Made:
    """One file, or why it cannot be made now: then the last good one stays."""

    file: str
    content: bytes | Need
    airflow_version: str = ""
    """The only version of Airflow that it is for."""
    findings: tuple[Finding, ...] = ()
    resolved_for: str = ""
    """Of requirements: the hash of the question to which the answer was that they go together."""
    constraints: str = ""
    """Of requirements: the path of a DAG file that must lie there first."""

    @property
    def part(self) -> str:
        """Name its part."""
        name = self.file.replace("_", "-")
        return f"{name}/{self.airflow_version}" if self.airflow_version else name


def made(obj: Object[DagSourceSpec], context: Context, files: Files, listing: Sequence[Neighbour]) -> Sequence[Made]:
    """Make all that the spec asks for.

    Args:
        obj: the source.
        context: has the ConfigMaps.
        files: all of its own files, also those that are no DAG files.
        listing: the environments that list it.
    """
    spec = obj.spec
    found = [_plugins(spec, context, files)] if spec.plugins else []
    if spec.requirements:
        for each in dag_source_requirements.made(obj, context, files, listing):
            constraints = each.edited.name if each.edited else ""
            found.append(Made("requirements", each.content, each.version, each.findings, each.resolved_for, constraints))
    if spec.startup_script:
        found.append(Made("startup_script", _startup(spec, context, files)))
    return [_judged(each, spec, context, listing) for each in found]


def refusal(files: Sequence[Made]) -> Iterator[Need]:
    """Hold the whole revision where a fault of one of them refuses it."""
    return judging.refusal(finding for each in files for finding in each.findings)


def _judged(each: Made, spec: DagSourceSpec, context: Context, listing: Sequence[Neighbour]) -> Made:
    if isinstance(each.content, Need):
        return each
    said = judging.findings(each.file, each.content, spec, listing, context.catalogue)
    stop = inputs.held([finding for finding in said if finding.severity is Severity.ERROR])
    return replace(each, content=stop or each.content, findings=(*each.findings, *said))


def documents(spec: DagSourceSpec) -> Sequence[str]:
    """Name the ConfigMaps that they are made of."""
    names = [reference.name for reference in spec.plugins.config_map_refs] if spec.plugins else []
    names += [key.name for key in spec.requirements.config_map_key_refs] if spec.requirements else []
    if spec.startup_script and spec.startup_script.config_map_key_ref:
        names.append(spec.startup_script.config_map_key_ref.name)
    return names


def parts(
    obj: Object[DagSourceSpec], bucket: Any, files: Sequence[Made], tree: str, refused: tuple[Need, ...] = ()
) -> Iterator[Part]:
    """Give each file as a part. One that cannot be made has nothing to be compared with.

    Args:
        obj: the source.
        bucket: its name, or what is waited for to know it.
        files: what was made.
        tree: the part of the DAG files.
        refused: why nothing of this revision may be delivered.
    """
    for each in files:
        content = each.content if isinstance(each.content, bytes) else b""
        model = Artefact(
            bucket=bucket,
            key=artefact_key(obj.namespace, obj.name, each.file, each.airflow_version),
            sha256=Missing(each.content) if isinstance(each.content, Need) else sha256(content),
            tags={OWNER_TAG: obj.uid},
            content=content,
        )
        lacking = each.content if isinstance(each.content, Need) and each.content.reason == "NotFetched" else None
        after = frozenset({tree} if each.constraints else ())
        yield Part(each.part, model, needs=refused, unknown=lacking, after=after)


def facts(obj: Object[DagSourceSpec], files: Sequence[Made], sights: Mapping[str, Sight]) -> list[dict[str, Any]] | None:
    """Publish each file that lies in the bucket, and whether it is as the spec asks."""
    shown: list[dict[str, Any]] = []
    for each in files:
        sight = sights.get(each.part)
        if not isinstance(sight, Observed) or sight.state is not State.READY or not _ours(obj, sight):
            continue
        there = sight.outputs
        current = isinstance(each.content, bytes) and there["sha256"] == sha256(each.content)
        entry = {
            "file": FACTS[each.file],
            "airflowVersion": each.airflow_version,
            "bucketName": there["bucket"],
            "key": there["key"],
            "versionId": there["version_id"],
            "sha256": there["sha256"],
            "etag": there["etag"],
            "size": there["size"],
            "constraints": each.constraints,
            "resolved": (current and bool(each.resolved_for)) or "",
            "resolvedFor": each.resolved_for if current else "",
            "specHash": spec_hash(obj.spec, each.file) if current else "",
        }
        shown.append({name: value for name, value in entry.items() if value != ""})
    return shown or None


def _ours(obj: Object[DagSourceSpec], sight: Observed) -> bool:
    return sight.owner == obj.uid or obj.spec.adoption == "Always"


def _plugins(spec: DagSourceSpec, context: Context, files: Files) -> Made:
    block = spec.plugins
    assert block
    if block.path and (gap := inputs.gap(spec, context, files)):
        return Made("plugins", gap)
    if block.path and block.path.endswith(".zip"):
        ready = inputs.of_source("spec.plugins.path", block.path, files)
        if isinstance(ready, bytes) and not zipfile.is_zipfile(io.BytesIO(ready)):
            text = f"spec.plugins.path: {block.path} is no zip archive. Pack it anew, or name a folder: it is packed then."
            return Made("plugins", Need("NotAnArchive", text, EndsBy.USER))
        return Made("plugins", ready)
    sources = [Source("spec.plugins.files", {path: text.encode() for path, text in block.files.items()})]
    for index, reference in enumerate(block.config_map_refs):
        if reference.name not in context.documents:
            return Made("plugins", inputs.absent(f"spec.plugins.configMapRefs[{index}]", reference.name))
        data = context.documents[reference.name]
        if gone := lacking(f"spec.plugins.configMapRefs[{index}]", f"ConfigMap {reference.name}", reference, data):
            return Made("plugins", gone)
        sources.append(Source(f"ConfigMap {reference.name} of spec.plugins", chosen(reference, data), reference.path or ""))
    if block.path:
        lead = f"{block.path}/"
        below = {path.removeprefix(lead): files.content[path] for path in files.content if path.startswith(lead)}
        if not below:
            return Made("plugins", inputs.not_there("spec.plugins.path", f"file below {block.path}/"))
        sources.append(Source("spec.plugins.path", below))
    sources += of_samples(spec.samples)
    joined = gather(sources)
    return Made("plugins", inputs.held(joined.findings) or archive(joined.content), findings=joined.findings)


def _startup(spec: DagSourceSpec, context: Context, files: Files) -> bytes | Need:
    block = spec.startup_script
    assert block
    if block.text is not None:
        return block.text.encode()
    if block.config_map_key_ref:
        return inputs.of_document("spec.startupScript.configMapKeyRef", block.config_map_key_ref, context)
    if block.path:
        return inputs.gap(spec, context, files) or inputs.of_source("spec.startupScript.path", block.path, files)
    found = code_artifact.repository(spec, context.region)
    commands = [Command(each.run, tuple(map(str, each.components))) for each in block.commands]
    return script(block.env, commands, found.lines() if found else ())
