"""The proof of a DAG source: each environment that lists it is asked what its Airflow makes of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..core.catalogue import version_tuple
from ..core.kind import Context, Neighbour, Object
from ..core.need import EndsBy, Need
from ..core.observed import Observed, Sight
from ..core.part import Missing, Part, Ref
from ..resources.airflow import DAG_ID_LIMIT, FIRST_VERSION, SYNC, DagRun, Imports, source_hash
from ..resources.airflow_history import PurgedHistory
from ..sources.files import Files
from ..sources.lint import dag_files
from ..sources.module import python_text
from . import dag_source_history, dag_source_s3
from .airflow_options import declared
from .visibility import visibility

TREE = "tree"


@dataclass(frozen=True)
class Stage:
    """An environment in which the source is to be proven."""

    name: str
    environment: str | Missing
    version: str
    folder: str
    visible_after: timedelta
    healthy: bool


def stages(obj: Object[DagSourceSpec], context: Context, bucket: Any) -> Iterator[Stage]:
    """Name the environments that list it, each with what is known of its Airflow."""
    for neighbour in context.referrers:
        if not lists(neighbour, obj):
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
        yield Stage(neighbour.name, environment, version, folder, visible_after(neighbour), healthy)


def _only_counted(facts: Mapping[str, Any]) -> bool:
    """Tell an Airflow that nobody can ask: of its import errors CloudWatch knows the number."""
    version = version_tuple(str(facts.get("airflowVersion") or ""))
    return bool(version) and version < FIRST_VERSION and facts.get("environmentStatus") in ("AVAILABLE", "MAINTENANCE")


def lists(neighbour: Neighbour, obj: Object[DagSourceSpec]) -> bool:
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


def visible_after(neighbour: Neighbour) -> timedelta:
    """Compute how long a new file may take: MWAA copies it, then Airflow must look (guide, 02 section 10.2)."""
    version = str(neighbour.facts.get("airflowVersion") or "3")
    return SYNC + timedelta(seconds=visibility(declared(neighbour.spec), version).new_files)


def _proofs(files: Files) -> tuple[Mapping[str, str], frozenset[str]]:
    """Give the hashes of what Airflow has to import, and the files that it has to list a DAG of."""
    python = (path for path in files.content if path.endswith(".py"))
    return {path: source_hash(python_text(files.content[path])) for path in python}, dag_files(files.content)


def proven_by(obj: Object[DagSourceSpec], where: Iterator[Stage], files: Files, needs: tuple[Need, ...]) -> Iterator[Part]:
    """Prove what the files are, in each environment; without any no file is read for it."""
    proofs: tuple[Mapping[str, str], frozenset[str]] | None = None
    for stage in where:
        proofs = proofs or ((dag_source_s3.python(""), frozenset()) if obj.spec.s3 else _proofs(files))
        yield from proof(obj, stage, *proofs, needs)
        there = frozenset(files.content) | files.refused
        history = PurgedHistory(
            stage.environment, stage.version, (), folder=_below(obj, stage), files=there, healthy=stage.healthy
        )
        yield from dag_source_history.part(obj, stage.name, history)


def _below(obj: Object[DagSourceSpec], stage: Stage) -> str:
    """Give where the files lie in the folder that an environment reads."""
    return obj.spec.path.removeprefix(stage.folder).strip("/")


def proof(
    obj: Object[DagSourceSpec],
    stage: Stage,
    sources: Mapping[str, str] | Ref,
    expected: frozenset[str] | Ref,
    needs: tuple[Need, ...],
) -> Iterator[Part]:
    """Ask one Airflow for its import errors, and for a run where one is wanted."""
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
            folder=_below(obj, stage),
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


def import_view(environment: str, sight: Sight, tree: Mapping[str, object]) -> dict[str, Any]:
    """Show what one Airflow says, as status has it."""
    said = sight.outputs if isinstance(sight, Observed) else {}
    entry = {
        "environment": environment,
        "revision": tree.get("revision") if said else None,
        "proven": is_proven(sight),
    }
    errors = said.get("errors")
    shown = list(errors)[:50] if isinstance(errors, Sequence) else []
    return {name: value for name, value in {**entry, "errors": shown or None}.items() if value is not None}


def is_proven(sight: Sight) -> bool:
    """Tell whether an Airflow has imported exactly this revision."""
    return isinstance(sight, Observed) and bool(sight.outputs.get("proven"))


def run_view(environment: str, sight: Sight) -> dict[str, Any] | None:
    """Show a run, as status has it."""
    if not isinstance(sight, Observed):
        return None
    said = sight.outputs
    return {"environment": environment, "dagId": said["dag_id"], "runId": said["run_id"], "state": said["state"]}
