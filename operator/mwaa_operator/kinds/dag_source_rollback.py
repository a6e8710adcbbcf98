"""The revisions of a DAG source: what is remembered of them, and which of them is to stand in the bucket. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..api.dag_source_delivery import OnFailure
from ..core.annotation import ROLLBACK_TO
from ..core.finding import Finding
from ..core.kind import Object
from ..core.need import EndsBy, Need
from ..core.observed import Observed, Sight, State
from ..core.origin import sha256_of
from ..core.part import Part
from ..resources.airflow import source_hash
from ..resources.s3 import Tree, revision
from ..resources.s3_artefact import Artefact
from ..sources.dag_count import dag_count, dag_count_is_exact
from ..sources.files import Files
from ..sources.lint import dag_files, written_ids
from ..sources.module import python_text

IDS = 1000
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Pin:
    """An earlier revision that is to stand in the bucket, whatever the source has."""

    revision: str
    why: str
    findings: tuple[Finding, ...] = ()
    by_policy: bool = False
    """Nobody has asked for it by name."""


def asked_back(obj: Object[DagSourceSpec]) -> Pin | None:
    """Say where the user wants to be: the source is not even asked then."""
    if obj.deleting or not (name := obj.annotations.get(ROLLBACK_TO, "")):
        return None
    resume = f"kubectl mwaa rollback {obj.name} --resume -n {obj.namespace}"
    why = f"revision {name} stands by the annotation {ROLLBACK_TO}, and what the source has is not delivered. "
    why += f"Resume with `{resume}`"
    return Pin(name, why)


def driven_back(obj: Object[DagSourceSpec], files: Files) -> Pin | None:
    """Say where the policy wants to be: the last good revision, as long as the source has one that is known to be bad."""
    if obj.deleting or obj.spec.on_failure is not OnFailure.ROLL_BACK or files.held:
        return None
    wanted = revision({path: sha256_of(files.content, path) for path in files.content})
    bad = next((each for each in past(obj) if each["revision"] == wanted and each.get("failure")), None)
    good = next((each for each in past(obj) if each["proven"]), None)
    if bad is None or good is None:
        return None
    told = f"revision {wanted} failed ({bad['failure']})"
    text = (
        f"{told}, so revision {good['revision']}, the last that was proven, stands in its place. Push a new revision: it is "
        f"delivered. To have the bad one again, set the annotation {ROLLBACK_TO}={wanted}, or onFailure: Keep."
    )
    return Pin(str(good["revision"]), text, (Finding("RevisionQuarantined", "spec.onFailure", text),), by_policy=True)


def undecided(obj: Object[DagSourceSpec], files: Files) -> Iterator[Need]:
    """Hold the delivery while nobody can tell whether the source has a revision that is known to be bad."""
    if obj.deleting or obj.spec.on_failure is not OnFailure.ROLL_BACK or not files.pending:
        return
    if any(each.get("failure") for each in past(obj)) and any(each["proven"] for each in past(obj)):
        text = "what is delivered stays, until it is known whether the source still has the revision that failed"
        yield Need("ReadingConstraints", f"{text}: {files.pending}", EndsBy.TIME)


def past(obj: Object[DagSourceSpec]) -> Sequence[Entry]:
    """Give the revisions that were delivered, the newest first."""
    return obj.facts.get("history") or ()


def recorded(obj: Object[DagSourceSpec], files: Files, source_revision: str | None) -> dict[str, Any]:
    """Give what the tree writes down of a revision."""
    return {
        "records": obj.spec.revision_history_limit,
        "known": tuple(str(each["revision"]) for each in past(obj)),
        "about": _About(files.content, source_revision),
    }


def pinned(tree: Tree, pin: Pin) -> Tree:
    """Want an earlier revision in place of the files."""
    files: dict[str, Any] = {"files": {}, "contents": {}, "kept": frozenset()}
    return replace(tree, **files, revision=pin.revision, standing=pin.why, guarded=pin.by_policy)


def still(parts: Sequence[Part] | Iterator[Part], pin: Pin) -> Iterator[Part]:
    """Leave the other files as they are: what they would be made of cannot be had, or is not wanted."""
    for part in parts:
        assert isinstance(part.model, Artefact)
        need = Need("RolledBack", f"{part.name} stays as it is: {pin.why}", EndsBy.USER)
        yield replace(part, model=replace(part.model, sha256=None), needs=(need,), unknown=None)


def told(
    obj: Object[DagSourceSpec],
    there: Mapping[str, Any],
    source_revision: str | None,
    sights: Sequence[Sight],
    *,
    went_back: bool,
) -> list[Entry] | None:
    """Give the history with what is known now of the revision that stands.

    Args:
        obj: the source, with what it has published before.
        there: what is known of the tree; empty while it is not complete.
        source_revision: what it was made from.
        sights: the proofs.
        went_back: it is an earlier one, and what is newer stays the newer.
    """
    known, name, limit = list(past(obj)), there.get("revision"), obj.spec.revision_history_limit
    if not name or not limit:
        return known[:limit] or None
    old = next((each for each in known if each["revision"] == name), {})
    proven = bool(old.get("proven")) or (bool(sights) and all(map(_good, sights)))
    fresh = {"deliveredAt": there.get("delivered_at"), "fileCount": there.get("file_count")}
    fresh["sourceRevision"] = source_revision
    # what is delivered once more is as new as if it never had been there
    again = bool(old) and old is not known[0] and not went_back
    entry = {**old, **fresh} if again else {**fresh, **old}
    entry = {**entry, "revision": name, "proven": proven}
    failure = "" if proven else next(filter(None, map(_fault, sights)), "") or old.get("failure")
    entry = {key: value for key, value in {**entry, "failure": failure or None}.items() if value is not None}
    entry.pop("supersededAt", None)
    known = [each if each is old else _superseded(each, known[0], there) for each in known]
    if went_back:
        new = [entry if each is old else each for each in known] if old else [*known, entry]
    else:
        new = [entry, *(each for each in known if each is not old)]
    good = [each for each in new[limit:] if each["proven"]] if not any(each["proven"] for each in new[:limit]) else []
    return [*new[:limit], *good[:1]]


def _superseded(entry: Entry, newest: Entry, there: Mapping[str, Any]) -> Entry:
    """Write down since when an entry does not stand any more; where that was not seen, the earliest time that it can be."""
    when = there.get("delivered_at") if entry is newest else entry.get("deliveredAt")
    return entry if entry.get("supersededAt") or not when else {**entry, "supersededAt": when}


def stood(pin: Pin, tree: Sight) -> Mapping[str, Any]:
    """Give what is known of the tree when the earlier revision is all there."""
    complete = isinstance(tree, Observed) and tree.fields.get("revision") == pin.revision
    return tree.outputs if isinstance(tree, Observed) and complete else {}


def made_from(obj: Object[DagSourceSpec], there: Mapping[str, Any]) -> str | None:
    """Give what an earlier revision was made from: by its record, or where that could not know it yet by status."""
    known = next((each.get("sourceRevision") for each in past(obj) if each["revision"] == there.get("revision")), None)
    return there.get("source_revision") or known


def counted(content: Mapping[str, bytes], there: Mapping[str, Any], *, recorded: bool, unread: bool) -> dict[str, Any]:
    """Give what is published of the DAGs in the files.

    Args:
        content: the files.
        there: what is known of the tree.
        recorded: an earlier revision stands: what was written down of it counts.
        unread: S3 copies the files, and nobody knows what is in them.
    """
    none = {"dagCount": None, "dagCountExact": None, "dagIds": None}
    if not there or (unread and not recorded):
        return none
    if recorded:
        ids = there.get("dag_ids")
        return {"dagCount": there.get("dag_count"), "dagCountExact": there.get("dag_count_exact"), "dagIds": ids or None}
    ids = written_ids(content)[:IDS]
    return {"dagCount": dag_count(content), "dagCountExact": dag_count_is_exact(content), "dagIds": ids or None}


def _good(sight: Sight) -> bool:
    return isinstance(sight, Observed) and (sight.outputs.get("proven") is True or sight.outputs.get("state") == "success")


def _fault(sight: Sight) -> str:
    """Give what is wrong with the revision. A count for the whole environment may be the fault of another source."""
    if isinstance(sight, Observed) and sight.outputs.get("counted"):
        return ""
    return f"{sight.reason}: {sight.message}"[:1000] if isinstance(sight, Observed) and sight.state is State.FAILED else ""


@dataclass(frozen=True)
class _About:
    """Says what is needed of a revision when its files cannot be read any more: to prove it, and to show it.

    Of files that S3 copies nobody reads anything.
    """

    content: Mapping[str, bytes]
    source_revision: str | None

    def __call__(self, files: Mapping[str, str]) -> Mapping[str, Any]:
        """Find it out: each file is read for that."""
        content, python = self.content, [path for path in files if path.endswith(".py")]
        about = {
            "sources": {path: source_hash(python_text(content[path])) if path in content else "" for path in python},
            "expected": sorted(dag_files(content)),
            "source_revision": self.source_revision,
        }
        if not files.keys() <= content.keys():
            return about
        counts = {"dag_count": dag_count(content), "dag_count_exact": dag_count_is_exact(content)}
        return {**about, **counts, "dag_ids": written_ids(content)[:IDS]}
