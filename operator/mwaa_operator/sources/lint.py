"""What can be said of files without running them. Each is parsed once, for all rules and for all that is asked of it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ..core.catalogue import version_tuple
from ..core.finding import Finding
from ..core.origin import sha256_of
from . import dag_facts, ignored
from .known import Known
from .module import SIZE_LIMIT, SyntaxFault, parsed
from .reading import Reading
from .rules import OF_MODULES, OF_TREES
from .tree import Tree, is_read

_READ = Known[Reading](limit=40_000)
"""By content: what is not changed is read once. A single repository may have 20,000 files (fetch/limits.py): of a tree that
does not fit, the first are forgotten before they are asked for again."""
_SAID = Known[tuple[Finding, ...]](limit=1000)
"""By tree."""


def lint(
    content: Mapping[str, bytes], folder: str, versions: Collection[str] = (), pythons: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Name all that is wrong with files, by path and line.

    Args:
        content: files by their path.
        folder: the folder they go to, for messages.
        versions: of the Airflows that read them; none: what holds for Airflow 2 and 3.
        pythons: the versions of Python that these have, such as `3.12`, as far as they are known.
    """
    digests = sorted((path, sha256_of(content, path) if is_read(path) else "") for path in content)
    key = hashlib.sha256(repr((digests, folder, sorted(versions), sorted(pythons))).encode()).digest()
    known = tuple(sorted(filter(None, map(version_tuple, pythons))))

    def judge() -> tuple[Finding, ...]:
        tree = replace(tree_of(_seen(content), folder), pythons=known)
        return tuple(sorted(_lint(tree, versions), key=_order))

    return _SAID.get(key, judge)


def tree_of(content: Mapping[str, bytes], folder: str = "") -> Tree:
    """Read all files of a tree."""
    readings = {path: _known(content, path) for path in content if path.endswith(".py")}
    return Tree(content, readings, ignored.hidden(content), folder)


def read(content: bytes) -> Reading:
    """Read a Python file."""
    return _READ.get(hashlib.sha256(content).digest(), lambda: _read(content))


def _known(content: Mapping[str, bytes], path: str) -> Reading:
    """Read a Python file of a tree, unless it is known by its hash: a large tree is not read from disk again and again."""
    return _READ.get(bytes.fromhex(sha256_of(content, path)), lambda: _read(content[path]))


def _seen(content: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: content[path] if is_read(path) else b"" for path in content}


def dag_files(content: Mapping[str, bytes]) -> frozenset[str]:
    """Name the files of which Airflow must list a DAG: they define one, and no `.airflowignore` hides them."""
    tree = tree_of(content)
    return frozenset(path for path, reading in tree.readings.items() if reading.dag_calls) - tree.hidden


def written_ids(content: Mapping[str, bytes]) -> list[str]:
    """Give the DAG ids that those files write out."""
    tree = tree_of(content)
    return sorted({id_ for path in dag_files(content) for id_ in tree.readings[path].dag_ids})


def defines_dag(content: bytes) -> bool:
    """Tell whether running a module surely makes a DAG: it says so at the top level, in the usual words."""
    return read(content).dag_calls > 0


def _lint(tree: Tree, versions: Collection[str]) -> Iterator[Finding]:
    for path, reading in tree.readings.items():
        skipped = reading.makes_none or path in tree.hidden
        for rule, finding in reading.findings:
            if rule.holds(versions) and not (rule.parsed and skipped):
                yield replace(finding, where=tree.place(path))
    for each in OF_TREES:
        if each.holds(versions):
            yield from each.look(tree)


def _order(finding: Finding) -> tuple[str, int, str, str]:
    return finding.where, finding.line or 0, finding.code, finding.message


def _read(content: bytes) -> Reading:
    none = dag_facts.makes_none(content)
    if len(content) > SIZE_LIMIT:
        return Reading(none)
    module = parsed(content)
    if isinstance(module, SyntaxFault):
        return Reading(none, fault=module, dag_calls=dag_facts.dag_calls_by_lines(content) if module.since else 0)
    return Reading(
        makes_none=none,
        dag_ids=frozenset(dag_facts.dag_ids(module)),
        dag_calls=dag_facts.dag_calls(module),
        dag_calls_are_all=dag_facts.dag_calls_are_all(module),
        imports=frozenset(name for name, _ in module.imports),
        is_relative=any(node.level for node in module.all(ast.ImportFrom)),
        findings=tuple((rule, finding) for rule in OF_MODULES for finding in dict.fromkeys(rule.look(module))),
    )
