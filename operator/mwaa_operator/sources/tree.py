"""A tree of files as the rules see it that look at more than one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .reading import Reading


@dataclass(frozen=True)
class Tree:
    """All files, and what was read of those in Python."""

    content: Mapping[str, bytes]
    """By their path below the folder."""
    readings: Mapping[str, Reading]
    """Of each Python file."""
    hidden: frozenset[str]
    """Python files that an `.airflowignore` may hide from Airflow."""
    folder: str
    """Where they go to, or come from."""

    def place(self, path: str) -> str:
        """Give a path as findings name it."""
        return f"{self.folder}/{path}" if self.folder else path
