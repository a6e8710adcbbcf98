"""Which DAGs a file makes, by what it says: their ids, how many, and whether these are all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .module import FUNCTIONS, Module, children, is_dag_decorator, is_main, last_name, python_text, text_of, walked

LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
HIDDEN_MAKERS = frozenset({"exec", "eval", "globals", "import_module", "map", "setattr", "vars"})
"""What DAGs are made with that nobody sees without running the file."""
_TEXTS = re.compile(r"(\"{3}|'{3}).*?\1", re.DOTALL)
_DECORATOR = re.compile(r"@(?:\w+\.)*dag\b")
_FUNCTION = re.compile(r"(?:async\s+)?def\s+(\w+)")
_CALL = re.compile(r"(?:with\s+|\w+\s*=\s*)?(?:\w+\.)*(\w+)\(")


def makes_none(content: bytes) -> bool:
    """Tell whether Airflow's safe mode skips a file, in every version, so that it makes no DAG whatever it does."""
    words = content.lower()
    return b"airflow" not in words or (b"dag" not in words and b"asset" not in words)


def dag_ids(module: Module) -> Iterator[str]:
    """Give the ids that are written out: in `DAG("id")`, `DAG(dag_id="id")` and `@dag("id")`, or by a function's name."""
    for call in module.all(ast.Call):
        if last_name(call.func) == "DAG":
            yield from _given(call)
    for function in module.all(ast.FunctionDef):
        for each in filter(is_dag_decorator, function.decorator_list):
            yield from (_given(each) if isinstance(each, ast.Call) and _has_id(each) else [function.name])


def dag_calls(module: Module) -> int:
    """Count the calls at the top level that surely make a DAG.

    Airflow's safe mode skips files that do not hold both `dag` and `airflow`. A file that makes DAGs in another way is not
    recognised, and then needs no proof before Airflow lists its DAGs.
    """
    words = module.content.lower()
    if b"dag" not in words or b"airflow" not in words:
        return 0
    makers = {"DAG", *(function.name for function in module.all(ast.FunctionDef) if _makes_dag(function))}
    calls = (node for node in walked(module.tree, _surely_run) if isinstance(node, ast.Call))
    return sum(last_name(call.func) in makers for call in calls)


def dag_calls_by_lines(content: bytes) -> int:
    """Count the same in a file that cannot be parsed here: by the lines that begin at its left margin."""
    if makes_none(content):
        return 0
    makers, decorated, calls = {"DAG"}, False, 0
    for line in _TEXTS.sub("", python_text(content)).splitlines():
        if function := _FUNCTION.match(line):
            makers |= {function[1]} if decorated else set()
            decorated = False
        elif _DECORATOR.match(line):
            decorated = True
        elif call := _CALL.match(line):
            calls += call[1] in makers
    return calls


def dag_calls_are_all(module: Module) -> bool:
    """Tell whether `dag_calls` counts every DAG of a file that makes some: none in a loop, in a function, or unseen.

    It rather says no.
    """
    makers = {each.name for each in module.all(*FUNCTIONS) if isinstance(each, FUNCTIONS) and _makes_dag(each)}
    called = [last_name(call.func) for call in module.all(ast.Call)]
    if any(name in HIDDEN_MAKERS or ("dag" in name.lower() and name not in {*makers, "DAG", "dag"}) for name in called):
        return False
    return not any(last_name(call.func) in {*makers, "DAG"} for call in _repeated_calls(module))


def _makes_dag(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(map(is_dag_decorator, function.decorator_list))


def _has_id(call: ast.Call) -> bool:
    return bool(call.args) or any(each.arg == "dag_id" for each in call.keywords)


def _given(call: ast.Call) -> Iterator[str]:
    values = [each.value for each in call.keywords if each.arg == "dag_id"] or call.args[:1]
    yield from filter(None, map(text_of, values))


def _repeated_calls(module: Module) -> Iterator[ast.Call]:
    """Give the calls in loops and functions, each once however deep they are nested."""
    inside = set[ast.AST]()
    for outer in module.all(*LOOPS, *FUNCTIONS):
        for node in walked(outer, lambda node: (each for each in children(node) if each not in inside)):
            inside.add(node)
            if isinstance(node, ast.Call):
                yield node


def _surely_run(node: ast.AST) -> Iterator[ast.AST]:
    for child in children(node):
        if not (isinstance(child, (*FUNCTIONS, ast.ClassDef, ast.Lambda)) or is_main(child)):
            yield child
