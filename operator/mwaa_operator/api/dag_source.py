"""DagSource: DAG files, delivered into a bucket and proven in each environment that lists them (guide 02)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field
from pydantic.alias_generators import to_camel

from .dag_source_artefacts import Artefacts
from .dag_source_delivery import FilePatterns, History, OnFailure
from .dag_source_factory import DagFactory
from .dag_source_files import ConfigMapReferences, InlineFiles, SecretReferences
from .dag_source_flux import FluxReference
from .dag_source_git import Git
from .dag_source_lint import Lint
from .dag_source_oci import Oci
from .dag_source_plugins import Plugins
from .dag_source_requirements import Requirements
from .dag_source_s3 import S3Prefix
from .dag_source_samples import Samples, bring
from .dag_source_startup import StartupScript
from .dag_source_webhook import Webhook
from .definition import AGE, MESSAGE, READY, REASON, REFERENCES_RESOLVED, SUSPENDED, Column, ConditionType, Definition
from .duration import Duration, span
from .rule import ATOMIC, SET, Rule, map_of, matching
from .shared import (
    ApiModel,
    Label,
    Message,
    Reference,
    RelativePath,
    SharedSpec,
    SharedStatus,
    Text,
    Timestamp,
)

LISTS = ("files", "config_map_refs", "secret_refs", "provided_dags", "samples")
PLACES = ("git", "oci", "flux_ref")
"""Each of these is a place that files are fetched from."""
BLOCKS = (*PLACES, "s3", "dag_factory", "plugins", "requirements", "startup_script")
"""Each of these is something to deliver."""


class Verify(ApiModel):
    """A DAG that must have run."""

    dag_id: Annotated[
        str,
        Field(min_length=1, max_length=250),
        matching(r"[A-Za-z0-9_.-]+", "a DAG id holds letters, digits, '-', '_' and '.' only"),
    ]
    """The DAG that is run once for each revision, in each environment that lists the source."""
    timeout: Duration = "10m"
    """How long a run may take, such as `90s`, `10m` or `1h30m`."""

    @property
    def patience(self) -> timedelta:
        """Give the timeout as a span of time."""
        return span(self.timeout)


class ProvidedDag(StrEnum):
    """A DAG that comes with the operator."""

    PRINT_OPTIONS = "PrintOptions"
    CLEAN_METADATA = "CleanMetadata"
    KEEP_ALIVE = "KeepAlive"
    RUN_COMMAND = "RunCommand"


def _plugins(given: dict[str, Any]) -> Plugins | None:
    """Make an archive of what samples bring, where the spec asks for no other files in it."""
    return Plugins.model_construct() if bring(given.get("samples", ()), "plugins") else None


def _requirements(given: dict[str, Any]) -> Requirements | None:
    """Make a file of what samples bring, where the spec asks for no other packages in it."""
    return Requirements.model_construct() if bring(given.get("samples", ()), "requirements") else None


class DagSourceSpec(SharedSpec):
    """Files for the DAG folder of one bucket. They arrive without an update of the environment."""

    bucket_ref: Reference
    """The Bucket that the files go into."""
    path: RelativePath = "dags"
    """The folder in the bucket, as in `dagS3Path` of the environments that read it."""
    files: InlineFiles = Field(default_factory=dict)
    """Files by their path below `path`: the text of each. Larger trees come from ConfigMaps."""
    config_map_refs: ConfigMapReferences = ()
    """ConfigMaps in the same namespace whose keys are files."""
    secret_refs: SecretReferences = ()
    """Secrets in the same namespace whose keys are files, such as a kube config. Whoever may read the bucket reads them:
    prefer AWS Secrets Manager where the code can read it there."""
    git: Git | None = None
    """A folder of a Git repository whose files are delivered."""
    oci: Oci | None = None
    """An artifact in an OCI registry whose files are delivered, in place of `git`."""
    flux_ref: FluxReference | None = None
    """A source of Flux whose artifact is delivered, in place of `git`."""
    s3: S3Prefix | None = None
    """Another place in S3 whose objects are copied by S3 itself, without other DAG files beside them."""
    webhook: Webhook | None = None
    """Who may say by a webhook that there is something new."""
    provided_dags: Annotated[tuple[ProvidedDag, ...], Field(max_length=4), SET] = ()
    """DAGs of the operator's own that are delivered beside the files. `PrintOptions`: a run prints the options that are in
    force, without secrets. `CleanMetadata`: a run with the parameter `delete` deletes old rows of the metadata database for
    good (Airflow 2.3 and later, below 3). `KeepAlive`: keeps a task running in working hours, so that workers do not go
    between two peaks. `RunCommand`: a run executes a shell command on a worker, with the rights of the execution role."""
    samples: Samples = ()
    """Samples of the AWS guide, by name: each brings its DAG, its plugins and its lines of requirements.txt, and they are
    joined with the source's own. `kubectl mwaa samples` lists them all."""
    dag_factory: DagFactory | None = None
    """DAGs that are made of definitions, whose authors write no code."""
    plugins: Annotated[Plugins | None, Field(default_factory=_plugins)]
    """The environments' plugins.zip."""
    requirements: Annotated[Requirements | None, Field(default_factory=_requirements)]
    """The environments' requirements.txt."""
    startup_script: StartupScript | None = None
    """The environments' startup script."""
    prune: bool = False
    """Delete what this source delivered earlier and no longer has. Objects of others are never deleted."""
    allow_empty: bool = False
    """Let the source have no file at all. Without it an empty source is a mistake and nothing is deleted."""
    include: FilePatterns = ()
    """Which of the files are delivered as DAG files, by patterns as in a `.gitignore`. Left out: all of them."""
    exclude: FilePatterns = ()
    """Which of those are not."""
    max_delete_percent: Annotated[int, Field(ge=0, le=100)] = 50
    """With `prune`: the share of the delivered files that may be missing at once. Beyond it nothing is delivered or deleted
    before somebody says `100`. Ten files or fewer are never too many, and what only moves does not count."""
    revision_history_limit: Annotated[int, Field(ge=0, le=50)] = 10
    """How many revisions are recorded, so that one can go back to them without the source. With 0 none is."""
    on_failure: OnFailure = OnFailure.KEEP
    """What happens when an Airflow cannot import a new revision, or the run of `verify` fails: `Keep` it, or `RollBack` to
    the last revision that was proven, and take the bad one no more. The next revision is delivered again."""
    purge_history: bool = False
    """With `prune`: when a DAG has left the source, delete it and its runs for good in the Airflow of every environment that
    lists the source. Without it Airflow keeps them."""
    lint: Lint = Lint()
    """What the findings in the files do to their delivery."""
    verify: Verify | None = None
    """Run a DAG once after each delivery, and be Ready only when that run has succeeded."""

    RULES = (
        Rule(
            " || ".join(
                [f"(has(self.{name}) && size(self.{name}) > 0)" for name in map(to_camel, LISTS)]
                + [f"has(self.{name})" for name in map(to_camel, BLOCKS)]
                + ["self.allowEmpty"]
            ),
            "has no files: give files, configMapRefs, secretRefs, git, oci, fluxRef or s3, or say `allowEmpty: true`",
            lambda spec: any(getattr(spec, name) for name in (*LISTS, *BLOCKS)) or spec.allow_empty,
            "files",
        ),
        Rule(
            f"[{', '.join(f'has(self.{name})' for name in map(to_camel, PLACES))}].filter(given, given).size() <= 1",
            "names more than one place outside: declare each in a DagSource of its own, with another path",
            lambda spec: sum(getattr(spec, name) is not None for name in PLACES) <= 1,
        ),
        Rule(
            "!has(self.s3) || !("
            + " || ".join(
                [f"(has(self.{name}) && size(self.{name}) > 0)" for name in map(to_camel, LISTS)]
                + [f"has(self.{name})" for name in map(to_camel, (*PLACES, "dag_factory"))]
            )
            + ")",
            "s3 takes no other DAG files beside it: declare those in a DagSource of their own, with another path",
            lambda spec: not spec.s3 or not any(getattr(spec, name) for name in (*LISTS, *PLACES, "dag_factory")),
            "s3",
        ),
        Rule(
            "!has(self.s3) || ((!has(self.include) || size(self.include) == 0) && "
            "(!has(self.exclude) || size(self.exclude) == 0))",
            "s3 copies all of a prefix: name a smaller one in place of include and exclude",
            lambda spec: not spec.s3 or not (spec.include or spec.exclude),
            "include",
        ),
        Rule(
            "self.onFailure != 'RollBack' || self.revisionHistoryLimit > 0",
            "RollBack needs a revision to go back to: give revisionHistoryLimit 1 or more",
            lambda spec: spec.on_failure is not OnFailure.ROLL_BACK or spec.revision_history_limit > 0,
            "onFailure",
        ),
    )


