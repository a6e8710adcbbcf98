"""DAGs that a source has removed and of which Airflow is to keep nothing (`purgeHistory`). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..core.kind import Object
from ..core.observed import Observed, Sight
from ..core.part import Part
from ..resources.airflow_history import PurgedHistory

FACT = "removedDagIds"
SAFE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
"""What Airflow's command line takes for one word, and for no option. An id is at most so in Airflow itself."""
LIMIT = 1000


def part(obj: Object[DagSourceSpec], stage: str, model: PurgedHistory) -> Iterator[Part]:
    """Ask for it in one environment, where anything was removed and all ids that are there are known."""
    removed = tuple(obj.facts.get(FACT) or ())
    if obj.spec.purge_history and removed and not obj.deleting and _all_are_known(obj.facts):
        yield Part(f"history/{stage}", replace(model, dag_ids=removed), keep=True)


def _all_are_known(facts: Mapping[str, Any]) -> bool:
    """Tell whether no DAG is made in a loop or has an id that is computed, and the list of ids was not cut off."""
    return facts.get("dagCountExact") is True and facts.get("dagCount") == len(facts.get("dagIds") or ())


def removed(
    obj: Object[DagSourceSpec], stages: Iterable[str], present: Iterable[str] | None, sights: Mapping[str, Sight]
) -> list[str] | None:
    """Give the ids that are gone from the source, and of which some Airflow may still have something.

    Args:
        obj: the source, with what it has published before.
        stages: the environments that list it.
        present: the ids that its files write out; None while that is not known.
        sights: what was seen of them.
    """
    before = list(obj.facts.get(FACT) or ())
    there = list(stages)
    if not (obj.spec.purge_history and obj.spec.prune and there):
        return None
    if present is None:
        return before or None
    left = [
        each for each in (*before, *(obj.facts.get("dagIds") or ())) if each not in set(present) and SAFE.fullmatch(each)
    ]
    still = [
        each for each in dict.fromkeys(left) if not all(_is_gone(each, sights.get(f"history/{name}")) for name in there)
    ]
    return sorted(still)[:LIMIT] or None


def _is_gone(dag_id: str, sight: Sight) -> bool:
    gone: Any = sight.outputs.get("gone") if isinstance(sight, Observed) else ()
    return dag_id in (gone or ())
