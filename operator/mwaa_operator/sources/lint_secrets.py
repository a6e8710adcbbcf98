"""Secrets that are written into the code (guide part 4, section 7.8). No message has any of a value."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..core.finding import Finding, Severity
from ..core.secret import CREDENTIALS_IN_URL, SECRET_VALUES
from .module import Module, last_name, text_of

NAMES = re.compile(
    r"(^|.*_)(passw(or)?d|pwd|passphrase|secret|api_?key|access_?token|auth_?token|bearer_?token|private_?key|"
    r"secret_?(access_?)?key|client_?secret|fernet_?key)",
    re.IGNORECASE,
)
"""What holds a secret, by the end of its name: `db_password`, and not `password_file` or `secret_id`."""
NO_SECRET = re.compile(
    r"\{\{|\$\{|^<.*>$|^%\(|^(arn:|s3://|ssm:|airflow/|/)|^[*x.]+$|^(changeme|none|null|todo)$", re.IGNORECASE
)
"""Templates, places and stand-ins."""
PRIVATE = "PRIVATE KEY-----"
"""What a key has in its first line, and a certificate has not."""
SHORTEST = 4


def secrets(module: Module) -> Iterator[Finding]:
    """Find keys and tokens by how they look, and passwords by what they are called."""
    for node in module.all(ast.Constant):
        if text := text_of(node):
            if (found := SECRET_VALUES.search(text)) and (found[0] != "-----BEGIN" or PRIVATE in text):
                yield _found("a text looks like a key or a token", node.lineno)
            elif (url := CREDENTIALS_IN_URL.search(text)) and not NO_SECRET.search(url[0]):
                yield _found("a URL has a password in front of its host", node.lineno)
    for named in module.all(ast.keyword, ast.Assign, ast.AnnAssign, ast.Dict):
        for name, value in _named(named):
            if NAMES.fullmatch(name) and _is_secret(name, text_of(value)):
                yield _found(f"{name[:40]} is written out", value.lineno)


def _found(what: str, line: int) -> Finding:
    return Finding(
        "SecretInCode",
        "",
        f"{what}. Whoever may read the code, the bucket or the log of a commit reads it too. Put it into a connection or a "
        "variable in Secrets Manager, and make a new secret in place of it where it was one.",
        Severity.WARNING,
        line=line,
    )


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Give values with what they are called: of calls, assignments and mappings."""
    if isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            key = text_of(target.slice) if isinstance(target, ast.Subscript) else last_name(target)
            yield key, node.value
    elif isinstance(node, ast.AnnAssign) and node.value:
        yield last_name(node.target), node.value
    elif isinstance(node, ast.Dict):
        yield from ((text_of(key), value) for key, value in zip(node.keys, node.values, strict=True) if key)


def _is_secret(name: str, value: str) -> bool:
    return len(value) >= SHORTEST and value.lower() != name.lower() and not NO_SECRET.search(value) and " " not in value
