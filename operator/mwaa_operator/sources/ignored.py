"""Which files an `.airflowignore` may hide from Airflow."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from .module import python_text

IGNORE = ".airflowignore"
REPEATS_LIMIT = 3
"""A pattern that repeats more may take for ever to search for: it is not tried, and taken to hide everything."""


def hidden(content: Mapping[str, bytes]) -> frozenset[str]:
    """Name the Python files that may be hidden."""
    rules = [(PurePosixPath(path).parent, content[path]) for path in content if PurePosixPath(path).name == IGNORE]
    if not rules:
        return frozenset()
    return frozenset(
        path for path in content if path.endswith(".py") and any(_hides(folder, data, path) for folder, data in rules)
    )


def _hides(folder: PurePosixPath, ignore: bytes, path: str) -> bool:
    """Take a pattern as a regular expression (Airflow 2) and as a glob (Airflow 3): what may be hidden needs no proof."""
    if folder not in PurePosixPath(path).parents:
        return False
    below = str(PurePosixPath(path).relative_to(folder))
    for line in python_text(ignore).splitlines():
        pattern = line.partition("#")[0].strip()
        if not pattern:
            continue
        glob = pattern.strip("/")
        names = [below, *(str(parent) for parent in PurePosixPath(below).parents), PurePosixPath(below).name]
        if any(fnmatch.fnmatch(name, glob) for name in names) or _searches(pattern, below):
            return True
    return False


def _searches(pattern: str, path: str) -> bool:
    if re.search(r"\)[*+{]", pattern) or len(re.findall(r"[*+{]", pattern)) > REPEATS_LIMIT:
        return True
    try:
        return re.search(pattern, path) is not None
    except (re.error, RecursionError, OverflowError):
        return False
