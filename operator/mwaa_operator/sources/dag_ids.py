"""Which DAG ids files define, as far as that is written in them: Airflow shows only one of two DAGs with one id."""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

from ..core.finding import Finding, Severity
from .lint import dag_files

KNOWN_LIMIT = 10_000
_KNOWN: dict[str, frozenset[str]] = {}
"""Ids by content, so that a source that does not change is read once."""


def doubled(content: Mapping[str, bytes], folder: str) -> Iterator[Finding]:
    """Name every id that two files define.

    Args:
        content: files by their path.
        folder: the folder they go to, for messages.
    """
    files = defaultdict[str, list[str]](list)
    for path in sorted(content):
        if path.endswith(".py"):
            for id_ in dag_ids(content[path]):
                files[id_].append(path)
    if not any(len(paths) > 1 for paths in files.values()):
        return
    seen = dag_files(content)
    for id_, paths in sorted(files.items()):
        if len(both := [f"{folder}/{path}" for path in paths if path in seen]) > 1:
            text = f"the DAG id {id_} is also in {', '.join(both[:-1])}: Airflow shows one of them only. Rename the others"
            yield Finding("DuplicateDagId", both[-1], text, Severity.WARNING)


def dag_ids(content: bytes) -> frozenset[str]:
    """Give the ids that a file writes out: in `DAG("id")`, `DAG(dag_id="id")` and `@dag("id")`, or by a function's name."""
    key = hashlib.sha256(content).hexdigest()
    if key not in _KNOWN:
        if len(_KNOWN) >= KNOWN_LIMIT:
            _KNOWN.clear()
        _KNOWN[key] = frozenset(_read(content))
    return _KNOWN[key]


def _read(content: bytes) -> Iterator[str]:
    if b"dag" not in content.lower():
        return
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "DAG":
            yield from _given(node)
        elif isinstance(node, ast.FunctionDef):
            for each in node.decorator_list:
                if _name(each.func if isinstance(each, ast.Call) else each) == "dag":
                    yield from (_given(each) if isinstance(each, ast.Call) and _has_id(each) else [node.name])


def _has_id(call: ast.Call) -> bool:
    return bool(call.args) or any(each.arg == "dag_id" for each in call.keywords)


def _given(call: ast.Call) -> Iterator[str]:
    values = [each.value for each in call.keywords if each.arg == "dag_id"] or call.args[:1]
    yield from (each.value for each in values if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
