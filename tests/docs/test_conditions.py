"""docs/conditions.md lists every condition type and every reason that the code can give, and no other.

The codes of `checks` have pages in docs/preflight instead; tests/preflight holds those against the code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from mwaa_operator.api import KINDS
from mwaa_operator.api.definition import CONDITIONS
from mwaa_operator.checks.catalogue import ENTRIES

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "operator" / "mwaa_operator"
PAGE = ROOT / "docs" / "conditions.md"
REASON_OF = {
    "Need": (0, "reason"),
    "Problem": (1, "reason"),
    "Condition": (2, "reason"),
    "Finding": (0, "code"),
    "Voice": (1, "reason"),
    "Observed": (None, "reason"),
    "replace": (None, "reason"),
}
"""Where the reason stands among the arguments of each call that makes one."""
PASSED_ON = frozenset({"reason", "code"})
"""Attributes and keys that hold a reason which was given elsewhere."""


class UnreadableError(Exception):
    """The reader does not understand how a reason comes about."""


@dataclass(frozen=True)
class Scope:
    """What an expression may mean: its file, and the functions around it, innermost first."""

    tree: ast.Module
    functions: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...] = ()


@cache
def modules() -> dict[str, ast.Module]:
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}


def calls(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.Call, Scope]]:
    """Give every call with its scope."""
    inner = scope
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inner = Scope(scope.tree, (node, *scope.functions))
    if isinstance(node, ast.Call):
        yield node, inner
    for child in ast.iter_child_nodes(node):
        yield from calls(child, inner)


def called(call: ast.Call) -> str:
    return (
        call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
    )


def argument(call: ast.Call, position: int | None, name: str) -> ast.expr | None:
    if position is not None and position < len(call.args):
        return call.args[position]
    return next((each.value for each in call.keywords if each.arg == name), None)


def reasons() -> dict[str, set[str]]:
    """Give every reason that something else than a check gives, and the files that give it."""
    found: dict[str, set[str]] = {}
    for path, tree in modules().items():
        if path.startswith("checks/"):
            continue
        for call, scope in calls(tree, Scope(tree)):
            for reason in given(call, scope, path):
                found.setdefault(reason, set()).add(path)
    return found


def given(call: ast.Call, scope: Scope, path: str) -> set[str]:
    """Give the reasons of one call. The condition of a part has its own name as reason while all is well."""
    name = called(call)
    if name == "Part":
        return texts(argument(call, 3, "condition"), scope, path)
    if name not in REASON_OF:
        return set()
    expression = argument(call, *REASON_OF[name])
    if name == "Condition" and isinstance(expression, ast.Name) and ast.dump(expression) == ast.dump(call.args[0]):
        return set()
    return texts(expression, scope, path)


def texts(node: ast.expr | None, scope: Scope, path: str) -> set[str]:
    """Read the texts that an expression can give; what is passed on from elsewhere gives none here."""
    match node:
        case None | ast.Constant(value=None | ""):
            return set()
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return texts(one, scope, path) | texts(other, scope, path)
        case ast.BoolOp(values=several):
            return {text for each in several for text in texts(each, scope, path)}
        case ast.Attribute(attr=name) if name in PASSED_ON:
            return set()
        case ast.Subscript(slice=ast.Constant(value=name)) if name in PASSED_ON:
            return set()
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return texts(inner, scope, path)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get")):
            return {text for row in rows(table, scope, path) for text in texts(row, scope, path)}
        case ast.Name(id=name):
            return of_name(name, scope, path)
    raise UnreadableError(f"{path}:{getattr(node, 'lineno', 0)}: how does {ast.unparse(node)} get its value?")


def of_name(name: str, scope: Scope, path: str) -> set[str]:
    """Read what a name can hold: an argument of its function, or what the function assigns to it."""
    for function in scope.functions:
        arguments = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
        if name in arguments:
            position = arguments.index(name)
            users = callers(function.name, {**modules(), path: scope.tree})
            return {text for call, inner, where in users for text in texts(argument(call, position, name), inner, where)}
        found: set[str] = set()
        seen = False
        for node in ast.walk(function):
            for target, value in assigned(node):
                seen = seen or bound(target, name) is not None
                found |= of_target(target, value, name, scope, path)
        if seen:
            return found
    raise UnreadableError(f"{path}: where does {name} come from?")


def callers(function: str, trees: Mapping[str, ast.Module]) -> list[tuple[ast.Call, Scope, str]]:
    return [
        (call, inner, path)
        for path, tree in trees.items()
        for call, inner in calls(tree, Scope(tree))
        if called(call) == function
    ]


def assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=[target], value=value):
            yield target, value
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=value):
            yield target, ast.Tuple([value]) if isinstance(value, ast.Name) else value


def bound(target: ast.expr, name: str) -> int | None:
    """Give the place of a name in the target of an assignment; -1 when it stands there alone."""
    if isinstance(target, ast.Name):
        return -1 if target.id == name else None
    if isinstance(target, ast.Tuple):
        return next((n for n, each in enumerate(target.elts) if isinstance(each, ast.Name) and each.id == name), None)
    return None


def of_target(target: ast.expr, value: ast.expr, name: str, scope: Scope, path: str) -> set[str]:
    place = bound(target, name)
    if place is None:
        return set()
    if isinstance(target, ast.Name):
        return texts(value, scope, path)
    if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) and len(value.elts) == len(target.elts):
        return texts(value.elts[place], scope, path)
    return {
        text
        for row in tuples(value, scope, path)
        if isinstance(row, ast.Tuple)
        for text in texts(row.elts[place], scope, path)
    }


def tuples(value: ast.expr, scope: Scope, path: str) -> list[ast.expr]:
    """Give the tuples that are taken apart: rows of a table of the module, or what a function returns."""
    match value:
        case ast.Tuple(elts=[ast.Name(id=table)]) | ast.Subscript(value=ast.Name(id=table)):
            return rows(table, scope, path)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, default]) if table != "self":
            return [*rows(table, scope, path), default]
        case ast.Call():
            return [
                each.value
                for node in ast.walk(scope.tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == called(value)
                for each in ast.walk(node)
                if isinstance(each, ast.Return) and each.value
            ]
    raise UnreadableError(f"{path}:{value.lineno}: what does {ast.unparse(value)} give?")


def rows(table: str, scope: Scope, path: str) -> list[ast.expr]:
    """Give the rows of a table of the module, or the values of a mapping."""
    for node in scope.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == table and isinstance(node.value, ast.Dict | ast.Tuple):
                return node.value.values if isinstance(node.value, ast.Dict) else node.value.elts
    raise UnreadableError(f"{path}: there is no table {table}")


def emitted_types() -> set[str]:
    """Give every condition type that the code names."""
    where = {"Condition": (0, "type"), "Need": (3, "condition"), "Voice": (3, "condition"), "Part": (3, "condition")}
    found: set[str] = set()
    for tree in modules().values():
        for call, _ in calls(tree, Scope(tree)):
            if called(call) in where:
                match argument(call, *where[called(call)]):
                    case ast.Constant(value=str(text)) if text:
                        found.add(text)
    return found


def listed(heading: str) -> list[str]:
    """Give the first column of the tables under a heading of the page."""
    _, _, rest = PAGE.read_text().partition(f"\n## {heading}\n")
    section = rest.partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)


DECLARED = [each.name for each in CONDITIONS] + [each.name for kind in KINDS for each in kind.conditions]


def test_the_page_lists_every_type_once_and_no_other() -> None:
    assert sorted(listed("Types")) == sorted(set(DECLARED))


def test_the_code_names_no_type_that_the_definitions_lack() -> None:
    assert emitted_types() <= set(DECLARED)


def test_the_page_lists_every_reason_once_and_no_other() -> None:
    known = {reason: paths for reason, paths in reasons().items() if reason not in ENTRIES}
    page = listed("Reasons")
    assert {reason: known[reason] for reason in known.keys() - set(page)} == {}
    assert set(page) - known.keys() == set()
    assert sorted(page) == sorted(set(page))


def test_reasons_are_words_in_camel_case() -> None:
    assert [reason for reason in reasons() if not re.fullmatch("[A-Z][A-Za-z0-9]*", reason)] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("Need('A', 'text')", {"A"}),
        ("Need(message='text', reason='A')", {"A"}),
        ("Problem(Trouble.DENIED, 'A' if x else 'B', '')", {"A", "B"}),
        ("Observed('id', reason=sight.reason or 'A')", {"A"}),
        ("TABLE = {1: (2, 'A')}\ndef f():\n a, b = TABLE.get(1, (3, 'B'))\n Observed('id', reason=b)", {"A", "B"}),
        ("TABLE = ((1, 'A'),)\ndef f():\n for a, b in TABLE:\n  Problem(1, b)", {"A"}),
        ("def f(reason): Observed('', reason=reason)\nf('A')\nf(reason='B')", {"A", "B"}),
        ("def f(): return 1, 'A'\ndef g():\n a, b = f()\n Observed('', reason=b)", {"A"}),
        ("Part('x', model, condition='A')", {"A"}),
    ],
)
def test_the_reader_finds_reasons_however_they_are_given(code: str, found: set[str]) -> None:
    tree = ast.parse(code)
    assert {text for call, scope in calls(tree, Scope(tree)) for text in given(call, scope, "x.py")} == found


def test_the_reader_says_so_when_it_cannot_follow() -> None:
    tree = ast.parse("Need(made_up(), 'text')")
    with pytest.raises(UnreadableError, match=r"x\.py:1"):
        [given(call, scope, "x.py") for call, scope in calls(tree, Scope(tree))]
