"""Files that an environment could not be built with: what is known against a version, and what stands in its place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..api.environment import EnvironmentSpec
from ..api.environment_quarantine import OnBadFiles
from ..core.annotation import RESTART_AT
from ..core.finding import Finding, Severity
from ..core.kind import Neighbour, Object
from ..resources.s3_artefact import NAMES
from ..resources.s3_composed import Shares, shares_hash
from .delivered import FACTS

CONDITION = "Quarantined"
LIMIT = 10
"""How many are kept of an environment."""
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Word:
    """What is known of an environment at one look, as far as its files are concerned."""

    update: str = ""
    """When AWS's last update of it began."""
    rests: bool = True
    """AWS is not at work on it."""
    blamed: Mapping[str, Entry] = field(default_factory=dict)
    """By file: `s3Path`, `s3ObjectVersion`, `sha256`, `sources` and `reason` of what it could not be built with."""
    good: Sequence[Entry] | None = None
    """The files that it runs well with; None where that is not certain."""
    restart_at: str | None = None
    """The restart that was asked for last."""


def kept(before: Sequence[Entry], word: Word) -> list[Entry]:
    """Give what is known against files after a look.

    A restart that the user asks for releases all of them. What the environment runs well with after all is forgotten.
    """
    known = [_released(each, word) for each in before]
    good = {_version(each) for each in word.good or ()}
    new: list[Entry] = []
    for file, said in word.blamed.items():
        entry = {"file": file, **said, "updateCreatedAt": word.update or None, "restartAt": word.restart_at}
        entry = {name: value for name, value in entry.items() if value}
        if not any(_version(each) == _version(entry) and each.get("updateCreatedAt", "") == word.update for each in known):
            new.append(entry)
    over = {_version(each) for each in new} | good
    left = [each for each in known if _version(each) not in over and not _is_over(each, word)]
    return [*new, *left][:LIMIT]


def against(obj: Object[EnvironmentSpec], file: str, entry: Entry) -> Entry | None:
    """Give what an environment has against a file that a source offers; None: nothing.

    Args:
        obj: the environment.
        file: a key of `FACTS`.
        entry: of the `status.artefacts` of a source.
    """
    asked = obj.annotations.get(RESTART_AT)
    held = (each for each in obj.facts.get("quarantined") or () if asked in (None, each.get("restartAt")))
    return next((each for each in held if _is_meant(each, FACTS[file], entry)), None)


def of_composed(obj: Object[EnvironmentSpec], shared: Sequence[tuple[str, Entry]]) -> Entry | None:
    """Give what an environment has against requirements that are made of those of several sources."""
    known = obj.facts.get("composedRequirements") or {}
    if not shared or known.get("hash") != shares_hash(shares(shared)):
        return None
    offered = {"key": known["s3Path"], "versionId": known["s3ObjectVersion"], "sha256": known["sha256"]}
    return against(obj, "requirements", offered)


def shares(shared: Sequence[tuple[str, Entry]]) -> Shares:
    """Say of whose bytes they are made."""
    return tuple((name, str(entry["sha256"])[:16]) for name, entry in shared)


def same_as_good(obj: Object[EnvironmentSpec], file: str, sha256: str) -> Entry | None:
    """Give the version that an environment has, where it runs well with it and a source offers the same bytes as another.

    A source that goes back to what it had before a bad version would cost half an hour otherwise.
    """
    present = obj.facts.get(FACTS[file]) or {}
    good = (each for each in obj.facts.get("goodFiles") or () if each["file"] == FACTS[file])
    there = (each for each in good if {key: each[key] for key in ("s3Path", "s3ObjectVersion")} == present)
    return next((each for each in there if sha256 and each.get("sha256") == sha256), None)


def last_good(obj: Object[EnvironmentSpec], file: str) -> Entry | None:
    """Give the version with which an environment last ran well, where there is one and it may go back to it by itself."""
    good = next((each for each in obj.facts.get("goodFiles") or () if each["file"] == FACTS[file]), None)
    return good if obj.spec.on_bad_files is OnBadFiles.LAST_GOOD else None


