"""How many DAGs files define, by what they say at their top level. A lower bound: DAGs made in a loop count once."""

from __future__ import annotations

from collections.abc import Mapping

from .lint import tree_of


def dag_count(content: Mapping[str, bytes]) -> int:
    """Count the DAGs of a tree, without running it."""
    tree = tree_of(content)
    return sum(reading.dag_calls for path, reading in tree.readings.items() if path not in tree.hidden)


def dag_count_is_exact(content: Mapping[str, bytes]) -> bool:
    """Tell whether those are surely all."""
    tree = tree_of(content)
    # what `.airflowignore` may hide is not counted, and may be there all the same
    return all(
        reading.dag_calls_are_all if reading.dag_calls and path not in tree.hidden else reading.makes_none
        for path, reading in tree.readings.items()
    )
