"""How many DAGs files define, by what they say at their top level. A lower bound: DAGs made in a loop count once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ..core.origin import sha256_of
from .lint import dag_calls, dag_calls_are_all, dag_files, makes_none

KNOWN_LIMIT = 10_000
_KNOWN: dict[str, tuple[int, bool]] = {}
"""Counts by content, and whether they are all, so that a source that does not change is read once."""


def dag_count(content: Mapping[str, bytes]) -> int:
    """Count the DAGs of a tree, without running it."""
    return _counted(content)[0]


def dag_count_is_exact(content: Mapping[str, bytes]) -> bool:
    """Tell whether those are surely all."""
    return _counted(content)[1]


def _counted(content: Mapping[str, bytes]) -> tuple[int, bool]:
    trees = hashlib.sha256(repr(sorted((path, sha256_of(content, path)) for path in content)).encode())
    key = trees.hexdigest()
    if key not in _KNOWN:
        if len(_KNOWN) >= KNOWN_LIMIT:
            _KNOWN.clear()
        counted = dag_files(content)
        # what `.airflowignore` may hide is not counted, and may be there all the same
        left = [path for path in content if path.endswith(".py") and path not in counted]
        exact = all(dag_calls_are_all(content[path]) for path in counted)
        exact = exact and all(makes_none(content[path]) for path in left)
        _KNOWN[key] = sum(dag_calls(content[path]) for path in counted), exact
    return _KNOWN[key]
