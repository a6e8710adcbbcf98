"""DagSource: DAG files, delivered into a bucket and proven in every environment that lists the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ..api.dag_source import DagSourceSpec
from ..core.catalogue import version_tuple
from ..core.kind import Context, Neighbour, Object, Reference
from ..core.need import EndsBy, Need
from ..core.observed import Observed, Sight
from ..core.origin import Origin, sha256_of
from ..core.part import Graph, Missing, Part, Ref
from ..resources.airflow import DAG_ID_LIMIT, FIRST_VERSION, LIST_INTERVAL, SYNC, DagRun, Imports, source_hash
from ..resources.s3 import Tree, manifest_key
from ..sources.files import Files, gather
from ..sources.lint import dag_files
from ..sources.module import python_text
from ..sources.patterns import selected
from ..sources.provided import provided
from . import dag_source_artefacts, dag_source_findings, dag_source_history, dag_source_requirements, dag_source_s3
from . import dag_source_rollback as rollback
from .airflow_options import declared
from .dag_source_data import absent, declared_files, in_bucket, inline_files
from .dag_source_git import fetched_files, origins, source_part, source_revision, unfetched
from .dag_source_inputs import apart
from .visibility import visibility

TREE = "tree"
SHOWN, IMPORTS = 100, 50
"""The bounds of its status (api/dag_source.py): beyond them the API server would refuse all of it."""


@dataclass(frozen=True)
class _Stage:
    """An environment in which the source is to be proven."""

    name: str
    environment: str | Missing
    version: str
    folder: str
    visible_after: timedelta
    healthy: bool


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
        return tuple(dict.fromkeys((*names, *dag_source_artefacts.documents(spec))))

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
        unmended = (*refused, *_unmended(files))
        known = rollback.recorded(obj, files, source_revision(obj, context))
        return Graph.of(
            *source_part(obj.spec, context),
            *dag_source_s3.listed(obj.spec, bucket, ("",)),
            Part(
                TREE,
                replace(_tree(obj, files, bucket), **known),
                needs=(*absent(obj.spec, context), *refused),
                unknown=unfetched(obj.spec, context),
            ),
            *_proven_by(obj, _stages(obj, context, bucket), files, unmended),
            *dag_source_artefacts.parts(obj, bucket, made, TREE, refused),
            findings=(*files.findings, *in_bucket(obj.spec), *(each for file in made for each in file.findings)),
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
        stages = [neighbour for neighbour in context.referrers if _lists(neighbour, obj)]
        after = max((_visible_after(stage) for stage in stages), default=SYNC + LIST_INTERVAL)
        dags = there.get("dags")
        proofs = [sights.get(f"imports/{stage.name}") for stage in stages]
        runs = [sights.get(f"run/{stage.name}") for stage in stages] if obj.spec.verify else []
        facts = {
            "revision": there.get("revision"),
            "sourceRevision": made_from if there else None,
            "deliveredAt": delivered,
            "expectedVisibleAt": _later(str(delivered), after) if delivered else None,
            "artefacts": obj.facts.get("artefacts") if pin else dag_source_artefacts.facts(obj, _made(obj, context), sights),
            "bucketName": there.get("bucket"),
            "path": obj.spec.path if there else None,
            "fileCount": there.get("file_count"),
            **rollback.counted(files.content, there, recorded=pin is not None, unread=bool(listed)),
            "dags": [_shown(dag) for dag in dags[:SHOWN]] if isinstance(dags, Sequence) and dags else None,
            "imports": [_import(stage.name, sights.get(f"imports/{stage.name}"), there) for stage in stages[:IMPORTS]]
            or None,
            "provenIn": [stage.name for stage in stages[:IMPORTS] if _proven(sights.get(f"imports/{stage.name}"))] or None,
            "run": next((run for stage in stages if (run := _run(stage.name, sights.get(f"run/{stage.name}")))), None),
            "history": rollback.told(obj, there, made_from, [*proofs, *runs], went_back=pin is not None),
        }
        unseen = obj.spec.s3 and not listed
        held = not pin and (files.held or unseen or any(dag_source_artefacts.refusal(_made(obj, context))))
        present = obj.facts.get("dagIds") or () if pin or not there else facts["dagIds"] or ()
        names = [stage.name for stage in stages]
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
    files = dag_source_findings.judged(chosen, spec, context)
    return dag_source_requirements.with_constraints(obj, context, files, every, _listing(obj, context))


def _standing(obj: Object[DagSourceSpec], context: Context, bucket: Any, files: Files, pin: rollback.Pin) -> Graph:
    """Say which parts should exist while an earlier revision stands: none needs a file of the source."""
    known = rollback.recorded(obj, files, None)
    tree = rollback.pinned(replace(_tree(obj, Files({}), bucket), **known), pin)
    proofs = Ref(TREE, "sources"), Ref(TREE, "expected")
    return Graph.of(
        *source_part(obj.spec, context),
        Part(TREE, tree),
        *(part for stage in _stages(obj, context, bucket) for part in _proof(obj, stage, *proofs, ())),
        *rollback.still(dag_source_artefacts.parts(obj, bucket, _made(obj, context), TREE), pin),
        findings=(*files.findings, *pin.findings),
    )


def _made(obj: Object[DagSourceSpec], context: Context) -> Sequence[dag_source_artefacts.Made]:
    return dag_source_artefacts.made(obj, context, _all_files(obj.spec, context), _listing(obj, context))


def _listing(obj: Object[DagSourceSpec], context: Context) -> Sequence[Neighbour]:
    return [each for each in context.referrers if _lists(each, obj)]


def _all_files(spec: DagSourceSpec, context: Context) -> Files:
    return gather(
        [inline_files(spec), *declared_files(spec, context), *fetched_files(spec, context), provided(spec.provided_dags)]
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


def _stages(obj: Object[DagSourceSpec], context: Context, bucket: Any) -> Iterator[_Stage]:
    for neighbour in context.referrers:
        if not _lists(neighbour, obj):
            continue
        facts, folder = neighbour.facts, str(neighbour.spec.dag_s3_path)
        environment: str | Missing = str(facts.get("environmentName", ""))
        if misplaced := _misplaced(obj, neighbour, folder, bucket):
            environment = Missing(misplaced)
        elif (facts.get("airflowHealthy") is None or not facts.get("airflowVersion")) and not _only_counted(facts):
            environment = Missing(
                Need(
                    "DependencyNotReady",
                    f"waits for Environment {neighbour.name} to be healthy, to ask its Airflow",
                    condition="ReferencesResolved",
                )
            )
        version, healthy = (
            str(facts.get("airflowVersion") or ""),
            facts.get("airflowHealthy") is True or _only_counted(facts),
        )
        yield _Stage(neighbour.name, environment, version, folder, _visible_after(neighbour), healthy)


def _only_counted(facts: Mapping[str, Any]) -> bool:
    """Tell an Airflow that nobody can ask: of its import errors CloudWatch knows the number."""
    version = version_tuple(str(facts.get("airflowVersion") or ""))
    return bool(version) and version < FIRST_VERSION and facts.get("environmentStatus") in ("AVAILABLE", "MAINTENANCE")


def _lists(neighbour: Neighbour, obj: Object[DagSourceSpec]) -> bool:
    """Tell whether an environment is to prove this source."""
    if neighbour.kind != "Environment" or neighbour.spec is None or neighbour.deleting or neighbour.facts.get("replacedBy"):
        return False
    return any(reference.name == obj.name for reference in neighbour.spec.dag_source_refs)


def _misplaced(obj: Object[DagSourceSpec], neighbour: Neighbour, folder: str, bucket: Any) -> Need | None:
    """Say why an environment's Airflow will never see the files."""
    called, there = f"Environment {neighbour.name}", neighbour.facts.get("bucketArn")
    if obj.spec.path != folder and not obj.spec.path.startswith(f"{folder}/"):
        text = f"{called} reads the folder {folder}, and spec.path is {obj.spec.path}: its Airflow never sees the files"
    elif isinstance(bucket, str) and there and str(there).rpartition(":::")[2] != bucket:
        text = f"{called} reads the bucket {there}, and the files go to {bucket}: its Airflow never sees them"
    else:
        return None
    return Need(
        "OutsideDagsFolder", f"{text}. Make both the same, or take the source out of its dagSourceRefs.", EndsBy.USER
    )


