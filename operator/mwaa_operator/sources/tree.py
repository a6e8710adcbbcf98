"""A tree of files as the rules see it that look at more than one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .ignored import IGNORE
from .newer_syntax import Version
from .reading import Reading


def is_read(path: str) -> bool:
    """Tell whether a rule looks into a file; of all others the name is enough."""
    return path.endswith(".py") or path.rpartition("/")[2] == IGNORE


@dataclass(frozen=True)
class Tree:
    """All files, and what was read of those in Python."""

    content: Mapping[str, bytes]
    """By their path below the folder; empty where no rule looks into it (`is_read`)."""
    readings: Mapping[str, Reading]
    """Of each Python file."""
    hidden: frozenset[str]
    """Python files that an `.airflowignore` may hide from Airflow."""
    folder: str
    """Where they go to, or come from."""
    pythons: tuple[Version, ...] = ()
    """The versions of Python that will import them, as far as they are known."""

    def place(self, path: str) -> str:
        """Give a path as findings name it."""
        return f"{self.folder}/{path}" if self.folder else path
