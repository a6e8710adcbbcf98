"""DagSource: DAG files, delivered into a bucket and proven in every environment that lists the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ..api.dag_source import DagSourceSpec
from ..core.finding import Finding
from ..core.kind import Context, Neighbour, Object, Reference
from ..core.need import EndsBy, Need
from ..core.observed import Observed, Sight
from ..core.origin import Origin, sha256_of
from ..core.part import Graph, Part, Ref
from ..resources.airflow import LIST_INTERVAL, SYNC
from ..resources.s3 import Tree, manifest_key
from ..sources.files import Files, gather
from ..sources.patterns import selected
from ..sources.provided import provided
from ..sources.samples import dags as samples
from . import (
    dag_source_artefacts,
    dag_source_factory,
    dag_source_findings,
    dag_source_history,
    dag_source_requirements,
    dag_source_s3,
    quarantine,
)
from . import dag_source_rollback as rollback
from .dag_source_data import absent, declared_files, in_bucket, inline_files
from .dag_source_git import fetched_files, origins, source_part, source_revision, unfetched
from .dag_source_inputs import apart
from .dag_source_proof import TREE, import_view, is_proven, lists, proof, proven_by, run_view, stages, visible_after

SHOWN, IMPORTS = 100, 50
"""The bounds of its status (api/dag_source.py): beyond them the API server would refuse all of it."""


class DagSourceKind:
    """Files go to the bucket as soon as there is one; proof follows as environments get healthy."""

    NAME: ClassVar[str] = "DagSource"
    PLURAL: ClassVar[str] = "dagsources"
    SPEC: ClassVar[type[Any]] = DagSourceSpec
    REFERENCES: ClassVar[Mapping[str, str]] = {"bucketRef": "Bucket", "configMapRefs": "ConfigMap", "secretRefs": "Secret"}
    REFERRERS: ClassVar[tuple[str, ...]] = ("Environment",)
    OWN_FACTS: ClassVar[frozenset[str]] = frozenset(
        {"imports", "run", "expectedVisibleAt", "sourceRevision", "history", dag_source_history.FACT}
    )
    """The proofs are for people: an environment waits for the revision, and for who has proven it."""
    HEAVY: ClassVar[bool] = True
    """Thousands of files are hashed, parsed and looked into."""
    FOLLOWED: ClassVar[frozenset[str]] = frozenset({"history", dag_source_history.FACT})
    """A revision that has turned out to be bad may be taken back, and of a DAG that was removed its history may go."""

    def references(self, spec: DagSourceSpec) -> Sequence[Reference]:
        """Name the bucket."""
        return (Reference("Bucket", spec.bucket_ref.name, "bucketRef", spec.bucket_ref.namespace or ""),)

    def documents(self, spec: DagSourceSpec) -> Sequence[str]:
        """Name the ConfigMaps."""
        names = (reference.name for reference in spec.config_map_refs)
        return tuple(dict.fromkeys((*names, *dag_source_factory.documents(spec), *dag_source_artefacts.documents(spec))))

    def secrets(self, spec: DagSourceSpec) -> Sequence[str]:
        """Name the Secrets that are files, and the one that lets one in to the place outside."""
        lets_in = (origin.secret for origin in origins(spec) if origin.secret)
        return tuple(dict.fromkeys((*(reference.name for reference in spec.secret_refs), *lets_in)))

    def origins(self, spec: DagSourceSpec) -> Sequence[Origin]:
        """Name the repository."""
        return origins(spec)

    def stands(self, obj: Object[DagSourceSpec]) -> bool:
        """Tell whether it stands at an earlier revision, and what the source has is of no account."""
        return rollback.asked_back(obj) is not None

    def questions(self, obj: Object[DagSourceSpec], context: Context) -> Sequence[Origin]:
        """Ask whether requirements can be installed together, unless they stay as they are."""
        if not obj.spec.requirements or self.stands(obj):
            return ()
        every = _all_files(obj.spec, context)
        return tuple(dag_source_requirements.questions(obj, context, every, _listing(obj, context)))

    def desired(self, obj: Object[DagSourceSpec], context: Context) -> Graph:
        """Say which parts should exist: the tree, and for each environment the proof and the run."""
        bucket = context.fact(self.references(obj.spec)[0], "bucketName")
        if pin := rollback.asked_back(obj):
            return _standing(obj, context, bucket, Files({}), pin)
        files = _files(obj, context)
        if pin := rollback.driven_back(obj, files):
            return _standing(obj, context, bucket, files, pin)
        made = _made(obj, context)
        refused = (*dag_source_findings.refusal(files), *dag_source_artefacts.refusal(made))
        undecided = tuple(rollback.undecided(obj, files))
        unmended = (*refused, *undecided, *_unmended(files))
        known = rollback.recorded(obj, files, source_revision(obj, context))
        return Graph.of(
            *source_part(obj.spec, context),
            *dag_source_s3.listed(obj.spec, bucket, ("",), context),
            Part(
                TREE,
                replace(_tree(obj, files, bucket), **known),
                needs=(
                    *absent(obj.spec, context),
                    *dag_source_factory.absent(obj.spec, context),
                    *refused,
                    *undecided,
                ),
                unknown=unfetched(obj.spec, context),
            ),
            *proven_by(obj, stages(obj, context, bucket), files, unmended),
            *dag_source_artefacts.parts(obj, bucket, made, TREE, refused),
            findings=(
                *files.findings,
                *in_bucket(obj.spec),
                *(each for file in made for each in file.findings),
                *_quarantined(obj, context),
            ),
        )

    def facts(self, obj: Object[DagSourceSpec], context: Context, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Publish what was delivered, once all of it was, and what each Airflow says of it."""
        pin = rollback.asked_back(obj)
        files = Files({}) if pin else _files(obj, context)
        pin = pin or rollback.driven_back(obj, files)
        listed = {} if pin else dag_source_s3.listing(obj.spec, sights)
        of_source = listed["files"] if listed else _hashes(files)
        there = rollback.stood(pin, sights.get(TREE)) if pin else _delivered(sights.get(TREE), of_source)
        delivered = there.get("delivered_at")
        made_from = rollback.made_from(obj, there) if pin else listed.get("revision") or source_revision(obj, context)
        where = [neighbour for neighbour in context.referrers if lists(neighbour, obj)]
        after = max((visible_after(stage) for stage in where), default=SYNC + LIST_INTERVAL)
        dags = there.get("dags")
        proofs = [sights.get(f"imports/{stage.name}") for stage in where]
        runs = [sights.get(f"run/{stage.name}") for stage in where] if obj.spec.verify else []
        facts = {
            "revision": there.get("revision"),
            "sourceRevision": made_from if there else None,
            "deliveredAt": delivered,
            "expectedVisibleAt": _later(str(delivered), after) if delivered else None,
            "artefacts": quarantine.marked(
                obj.facts.get("artefacts") if pin else dag_source_artefacts.facts(obj, _made(obj, context), sights),
                where,
                obj.name,
                obj.namespace,
            ),
            "bucketName": there.get("bucket"),
            "path": obj.spec.path if there else None,
            "fileCount": there.get("file_count"),
            "samples": [each.name for each in obj.spec.samples] or None,
            **rollback.counted(files.content, there, recorded=pin is not None, unread=bool(listed)),
            "dags": [_shown(dag) for dag in dags[:SHOWN]] if isinstance(dags, Sequence) and dags else None,
            "imports": [import_view(stage.name, sights.get(f"imports/{stage.name}"), there) for stage in where[:IMPORTS]]
            or None,
            "provenIn": [stage.name for stage in where[:IMPORTS] if is_proven(sights.get(f"imports/{stage.name}"))] or None,
            "run": next((run for stage in where if (run := run_view(stage.name, sights.get(f"run/{stage.name}")))), None),
            "history": rollback.told(obj, there, made_from, [*proofs, *runs], went_back=pin is not None),
        }
        unseen = obj.spec.s3 and not listed
        undecided = any(rollback.undecided(obj, files))
        held = not pin and (files.held or unseen or undecided or any(dag_source_artefacts.refusal(_made(obj, context))))
        present = obj.facts.get("dagIds") or () if pin or not there else facts["dagIds"] or ()
        names = [stage.name for stage in where]
        facts[dag_source_history.FACT] = dag_source_history.removed(obj, names, present if there else None, sights)
        return dag_source_findings.as_before(facts, obj.facts) if held else facts

    def summary(self, facts: Mapping[str, Any]) -> str:
        """Say what was delivered, and who has proven it."""
        where = f"revision {facts['revision']} ({facts['fileCount']} file{'s' * (facts['fileCount'] != 1)}) is in s3://{facts['bucketName']}/{facts['path']}"
        if not facts["imports"]:
            return f"{where}; no Environment lists this source in dagSourceRefs, so nobody proves that Airflow can import it"
        names = ", ".join(entry["environment"] for entry in facts["imports"])
        run = f"; run {facts['run']['runId']} of DAG {facts['run']['dagId']} succeeded" if facts["run"] else ""
        return f"{where} and imported by {names}{run}"


