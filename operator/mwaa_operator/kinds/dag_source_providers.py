"""Newer provider packages: constraints with their versions, which lie among the DAG files (guide 02, section 1.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..core.kind import Context, Neighbour, Object
from ..core.need import EndsBy, Need
from ..core.origin import Origin
from ..sources.provider_constraints import edited, file_name

WHERE = "spec.requirements.providers"
ON_MWAA = "/usr/local/airflow/dags/"
"""Where MWAA puts the DAG folder."""
AGAIN = timedelta(hours=24)


@dataclass(frozen=True)
class Edited:
    """One constraints file that is made here."""

    name: str
    """Its path among the source's files."""
    path: str
    """Its path on MWAA."""
    text: str


def origin(url: str) -> Origin:
    """Name the constraints that are changed."""
    return Origin(type="constraints", where=WHERE, url=url, text="constraints", interval=AGAIN)


def constraints(
    obj: Object[DagSourceSpec], context: Context, version: str, url: str, listing: Sequence[Neighbour]
) -> Edited | Need:
    """Give the constraints for one version of Airflow, or what is missing to make them.

    Args:
        obj: the source.
        context: has what was fetched.
        version: of Airflow; empty for all.
        url: of the constraints that are changed.
        listing: the environments that list the source.
    """
    assert obj.spec.requirements
    found = context.fetched.get(origin(url))
    if found is None:
        return Need("NotFetched", f"{WHERE}: the operator reads {url}, and the command line does not.")
    if not found.known:
        why = found.fault.message if found.fault else f"{WHERE}: {url} is being read"
        return Need("ConstraintsUnreachable" if found.fault else "ReadingConstraints", why, EndsBy.TIME)
    base = next(iter(found.files.values())).decode(errors="replace")
    name = file_name(url, version if _is_taken(obj, context, version, url, listing) else "")
    folder = next((str(each.spec.dag_s3_path) for each in listing), obj.spec.path)
    below = obj.spec.path.removeprefix(folder).strip("/")
    return Edited(name, f"{ON_MWAA}{below}{'/' if below else ''}{name}", edited(base, obj.spec.requirements.providers))


def _is_taken(obj: Object[DagSourceSpec], context: Context, version: str, url: str, listing: Sequence[Neighbour]) -> bool:
    """Tell whether another version with the same Python has the plain name: who has it keeps it."""
    if not version:
        return False
    plain = file_name(url)
    entries: Sequence[Mapping[str, Any]] = obj.facts.get("artefacts") or ()
    has = [entry.get("airflowVersion", "") for entry in entries if entry.get("constraints") == plain]
    if has:
        return version not in has
    versions = {each.spec.airflow_version for each in listing} | {each.facts.get("airflowVersion") for each in listing}
    python = context.catalogue.versions[version].python if version in context.catalogue.versions else None
    same = [str(each) for each in versions if each in context.catalogue.versions]
    same = [each for each in same if context.catalogue.versions[each].python == python]
    return bool(same) and version != min(same)