class DagObject(ApiModel):
    """One delivered object."""

    key: Text
    """Its key in the bucket."""
    etag: Label | None = None
    """Its ETag."""
    version_id: Text | None = None
    """Its version."""
    sha256: Label | None = None
    """The hash of its bytes."""


class ImportFault(ApiModel):
    """A file that Airflow could not import."""

    file: Text
    """The file."""
    message: Message
    """What Airflow says."""


class ImportStatus(ApiModel):
    """What one environment's Airflow says about the files."""

    environment: Label
    """The Environment."""
    revision: Label | None = None
    """The revision that it was asked about."""
    proven: bool = False
    """Whether Airflow has imported exactly this revision."""
    errors: Annotated[tuple[ImportFault, ...], Field(max_length=50), ATOMIC] = ()
    """The files that it could not import."""


class RunStatus(ApiModel):
    """The run of the DAG that `verify` names."""

    environment: Label
    """The Environment."""
    dag_id: Label
    """The DAG."""
    run_id: Label | None = None
    """The run."""
    state: Label | None = None
    """Airflow's state of the run, such as `running` or `success`."""


class DagSourceStatus(SharedStatus):
    """What was delivered, and what Airflow made of it."""

    revision: Label | None = None
    """The hash of all delivered files and their paths."""
    source_revision: Label | None = None
    """What that was made from: the commit, such as `main@sha1:4b825dc642cb6eb9a060e54bf8d69288fbee4904`."""
    delivered_at: Timestamp | None = None
    """When that revision was complete in the bucket."""
    expected_visible_at: Timestamp | None = None
    """When Airflow should have seen it at the latest."""
    bucket_name: Label | None = None
    """The bucket."""
    path: Text | None = None
    """The folder in it."""
    file_count: int | None = None
    """How many files were delivered."""
    dag_count: int | None = None
    """How many DAGs the files define at least: those that are made in loops and functions come on top."""
    dag_count_exact: bool | None = None
    """Whether these are surely all."""
    artefacts: Artefacts = ()
    """plugins.zip, requirements.txt and the startup script, as they lie in the bucket."""
    samples: Annotated[tuple[Label, ...], Field(max_length=20), ATOMIC] = ()
    """The samples that it brings."""
    dag_ids: Annotated[tuple[Label, ...], Field(max_length=1000), ATOMIC] = ()
    """The DAG ids that the files write out, at most 1,000 of them."""
    dags: Annotated[tuple[DagObject, ...], Field(max_length=100), ATOMIC] = ()
    """The delivered objects, at most 100 of them."""
    imports: Annotated[tuple[ImportStatus, ...], Field(max_length=50), map_of("environment")] = ()
    """What the Airflow of each environment says."""
    proven_in: Annotated[tuple[Label, ...], Field(max_length=50), ATOMIC] = ()
    """The Environments whose Airflow has imported exactly this revision."""
    run: RunStatus | None = None
    """The last run of the DAG that `verify` names."""
    removed_dag_ids: Annotated[tuple[Label, ...], Field(max_length=1000), ATOMIC] = ()
    """With `purgeHistory`: DAGs that have left the source and whose history has not been deleted everywhere yet."""
    history: History = ()
    """The revisions that were delivered, the newest first."""


DEFINITION = Definition(
    kind="DagSource",
    plural="dagsources",
    short_name="mwaadags",
    spec=DagSourceSpec,
    status=DagSourceStatus,
    columns=(
        READY,
        REASON,
        SUSPENDED,
        Column("Revision", ".status.revision"),
        Column("Files", ".status.fileCount", "integer"),
        Column("Samples", ".status.samples", wide=True),
        AGE,
        MESSAGE,
    ),
    conditions=(
        REFERENCES_RESOLVED,
        ConditionType("SourceFetched", "With `git`, `s3` or another place outside: its newest revision is known."),
        ConditionType("RolledBack", "Only while True: an earlier revision stands in place of what the source has."),
        ConditionType("Quarantined", "Only while True: an environment could not be built with a file of this source."),
        ConditionType("DagsImported", "Airflow has imported this revision in every environment that lists the source."),
        ConditionType(
            "DagRunSucceeded", "With `verify`: a run of that DAG has succeeded on this revision in every environment."
        ),
    ),
)
