"""What is kept of a Python file once it was parsed: little, since there may be ten thousand."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.finding import Finding
from .module import Module, SyntaxFault
from .rule import Rule


@dataclass(frozen=True)
class Reading:
    """The facts of a file, whatever its name."""

    makes_none: bool = True
    """Airflow's safe mode skips it, so that it makes no DAG whatever it does."""
    fault: SyntaxFault | None = None
    """Why it does not compile; then nothing else is known of it but `dag_calls`, by its lines."""
    dag_ids: frozenset[str] = frozenset()
    """Those that are written out."""
    dag_calls: int = 0
    """Calls at its top level that surely make a DAG."""
    dag_calls_are_all: bool = False
    """There are surely no others."""
    imports: frozenset[str] = frozenset()
    """The full names of what it imports."""
    is_relative: bool = False
    """It imports its neighbours by dots."""
    findings: tuple[tuple[Rule[Module], Finding], ...] = ()
    """What the rules say of it, each with the rule that says so; `where` is empty."""
