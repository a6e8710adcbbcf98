"""Airflow's safe mode: a file without two words in it is taken to have no DAG, and nothing says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .module import Module, is_dag_decorator, last_name


def safe_mode(module: Module) -> Iterator[Finding]:
    """Find files that make a DAG, and are skipped."""
    words = module.content.lower()
    missing = [word for word in ("airflow", "dag") if word.encode() not in words]
    if missing and (line := next(_makers(module), 0)):
        yield Finding(
            "SkippedBySafeMode",
            "",
            f"it makes a DAG, and lacks the word {' and the word '.join(missing)}: Airflow's safe mode skips a file that "
            "has not both `airflow` and `dag` in it, without a word. Add a comment that has both.",
            Severity.WARNING,
            line=line,
        )


def _makers(module: Module) -> Iterator[int]:
    """Give the lines that make a DAG, or that put something into the module by a name as only makers of DAGs do."""
    for node in module.at_import:
        if isinstance(node, ast.FunctionDef):
            yield from (each.lineno for each in node.decorator_list if is_dag_decorator(each))
        elif isinstance(node, ast.Assign):
            yield from (target.lineno for target in node.targets if _is_global(target))
        elif isinstance(node, ast.Call) and _makes_dag(last_name(node.func).lower()):
            yield node.lineno


def _makes_dag(name: str) -> bool:
    return name == "dag" or ("dag" in name and name.startswith(("make", "create", "build", "generate", "load")))


def _is_global(target: ast.AST) -> bool:
    """Recognise `globals()[name] = ...`."""
    made = target.value if isinstance(target, ast.Subscript) else None
    return isinstance(made, ast.Call) and last_name(made.func) == "globals"
