"""requirements.txt in a folder of files: found by its name, and read with all that it is installed with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..core.catalogue import BUILT_IN
from ..core.finding import Finding
from .lint_requirements import installers, judged
from .requirement_lines import read
from .rules import OF_REQUIREMENTS
from .tree import Tree, is_requirements

SIZE_LIMIT = 512 * 1024
"""Bytes that are read of a file, which is more than anybody writes by hand."""


def requirements(tree: Tree, versions: Collection[str]) -> Iterator[Finding]:
    """Say what is wrong with requirements.txt, and with wheels in the folder, for the versions that read it."""
    wheels = [(tree.place(path), path.rpartition("/")[2]) for path in sorted(tree.content) if path.endswith(".whl")]
    for path in requirement_files(tree.content):
        text = tree.content[path][:SIZE_LIMIT].decode("utf-8", errors="replace")
        lines = list(read(text, tree.place(path)))
        yield from judged(lines, wheels, installers(versions, BUILT_IN), OF_REQUIREMENTS)
        wheels = []
    if wheels:
        yield from judged((), wheels, installers(versions, BUILT_IN), OF_REQUIREMENTS)


def requirement_files(content: Mapping[str, bytes]) -> list[str]:
    """Name the files that pip is given, as far as their names tell."""
    return sorted(path for path in content if is_requirements(path))
