"""A Python file, parsed once for all rules. Nothing of it is run."""

from __future__ import annotations

import ast
import sys
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from . import newer_syntax

SIZE_LIMIT = 512 * 1024
"""Bytes. What is larger is not looked into: its syntax tree takes a hundred times the memory."""
NAME_LIMIT = 200
HOSTILE = (ValueError, LookupError, RecursionError, MemoryError, OverflowError, SystemError)
"""What the parser raises beside `SyntaxError`, for null bytes, unknown encodings and nesting without end."""
PYTHON: newer_syntax.Version = sys.version_info[:2]
"""What runs here. It knows no other grammar than its own."""
_PARSING = threading.Lock()
"""`catch_warnings` is of the whole process: two threads in it would put back each other's filters."""
N = TypeVar("N", bound=ast.AST)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class SyntaxFault:
    """Why a file does not compile."""

    text: str
    line: int | None = None
    since: newer_syntax.Version | None = None
    """The first Python that may compile it; None where none does."""


@dataclass(frozen=True)
class Module:
    """A file that compiles."""

    content: bytes
    tree: ast.Module

    def all(self, *types: type[N]) -> list[N]:
        """Give everything of some types in it, those of the first type first."""
        return [node for each in types for node in self._by_type.get(each, ())]  # type: ignore[misc]

    @cached_property
    def _by_type(self) -> Mapping[type[ast.AST], list[ast.AST]]:
        found = defaultdict[type[ast.AST], list[ast.AST]](list)
        for node in walked(self.tree):
            found[type(node)].append(node)
        return found

    @cached_property
    def at_import(self) -> tuple[ast.AST, ...]:
        """Give what runs whenever the file is parsed: not what stands in functions, but what stands in a `@dag`."""
        return tuple(walked(self.tree, _run_with))

    @cached_property
    def imports(self) -> tuple[tuple[str, int], ...]:
        """Give the full name of everything that is imported, with its line: `a.b` for `import a.b` and `from a import b`."""
        return tuple(_imports(self.all(ast.Import, ast.ImportFrom)))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Give what imported names stand for: after `from a import b as c`, `c` for `a.b`."""
        return dict(_names(self.all(ast.Import, ast.ImportFrom)))

    @cached_property
    def called_at_import(self) -> tuple[tuple[str, int], ...]:
        """Give the full name of what is called at import, such as `airflow.models.Variable.get`, with its line."""
        calls = (node for node in self.at_import if isinstance(node, ast.Call))
        return tuple((name, call.lineno) for call in calls if (name := self.full_name(call.func)))

    def full_name(self, node: ast.AST) -> str:
        """Resolve a dotted name by the imports of the file; empty where it is none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.names.get(node.id, node.id), *reversed(parts)])


def parsed(content: bytes) -> Module | SyntaxFault:
    """Compile a file, without running it. Whatever is in it, the answer is one of the two."""
    tree = since = None
    try:
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
            # `return` outside of a function and its like are found by compiling only
            compile(tree, "<dag>", "exec", dont_inherit=True)
        return Module(content, tree)
    except SyntaxError as error:
        line, fault = error.lineno, error.msg
        # what is found by compiling is wrong in every Python
        since = newer_syntax.since(content, _fits) if tree is None else None
    except HOSTILE as error:
        line, fault = None, str(error) or type(error).__name__
    return SyntaxFault(f"{fault} (Python {PYTHON[0]}.{PYTHON[1]})", line or None, since)


def _fits(code: str) -> bool:
    try:
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, *HOSTILE):
        return False
    return True


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Give what a node consists of, but for what only says how a name is used: that is half of all nodes."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            yield from (each for each in value if isinstance(each, ast.AST))
        elif isinstance(value, ast.AST) and field != "ctx":
            yield value


def walked(node: ast.AST, into: Callable[[ast.AST], Iterable[ast.AST]] = children) -> Iterator[ast.AST]:
    """Give a node and all below it. It may be nested deeper than Python recurses."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        yield node
        nodes.extend(into(node))


def python_text(content: bytes) -> str:
    """Decode a file as Airflow does."""
    return content.decode("utf-8", errors="replace")


def last_name(node: ast.AST) -> str:
    """Give the last word of a dotted name; empty where it is none."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def is_dag_decorator(node: ast.AST) -> bool:
    """Tell whether a decorator makes a DAG of its function."""
    return last_name(node.func if isinstance(node, ast.Call) else node) == "dag"


def is_main(node: ast.AST) -> bool:
    """Tell whether something runs only when the file is started by hand."""
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare)):
        return False
    sides = [node.test.left, *node.test.comparators]
    return any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def text_of(node: ast.AST | None) -> str:
    """Give a text that is written out; empty where it is something else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _imports(nodes: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((each.name[:NAME_LIMIT], node.lineno) for each in node.names)
        elif not node.level:
            yield from ((f"{node.module}.{each.name}"[:NAME_LIMIT], node.lineno) for each in node.names)


def _names(nodes: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((each.asname, each.name) for each in node.names if each.asname)
        elif not node.level:
            yield from ((each.asname or each.name, f"{node.module}.{each.name}") for each in node.names)


def _run_with(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        yield from node.args.defaults
        yield from (each for each in node.args.kw_defaults if each)
        if not isinstance(node, ast.Lambda):
            yield from node.decorator_list
            yield from node.body if any(map(is_dag_decorator, node.decorator_list)) else ()
    elif isinstance(node, ast.If) and (is_main(node) or last_name(node.test) == "TYPE_CHECKING"):
        yield from node.orelse
    else:
        yield from children(node)
