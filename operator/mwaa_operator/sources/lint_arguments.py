"""Arguments that mean something else on MWAA (guide part 4, section 10.2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .module import Module, last_name, text_of

QUEUE, DEFAULTS = "queue", "default_args"


def queue(module: Module) -> Iterator[Finding]:
    """Find `queue` in default arguments and of operators: MWAA has one queue, and nobody works at another."""
    for call in module.all(ast.Call):
        yield from _of_call(call)
    for node in module.all(ast.Assign, ast.AnnAssign):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and any(map(_is_default, _targets(node))):
            yield from _in(node)


def _of_call(call: ast.Call) -> Iterator[Finding]:
    name = last_name(call.func)
    for each in call.keywords:
        if each.arg == DEFAULTS:
            yield from _in(each.value)
        elif each.arg == QUEUE and (name.endswith(("Operator", "Sensor")) or _is_task(call.func)):
            yield _found(f"{name} has a queue", each.value.lineno)


def _is_task(node: ast.AST) -> bool:
    return last_name(node) == "task" or (isinstance(node, ast.Attribute) and last_name(node.value) == "task")


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _is_default(target: ast.AST) -> bool:
    """Tell whether something holds default arguments, by its name, or is one of them."""
    return last_name(target.value if isinstance(target, ast.Subscript) else target).lower().endswith(DEFAULTS)


def _in(node: ast.AST) -> Iterator[Finding]:
    """Look into default arguments, or an assignment of them or to one of them."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else node
    keys: list[tuple[str, int]] = []
    if isinstance(value, ast.Dict):
        keys = [(text_of(key), key.lineno) for key in value.keys if key]
    elif isinstance(value, ast.Call) and last_name(value.func) == "dict":
        keys = [(each.arg or "", each.value.lineno) for each in value.keywords]
    if isinstance(node, ast.Assign):
        keys += [(text_of(each.slice), each.lineno) for each in node.targets if isinstance(each, ast.Subscript)]
    yield from (_found("the default arguments name a queue", line) for key, line in keys if key == QUEUE)


def _found(what: str, line: int) -> Finding:
    return Finding(
        "QueueArgument",
        "",
        f"{what}. The workers of MWAA listen to its own queue alone: such tasks fail, and leave no log. Take `queue` out.",
        Severity.WARNING,
        line=line,
    )
