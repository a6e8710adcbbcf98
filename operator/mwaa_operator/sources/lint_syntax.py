"""Files that are no Python."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding
from .tree import Tree


def syntax(tree: Tree) -> Iterator[Finding]:
    """Find what does not compile, with the Python that runs here."""
    for path, reading in tree.readings.items():
        if fault := reading.fault:
            yield Finding("DagSyntaxError", tree.place(path), f"{fault.text}. Mend it there.", line=fault.line)