def _visible_after(neighbour: Neighbour) -> timedelta:
    """Compute how long a new file may take: MWAA copies it, then Airflow must look (guide, 02 section 10.2)."""
    version = str(neighbour.facts.get("airflowVersion") or "3")
    return SYNC + timedelta(seconds=visibility(declared(neighbour.spec), version).new_files)


def _unmended(files: Files) -> tuple[Need, ...]:
    """Hold the proof while files are refused: what lies in the bucket is not this revision then."""
    if not files.refused:
        return ()
    names = ", ".join(sorted(files.refused))
    return (Need("FilesRefused", f"what Airflow makes of the files is asked once these are mended: {names}", EndsBy.USER),)


def _proofs(files: Files) -> tuple[Mapping[str, str], frozenset[str]]:
    """Give the hashes of what Airflow has to import, and the files that it has to list a DAG of."""
    python = (path for path in files.content if path.endswith(".py"))
    return {path: source_hash(python_text(files.content[path])) for path in python}, dag_files(files.content)


def _proven_by(
    obj: Object[DagSourceSpec], stages: Iterator[_Stage], files: Files, needs: tuple[Need, ...]
) -> Iterator[Part]:
    """Prove what the files are, in each environment; without any no file is read for it."""
    proofs: tuple[Mapping[str, str], frozenset[str]] | None = None
    for stage in stages:
        proofs = proofs or ((dag_source_s3.python(""), frozenset()) if obj.spec.s3 else _proofs(files))
        yield from _proof(obj, stage, *proofs, needs)
        yield from dag_source_history.part(obj, stage.name, stage.environment, stage.version, stage.healthy)


