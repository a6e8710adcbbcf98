"""Which file an environment could not be built with, by what AWS and the logs say of its last update. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..api.environment import EnvironmentSpec
from ..core.annotation import RESTART_AT
from ..core.kind import Context, Object
from ..core.observed import Observed, Sight, State
from . import quarantine
from .delivered import FACTS
from .quarantine import Entry, Word

ENVIRONMENT, AIRFLOW, LOGS = "environment", "airflow", "started/"
REASON_LIMIT = 600


def facts(obj: Object[EnvironmentSpec], context: Context, sights: Mapping[str, Sight]) -> dict[str, Any]:
    """Publish the files that it ran well with, and those that it could not be built with."""
    before = {name: obj.facts.get(name) for name in ("goodFiles", "quarantined")}
    there = sights.get(ENVIRONMENT)
    if not obj.spec.dag_source_refs or not isinstance(there, Observed):
        return before
    said = word(obj, context, there, sights)
    known = quarantine.kept(before["quarantined"] or (), said)
    return {"goodFiles": before["goodFiles"] if said.good is None else said.good, "quarantined": known or None}


def word(obj: Object[EnvironmentSpec], context: Context, there: Observed, sights: Mapping[str, Sight]) -> Word:
    """Read what AWS, Airflow and the logs say.

    Args:
        obj: the environment.
        context: has its sources.
        there: the environment as AWS has it.
        sights: of the other parts.
    """
    last: Any = there.outputs.get("last_update") or {}
    asked = obj.annotations.get(RESTART_AT)
    rests = there.state in (State.READY, State.FAILED)
    found = dict(_blamed(obj, context, there, sights)) if rests else {}
    return Word(str(last.get("created_at") or ""), rests, found, _good(obj, context, there, sights), asked)


def _blamed(
    obj: Object[EnvironmentSpec], context: Context, there: Observed, sights: Mapping[str, Sight]
) -> Iterator[tuple[str, Entry]]:
    failed: Any = there.outputs.get("failed_files") or {}
    words = {file: said for file in FACTS if (said := _logs_say(sights.get(f"{LOGS}{FACTS[file]}")))}
    last: Any = there.outputs.get("last_update") or {}
    if failed:
        named = {file: words[file] for file in failed if file in words}
        if not named and not there.outputs.get("failed_with_others"):
            # AWS names no file: what was new in the update is all that can have broken it
            named = dict.fromkeys(failed, str(last.get("error") or ""))
        bad = {file: (failed[file]["key"], failed[file]["version"], why) for file, why in named.items()}
    elif there.outputs.get("status") == "AVAILABLE" and last.get("status") != "FAILED":
        present = {
            file: (there.outputs.get(f"{file}_s3_path"), there.outputs.get(f"{file}_s3_object_version")) for file in words
        }
        bad = {file: (str(path), str(version), words[file]) for file, (path, version) in present.items() if path and version}
    else:
        bad = {}
    for file, (key, version, why) in bad.items():
        sha256, sources = _whose(obj, context, file, key, version)
        if sources:
            told = {"s3Path": key, "s3ObjectVersion": version, "sha256": sha256}
            yield FACTS[file], {**told, "sources": sources, "reason": why[:REASON_LIMIT]}


def _good(
    obj: Object[EnvironmentSpec], context: Context, there: Observed, sights: Mapping[str, Sight]
) -> list[Entry] | None:
    """Give what it runs with, where all who may say something have said that it runs well."""
    last: Any = there.outputs.get("last_update") or {}
    airflow = sights.get(AIRFLOW)
    if there.outputs.get("status") != "AVAILABLE" or last.get("status") == "FAILED":
        return None
    if not isinstance(airflow, Observed) or airflow.state is not State.READY or airflow.outputs.get("healthy") is False:
        return None
    for name, sight in sights.items():
        if name.startswith(LOGS) and not (
            isinstance(sight, Observed) and sight.state is State.READY and sight.outputs.get("done")
        ):
            return None
    before = {(each["s3Path"], each["s3ObjectVersion"]): each for each in obj.facts.get("goodFiles") or ()}
    found: list[Entry] = []
    for file, fact in FACTS.items():
        path, version = there.outputs.get(f"{file}_s3_path"), there.outputs.get(f"{file}_s3_object_version")
        if path and version:
            sha256 = _whose(obj, context, file, str(path), str(version))[0]
            new = {"file": fact, "s3Path": path, "s3ObjectVersion": version, **({"sha256": sha256} if sha256 else {})}
            found.append(new if sha256 else before.get((path, version), new))
    return found


def _logs_say(sight: Sight) -> str:
    """Give what is wrong by the logs, once that is their last word: a component that is started anew may mend it."""
    last_word = isinstance(sight, Observed) and sight.state is State.FAILED and sight.outputs.get("done")
    return sight.message if isinstance(sight, Observed) and last_word else ""


def _whose(
    obj: Object[EnvironmentSpec], context: Context, file: str, key: str, version: str
) -> tuple[str | None, dict[str, str]]:
    """Give the hash of an object, where it is known, and what each source brought to it.

    No source has brought what is of the environment's own spec, or empty.
    """
    made = obj.facts.get("composedRequirements") or {}
    if key == made.get("s3Path"):
        same = made["s3ObjectVersion"] == version
        return made["sha256"] if same else None, dict(made["sources"])
    found: dict[str, str] = {}
    for ref in obj.spec.dag_source_refs:
        there = context.targets.get(("DagSource", ref.name))
        for each in (there.facts.get("artefacts") or ()) if there else ():
            if (each["file"], each["key"]) == (FACTS[file], key):
                found[ref.name] = str(each["sha256"]) if each["versionId"] == version else ""
    return next((sha256 for sha256 in found.values() if sha256), None), found
