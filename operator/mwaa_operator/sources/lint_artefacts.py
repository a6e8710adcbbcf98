"""What can be said of the files that an environment is built with, beside its DAGs: plugins.zip and the startup script."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace

from ..core.finding import Finding, harmless
from .known import Known
from .lint import lint
from .plugins_tree import Plugins
from .rules import OF_PLUGINS, OF_SCRIPTS
from .startup_script import read

OF_PYTHON = frozenset(
    {
        "DagSyntaxError",
        "SyntaxOfNewerPython",
        "ImportOfAirflowOne",
        "ImportGoneWithAirflowThree",
        "ImportOfAirflowThree",
        "PluginImportedByOldPath",
    }
)
"""What holds for a plugin's Python as for a DAG's: it is imported by Airflow, and not parsed again and again."""
MOST = 50
"""Findings of one code that are kept of a script."""
_SAID = Known[tuple[Finding, ...]](limit=500)
"""By content: what is not changed is judged once."""


def of_script(content: bytes, where: str, versions: Collection[str] = (), *, private: bool = False) -> tuple[Finding, ...]:
    """Name what is wrong with a startup script, by line.

    Args:
        content: the script.
        where: it comes from, for messages.
        versions: of the Airflows that will run it.
        private: whether one of them has a private web server.
    """

    def judge() -> tuple[Finding, ...]:
        script = read(content.decode(errors="replace"), private=private)
        found = (finding for rule in OF_SCRIPTS if rule.holds(versions) for finding in rule.look(script))
        return _few(_ordered(replace(finding, where=where) for finding in found))

    return _SAID.get(_key(content, where, sorted(versions), private), judge)


def of_plugins(
    plugins: Plugins, where: str, versions: Collection[str] = (), pythons: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Name what is wrong with plugins, by the path in the archive.

    Args:
        plugins: the archive, or the files that it is made of.
        where: it lies, for messages.
        versions: of the Airflows that will load them.
        pythons: the versions of Python that these have, as far as they are known.
    """

    def judge() -> tuple[Finding, ...]:
        found = (finding for rule in OF_PLUGINS if rule.holds(versions) for finding in rule.look(plugins))
        placed = [replace(each, where=f"{where}/{each.where}" if each.where else where) for each in found]
        # an archive may have Python in it that nobody imports: nothing of it holds the others back
        placed += [harmless(each) for each in lint(plugins.python, where, versions, pythons) if each.code in OF_PYTHON]
        return _ordered(placed)

    python = [(path, hashlib.sha256(content).hexdigest()) for path, content in plugins.python.items()]
    return _SAID.get(_key(plugins.entries, python, plugins.size, where, sorted(versions), sorted(pythons)), judge)


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (each.where, each.line or 0, each.code, each.message)))


def _few(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the first of each code. The last that is kept says how many there are beyond it."""
    by_code: dict[str, list[Finding]] = {}
    for each in findings:
        by_code.setdefault(each.code, []).append(each)
    kept: list[Finding] = []
    for found in by_code.values():
        kept += found[:MOST]
        if (more := len(found) - MOST) > 0:
            kept[-1] = replace(kept[-1], message=f"{kept[-1].message} There are {more} more such lines.")
    return _ordered(kept)


def _key(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()
