"""The place outside that a DAG source is fetched from, such as a repository: what is wanted, and how the fetch stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..api.dag_source import DagSourceSpec
from ..api.dag_source_git import TAGGED, Git, VerifyMode
from ..core.kind import Context, Object
from ..core.need import Need
from ..core.origin import SIGNED_COMMIT, SIGNED_TAG, SIGNER, SUBMODULES, Origin, shown
from ..core.part import Part
from ..resources.source import SourceRevision
from ..sources.files import Source
from . import dag_source_flux, dag_source_oci

SOURCE = "source"


def origins(spec: DagSourceSpec) -> Sequence[Origin]:
    """Name the place, where there is one."""
    return (*_git(spec), *dag_source_oci.origin(spec), *dag_source_flux.origin(spec))


def _git(spec: DagSourceSpec) -> Sequence[Origin]:
    if (git := spec.git) is None:
        return ()
    return (
        Origin(
            type="git",
            where="spec.git",
            url=git.url,
            reference=git.ref.chosen if git.ref else ("", ""),
            path=git.path or "",
            secret=git.secret_ref.name if git.secret_ref else "",
            options=frozenset([*([SUBMODULES] if git.recurse_submodules else []), *_signed(git)]),
            interval=git.patience,
        ),
    )


def _signed(git: Git) -> Iterator[str]:
    """Say what must be signed, and by whom."""
    if git.verify is None:
        return
    is_tag = git.ref is not None and git.ref.chosen[0] in TAGGED
    match git.verify.mode or (VerifyMode.TAG if is_tag else VerifyMode.COMMIT):
        case VerifyMode.TAG:
            yield SIGNED_TAG
        case VerifyMode.COMMIT:
            yield SIGNED_COMMIT
        case VerifyMode.TAG_AND_COMMIT:
            yield from (SIGNED_TAG, SIGNED_COMMIT)
    yield from (f"{SIGNER}{key.strip()}" for key in git.verify.public_keys)


def fetched_files(spec: DagSourceSpec, context: Context) -> Iterator[Source]:
    """Give the files of the place, as far as they are known."""
    for origin in origins(spec):
        if found := context.fetched.get(origin):
            where = f"{origin.where} {origin.url}"
            yield Source(where, found.files, findings=found.findings, refused=found.refused)


def source_part(spec: DagSourceSpec, context: Context) -> Iterator[Part]:
    """Show how the fetch stands."""
    for origin in origins(spec):
        if found := context.fetched.get(origin):
            model = SourceRevision(origin.url, found.revision, found.fault, found.lasting)
            yield Part(SOURCE, model, condition="SourceFetched")


def unfetched(spec: DagSourceSpec, context: Context) -> Need | None:
    """Say that nothing is known of the place: its files would seem to have left the source."""
    for origin in origins(spec):
        if origin not in context.fetched:
            text = f"{origin.where}: the operator fetches {origin.url}, and the command line does not: what would change by "
            text += "its files is not known here. Of an object that is applied, status.plan has what the operator plans."
            return Need("NotFetched", text)
    return None


def source_revision(obj: Object[DagSourceSpec], context: Context) -> str | None:
    """Give the revision that the delivered files were made from."""
    known = [shown(context.fetched[origin].revision) for origin in origins(obj.spec) if origin in context.fetched]
    return known[0] if known else obj.facts.get("sourceRevision")