def finding(obj: Object[EnvironmentSpec], file: str, entry: Entry) -> Finding:
    """Say that a file is held back, and what stands in its place: where that is a good one, nothing else is wrong."""
    good, name = last_good(obj, file), NAMES[file]
    present = (obj.facts.get(FACTS[file]) or {}).get("s3ObjectVersion")
    if good:
        there = f"version {good['s3ObjectVersion']}, with which it last ran well, stands in its place (spec.onBadFiles)"
    elif obj.spec.on_bad_files is OnBadFiles.LAST_GOOD:
        there = "no earlier version is known with which it ran well, so it is left as it is"
    else:
        runs = f"version {present}" if present else f"no {name}"
        there = f"it is left with {runs}, and onBadFiles: LastGood would go back to a good one by itself"
    text = f"{_told(entry, name)}: {_plain(entry)} {_sentence(there)} {_way_out(obj.name, obj.namespace)}"
    severity = Severity.WARNING if good else Severity.ERROR
    return Finding("FileQuarantined", "spec.dagSourceRefs", text, severity, condition=CONDITION)


def of_source(
    artefacts: Sequence[Entry], listing: Sequence[Neighbour], name: str, namespace: str
) -> Iterator[tuple[Entry, str, Finding]]:
    """Give each file of a source that an environment holds back, the environment, and what is to be said.

    Args:
        artefacts: what the source has delivered.
        listing: the environments that list it.
        name: of the source.
        namespace: of it and of them.
    """
    titles = {fact: NAMES[file] for file, fact in FACTS.items()}
    for entry in artefacts:
        for neighbour in listing:
            held = [each for each in neighbour.facts.get("quarantined") or () if not each.get("released")]
            for each in held:
                if each["file"] == entry["file"] and _brought(each, name, entry):
                    text = f"{_told(each, titles[entry['file']])} in Environment {neighbour.name}: {_plain(each)}"
                    said = f"{text} {_way_out(neighbour.name, namespace)}"
                    yield entry, neighbour.name, Finding("FileQuarantined", "status.artefacts", said, condition=CONDITION)
                    break


def marked(
    artefacts: Sequence[Entry] | None, listing: Sequence[Neighbour], name: str, namespace: str
) -> list[dict[str, Any]] | None:
    """Mark the files of a source that environments hold back."""
    if not artefacts:
        return None
    held = [(entry, where) for entry, where, _ in of_source(artefacts, listing, name, namespace)]
    shown = []
    for each in artefacts:
        there = sorted({where for entry, where in held if entry is each})[:20]
        plain = {key: value for key, value in each.items() if key != "quarantinedIn"}
        shown.append({**plain, "quarantinedIn": there} if there else plain)
    return shown


def _version(entry: Entry) -> tuple[str, str, str]:
    return str(entry["file"]), str(entry["s3Path"]), str(entry["s3ObjectVersion"])


def _brought(held: Entry, name: str, entry: Entry) -> bool:
    """Tell whether a source still has what it brought to a file that is held back."""
    return str(entry["sha256"]).startswith(held.get("sources", {}).get(name) or "-") or (
        name in held.get("sources", {}) and held["s3ObjectVersion"] == entry["versionId"]
    )


def _is_meant(held: Entry, file: str, entry: Entry) -> bool:
    """Tell whether an offered file is one that is held back: the very version, or the same bytes."""
    if held["file"] != file or held.get("released"):
        return False
    same = (held["s3Path"], held["s3ObjectVersion"]) == (entry["key"], entry["versionId"])
    return same or (bool(held.get("sha256")) and held.get("sha256") == entry["sha256"])


def _released(entry: Entry, word: Word) -> Entry:
    return entry if word.restart_at in (None, entry.get("restartAt")) else {**entry, "released": True}


def _is_over(entry: Entry, word: Word) -> bool:
    """Tell whether what was released has had its chance: how that ended is known."""
    return bool(entry.get("released")) and word.rests and entry.get("updateCreatedAt", "") != word.update


def _told(entry: Entry, name: str) -> str:
    whose = " and ".join(f"DagSource {source}" for source in entry.get("sources", {})) or "a DagSource"
    return f"version {entry['s3ObjectVersion']} of {name}, from {whose}, is quarantined"


def _plain(entry: Entry) -> str:
    return f"{str(entry.get('reason') or 'AWS could not apply it').rstrip('. ')}."


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _way_out(environment: str, namespace: str) -> str:
    return (
        "It is not asked for again until its bytes change. To try it once more all the same: "
        f"`kubectl mwaa restart {environment} -n {namespace}`."
    )
