"""Files that are no Python."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .module import PYTHON, SyntaxFault
from .newer_syntax import NOT_KNOWN
from .tree import Tree


def syntax(tree: Tree) -> Iterator[Finding]:
    """Find what does not compile, with the Python that runs here. A newer one may know better, and then decides."""
    for path, reading in tree.readings.items():
        if fault := reading.fault:
            yield _newer(tree, path, fault) or _wrong(tree, path, fault)


def _wrong(tree: Tree, path: str, fault: SyntaxFault) -> Finding:
    text = f"{fault.text}. Mend it there."
    if fault.since and PYTHON < fault.since < NOT_KNOWN:
        python = ".".join(map(str, fault.since))
        text += f" Python {python} may well compile it, and no Airflow that reads it is known here to have that."
    return Finding("DagSyntaxError", tree.place(path), text, line=fault.line)


def _newer(tree: Tree, path: str, fault: SyntaxFault) -> Finding | None:
    known = [each for each in tree.pythons if fault.since and each >= fault.since and each > PYTHON]
    if not known:
        return None
    python = ".".join(map(str, max(known)))
    text = (
        f"{fault.text}. Airflow has Python {python} there, which may well compile it: that it does not compile here is no "
        "reason to hold it back, and nothing else is known of it. Whether it can be imported Airflow says."
    )
    return Finding("SyntaxOfNewerPython", tree.place(path), text, Severity.WARNING, line=fault.line)
