"""Two sources that feed one environment and define one DAG id (guide part 2, section 10.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mwaa_operator.core.finding import Severity
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.observed import Observed
from mwaa_operator.kinds.dag_source import DagSourceKind
from mwaa_operator.kinds.dag_source_proof import TREE


def published(**ids: list[str]) -> dict[str, dict[str, Any]]:
    """Give what DagSources publish that have a file for each id."""
    kind, found = DagSourceKind(), {}
    for name, each in ids.items():
        files = {f"{id_}.py": f"from airflow import DAG\nDAG('{id_}')\n" for id_ in each}
        spec = kind.SPEC.model_validate({"bucketRef": {"name": "b"}, "files": {**files, "lib.py": "x = 1\n"}})
        obj, context = Object("DagSource", "team", name, "u", 1, spec), Context("123456789012", "us-east-1", "aws")
        tree = kind.desired(obj, context).parts[TREE].model
        there = Observed("b", {"files": tree.files}, {"revision": "r", "bucket": "b", "file_count": len(files)})
        found[name] = dict(kind.facts(obj, context, {TREE: there}))
    return found


def said(stack: Any, **ids: list[str]) -> list[tuple[str, str, Severity]]:
    stack.change(dagSourceRefs=[{"name": name} for name in ids])
    targets = {("DagSource", name): Neighbour("DagSource", name, None, facts) for name, facts in published(**ids).items()}
    stack.context = replace(stack.context, targets={**stack.context.targets, **targets})
    found = stack.kind.desired(stack.obj, stack.context).findings
    return [(each.where, each.message, each.severity) for each in found if each.code == "DuplicateDagId"]


def test_an_id_in_two_sources_is_named_with_both(new_stack: Callable[..., Any]) -> None:
    assert published(red=["etl", "a"])["red"]["dagIds"] == ["a", "etl"]
    ((where, message, severity),) = said(new_stack(), red=["etl", "a"], blue=["b", "etl"], green=["c"])
    assert (where, severity) == ("spec.dagSourceRefs", Severity.WARNING)
    assert "the DAG id etl is in the DagSources red and blue" in message


def test_ids_of_their_own_are_fine(new_stack: Callable[..., Any]) -> None:
    assert said(new_stack(), red=["a"], blue=["b"]) == []
    assert said(new_stack(), red=["a", "etl"]) == []
