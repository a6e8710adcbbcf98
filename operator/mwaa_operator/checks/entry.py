"""One entry of the catalogue of codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """All there is to say about one code."""

    title: str
    meaning: str
    why: str
    """Why AWS needs it, and what would happen."""
    fix: str
    source: str
    """The chapter of the Amazon MWAA User Guide."""