def _proof(
    obj: Object[DagSourceSpec],
    stage: _Stage,
    sources: Mapping[str, str] | Ref,
    expected: frozenset[str] | Ref,
    needs: tuple[Need, ...],
) -> Iterator[Part]:
    imports = f"imports/{stage.name}"
    yield Part(
        imports,
        Imports(
            environment=stage.environment,
            airflow_version=stage.version,
            revision=Ref(TREE, "revision"),
            delivered_at=Ref(TREE, "delivered_at"),
            files=sources,
            expected=expected,
            folder=obj.spec.path.removeprefix(stage.folder).strip("/"),
            visible_after=stage.visible_after,
            healthy=stage.healthy,
        ),
        condition="DagsImported",
        needs=needs,
    )
    if verify := obj.spec.verify:
        too_long = Need(
            "DagIdTooLong",
            f"spec.verify.dagId has {len(verify.dag_id)} characters. AWS passes on calls for DAG ids of at most "
            f"{DAG_ID_LIMIT}: verify another DAG.",
            EndsBy.USER,
        )
        yield Part(
            f"run/{stage.name}",
            DagRun(
                environment=stage.environment if len(verify.dag_id) <= DAG_ID_LIMIT else Missing(too_long),
                airflow_version=stage.version,
                dag_id=verify.dag_id,
                revision=Ref(imports, "revision"),
                timeout=verify.patience,
            ),
            condition="DagRunSucceeded",
            needs=needs,
            keep=True,
        )


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


def _import(environment: str, sight: Sight, tree: Mapping[str, object]) -> dict[str, Any]:
    said = sight.outputs if isinstance(sight, Observed) else {}
    entry = {
        "environment": environment,
        "revision": tree.get("revision") if said else None,
        "proven": _proven(sight),
    }
    errors = said.get("errors")
    shown = list(errors)[:50] if isinstance(errors, Sequence) else []
    return {name: value for name, value in {**entry, "errors": shown or None}.items() if value is not None}


def _proven(sight: Sight) -> bool:
    return isinstance(sight, Observed) and bool(sight.outputs.get("proven"))


def _run(environment: str, sight: Sight) -> dict[str, Any] | None:
    if not isinstance(sight, Observed):
        return None
    said = sight.outputs
    return {"environment": environment, "dagId": said["dag_id"], "runId": said["run_id"], "state": said["state"]}