def _files(obj: Object[DagSourceSpec], context: Context) -> Files:
    every, spec = _all_files(obj.spec, context), obj.spec
    chosen = selected(apart(spec, every), spec.include, spec.exclude)
    files = dag_source_findings.judged(chosen, obj, context)
    return dag_source_requirements.with_constraints(obj, context, files, every, _listing(obj, context))


def _standing(obj: Object[DagSourceSpec], context: Context, bucket: Any, files: Files, pin: rollback.Pin) -> Graph:
    """Say which parts should exist while an earlier revision stands: none needs a file of the source."""
    known = rollback.recorded(obj, files, None)
    tree = rollback.pinned(replace(_tree(obj, Files({}), bucket), **known), pin)
    proofs = Ref(TREE, "sources"), Ref(TREE, "expected")
    return Graph.of(
        *source_part(obj.spec, context),
        Part(TREE, tree),
        *(part for stage in stages(obj, context, bucket) for part in proof(obj, stage, *proofs, ())),
        *rollback.still(dag_source_artefacts.parts(obj, bucket, _made(obj, context), TREE), pin),
        findings=(*files.findings, *pin.findings, *_quarantined(obj, context)),
    )


def _quarantined(obj: Object[DagSourceSpec], context: Context) -> Iterator[Finding]:
    """Say which of the files that were delivered environments could not be built with."""
    delivered = obj.facts.get("artefacts") or ()
    for _, _, finding in quarantine.of_source(delivered, _listing(obj, context), obj.name, obj.namespace):
        yield finding


