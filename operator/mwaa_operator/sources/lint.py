"""What can be said of DAG files without running them: syntax, and which of them define a DAG."""

from __future__ import annotations

import ast
import fnmatch
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ..core.finding import Finding
from ..core.origin import sha256_of
from .files import Files, Joined

IGNORE = ".airflowignore"
KNOWN_LIMIT = 10_000
_KNOWN: dict[tuple[str, str], Finding | None] = {}
"""Verdicts by place and content, so that a source that does not change is compiled once."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
HIDDEN_MAKERS = frozenset({"exec", "eval", "globals", "import_module", "map", "setattr", "vars"})
"""What DAGs are made with that nobody sees without running the file."""


def checked(files: Files, folder: str) -> Files:
    """Leave out each Python file with a syntax error, and name it; the others go on.

    Args:
        files: the tree.
        folder: the folder it goes to, for messages.
    """
    found = {path: syntax_fault(f"{folder}/{path}", files.content, path) for path in files.content if path.endswith(".py")}
    bad = {path: finding for path, finding in sorted(found.items()) if finding}
    if not bad:
        return files
    content = Joined({path: (files.content, path) for path in files.content if path not in bad})
    return Files(content, (*files.findings, *bad.values()), files.refused | bad.keys())


def syntax_fault(where: str, content: Mapping[str, bytes], path: str) -> Finding | None:
    """Compile a file, without running it, unless it was compiled before."""
    key = (where, sha256_of(content, path))
    if key not in _KNOWN:
        if len(_KNOWN) >= KNOWN_LIMIT:
            _KNOWN.clear()
        _KNOWN[key] = _compiled(where, content[path])
    return _KNOWN[key]


def _compiled(where: str, content: bytes) -> Finding | None:
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    line: int | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(content, where, "exec", dont_inherit=True)
        return None
    except SyntaxError as error:
        line, fault = error.lineno, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        fault = str(error) or type(error).__name__
    rest = "It is not delivered, and its last good version stays; the other files are delivered."
    return Finding("DagSyntaxError", f"{where}:{line}" if line else where, f"{fault} ({python}). {rest}")


def python_text(content: bytes) -> str:
    """Decode a Python file as Airflow does."""
    return content.decode("utf-8", errors="replace")


def dag_files(content: Mapping[str, bytes]) -> frozenset[str]:
    """Name the files of which Airflow must list a DAG: they define one, and no `.airflowignore` hides them."""
    hidden = [(PurePosixPath(path).parent, content[path]) for path in content if PurePosixPath(path).name == IGNORE]
    return frozenset(
        path
        for path in content
        if path.endswith(".py")
        and defines_dag(content[path])
        and not any(_hides(folder, data, path) for folder, data in hidden)
    )


def defines_dag(content: bytes) -> bool:
    """Tell whether running a module surely makes a DAG: it says so at the top level, in the usual words."""
    return dag_calls(content) > 0


def dag_calls(content: bytes) -> int:
    """Count the calls at the top level of a module that surely make a DAG.

    Airflow's safe mode skips files that do not hold both `dag` and `airflow`. A file that makes DAGs in another way is not
    recognised, and then needs no proof before Airflow lists its DAGs.
    """
    if makes_none(content):
        return 0
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    makers = {"DAG"} | {each.name for each in functions if any(map(_is_dag_decorator, each.decorator_list))}
    return sum(_name(call.func) in makers for call in _top_level_calls(tree))


def dag_calls_are_all(content: bytes) -> bool:
    """Tell whether `dag_calls` counts every DAG of a module that makes some: none in a loop, in a function, or unseen.

    It rather says no.
    """
    tree = ast.parse(content)
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    makers = {each.name for each in functions if any(map(_is_dag_decorator, each.decorator_list))}
    called = [_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    strange = [
        name for name in called if name in HIDDEN_MAKERS or ("dag" in name.lower() and name not in {*makers, "DAG", "dag"})
    ]
    several = [node for node in ast.walk(tree) if isinstance(node, (*LOOPS, *FUNCTIONS))]
    made = [call for node in several for call in ast.walk(node) if isinstance(call, ast.Call)]
    return not strange and not any(_name(call.func) in {*makers, "DAG"} for call in made)


def makes_none(content: bytes) -> bool:
    """Tell whether Airflow's safe mode skips a module, so that it makes no DAG whatever it does."""
    words = content.lower()
    return b"dag" not in words or b"airflow" not in words


def _top_level_calls(tree: ast.AST) -> Iterator[ast.Call]:
    # a stack of our own: an expression may be nested deeper than Python recurses
    nodes = [tree]
    while nodes:
        for child in ast.iter_child_nodes(nodes.pop()):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda) or _is_main(child):
                continue
            if isinstance(child, ast.Call):
                yield child
            nodes.append(child)


def _is_main(node: ast.AST) -> bool:
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare)):
        return False
    sides = [node.test.left, *node.test.comparators]
    return any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def _is_dag_decorator(node: ast.AST) -> bool:
    return _name(node.func if isinstance(node, ast.Call) else node) == "dag"


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _hides(folder: PurePosixPath, ignore: bytes, path: str) -> bool:
    """Take a pattern as a regular expression (Airflow 2) and as a glob (Airflow 3): what may be hidden needs no proof."""
    if folder not in PurePosixPath(path).parents:
        return False
    below = str(PurePosixPath(path).relative_to(folder))
    for line in python_text(ignore).splitlines():
        pattern = line.partition("#")[0].strip()
        if not pattern:
            continue
        glob = pattern.strip("/")
        names = [below, *(str(parent) for parent in PurePosixPath(below).parents), PurePosixPath(below).name]
        if any(fnmatch.fnmatch(name, glob) for name in names) or _searches(pattern, below):
            return True
    return False


def _searches(pattern: str, path: str) -> bool:
    try:
        return re.search(pattern, path) is not None
    except re.error:
        return False