def _made(obj: Object[DagSourceSpec], context: Context) -> Sequence[dag_source_artefacts.Made]:
    return dag_source_artefacts.made(obj, context, _all_files(obj.spec, context), _listing(obj, context))


def _listing(obj: Object[DagSourceSpec], context: Context) -> Sequence[Neighbour]:
    return [each for each in context.referrers if lists(each, obj)]


def _all_files(spec: DagSourceSpec, context: Context) -> Files:
    return gather(
        [
            inline_files(spec),
            *declared_files(spec, context),
            *fetched_files(spec, context),
            provided(spec.provided_dags),
            *samples(spec.samples),
            *dag_source_factory.files(spec, context),
        ]
    )


def _tree(obj: Object[DagSourceSpec], files: Files, bucket: Any) -> Tree:
    tree = Tree(
        bucket=bucket,
        prefix=obj.spec.path,
        files=_hashes(files),
        tags={"Name": obj.name, **obj.spec.tags, **obj.owner.tags(TREE)},
        manifest_key=manifest_key(obj.namespace, obj.name),
        contents=files.content,
        prune=obj.spec.prune,
        kept=files.refused,
        allow_empty=obj.spec.allow_empty,
        max_delete_percent=obj.spec.max_delete_percent,
        overwrite=obj.spec.adoption == "Always",
    )
    # to take it down nothing need be known of the place that it was copied from
    return tree if obj.deleting else dag_source_s3.copied(obj.spec, tree, bucket)


def _hashes(files: Files) -> dict[str, str]:
    return {path: sha256_of(files.content, path) for path in files.content}


def _unmended(files: Files) -> tuple[Need, ...]:
    """Hold the proof while files are refused: what lies in the bucket is not this revision then."""
    if not files.refused:
        return ()
    names = ", ".join(sorted(files.refused))
    return (Need("FilesRefused", f"what Airflow makes of the files is asked once these are mended: {names}", EndsBy.USER),)


def _delivered(tree: Sight, wanted: Mapping[str, str]) -> Mapping[str, Any]:
    """Give what is known of the tree when the bucket has every file: an environment waits for all of them."""
    if not isinstance(tree, Observed) or not isinstance(present := tree.fields.get("files"), Mapping):
        return {}
    complete = all(present.get(path) == identity for path, identity in wanted.items())
    return tree.outputs if complete else {}


def _later(moment: str, after: timedelta) -> str:
    return (datetime.fromisoformat(moment) + after).isoformat(timespec="seconds").replace("+00:00", "Z")


def _shown(dag: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dag[name] for name in ("key", "etag", "versionId", "sha256") if dag.get(name)}
