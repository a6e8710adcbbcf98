"""Which files an `.airflowignore` may hide from Airflow.

The patterns are a stranger's. What may be hidden needs no proof, so that it is no harm to take too much for hidden: no
expression is searched for as it is written, but without what makes a search branch out.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .known import Known
from .module import python_text

IGNORE = ".airflowignore"
PATTERN_LIMIT = 200
"""Characters. What is longer is taken to hide everything."""
LINES_LIMIT = 5000
"""Patterns of a tree. The files from the one on that has more are taken to hide everything below them."""
WORK_LIMIT = 500_000_000
"""Characters of patterns times those of the paths that they speak of, in all files of a tree; beyond, it is the same."""

_ATOM = re.compile(
    r"(\\[^a-zA-Z0-9]|\\[dDsSwWbBAZ]|\[\^?+(?:\]|\\.|[^]\\])(?:\\.|[^]\\])*\]|[^\\\[(){|*+?])([*+?]*)", re.DOTALL
)
"""One character of a regular expression, or a class of such, and how often it may stand there."""
_HIDDEN = Known[frozenset[str]](limit=50)
"""By patterns and paths: one run asks several times."""


@dataclass(frozen=True)
class Pattern:
    """A line of an `.airflowignore`, as a glob (Airflow 3) and as a regular expression (Airflow 2)."""

    glob: re.Pattern[str]
    pieces: tuple[re.Pattern[str], ...] | None
    """What a path has in this order if the expression finds something in it; None: it is no expression."""

    @classmethod
    def of(cls, line: str) -> Pattern:
        """Read a line."""
        glob = line.strip("/") if len(line) <= PATTERN_LIMIT else "*"
        return cls(re.compile(fnmatch.translate(glob)), _compiled(line))

    def hides(self, names: Sequence[str]) -> bool:
        """Tell whether it may hide a file: by its path first, then by the folders that it is in, or by its name."""
        return any(map(self.glob.match, names)) or self._finds(names[0])

    def _finds(self, path: str) -> bool:
        if self.pieces is None:
            return False
        at = 0
        for piece in self.pieces:
            if (found := piece.search(path, at)) is None:
                return False
            at = found.end()
        return True


def hidden(content: Mapping[str, bytes]) -> frozenset[str]:
    """Name the Python files that may be hidden."""
    rules = {path.rpartition("/")[0]: content[path] for path in sorted(content) if path.rpartition("/")[2] == IGNORE}
    if not rules:
        return frozenset()
    paths = sorted(path for path in content if path.endswith(".py"))
    key = hashlib.sha256(repr((paths, rules)).encode()).digest()
    return _HIDDEN.get(key, lambda: frozenset(_hidden(rules, paths)))


def _hidden(rules: Mapping[str, bytes], paths: Iterable[str]) -> Iterator[str]:
    below = defaultdict[str, list[str]](list)
    for path in paths:
        for folder in ("", *_folders(path)):
            if folder in rules:
                below[folder].append(path.removeprefix(f"{folder}/"))
    count = work = 0
    for folder, inside in below.items():
        lines = _lines(rules[folder])
        count += len(lines)
        work += sum(map(len, lines)) * sum(len(path) * (path.count("/") + 2) for path in inside)
        patterns = [Pattern.of(line) for line in (lines if count <= LINES_LIMIT and work <= WORK_LIMIT else ["*"])]
        lead = f"{folder}/" if folder else ""
        yield from (f"{lead}{path}" for path in inside if _hides(patterns, path))


def _hides(patterns: Iterable[Pattern], path: str) -> bool:
    names = (path, *_folders(path), path.rpartition("/")[2])
    return any(each.hides(names) for each in patterns)


def _folders(path: str) -> Sequence[str]:
    """Name the folders that a file is in."""
    return [path[:end] for end, character in enumerate(path) if character == "/"]


def _lines(text: bytes) -> Sequence[str]:
    lines = (line.partition("#")[0].strip() for line in python_text(text).splitlines())
    return list(dict.fromkeys(filter(None, lines)))


def pieces(expression: str) -> tuple[str, ...]:
    """Give what every text has, in this order, in which a regular expression finds something. None of it repeats.

    Whatever may stand there more or less often than once is left out, so that a search takes time in proportion to the text.
    Of what branches (groups, `|`) or counts, and of what is long, nothing is known: it may find something in every text.
    """
    atoms = list(_ATOM.finditer(expression))
    if len(expression) > PATTERN_LIMIT or "".join(atom[0] for atom in atoms) != expression:
        return ("",)
    found = [""]
    for atom in atoms:
        if atom[2]:
            found.append("")
        else:
            found[-1] += atom[1]
    return tuple(found)


def _compiled(expression: str) -> tuple[re.Pattern[str], ...] | None:
    try:
        if len(expression) <= PATTERN_LIMIT:
            re.compile(expression)
    except (re.error, RecursionError, OverflowError):
        return None
    return tuple(re.compile(piece) for piece in pieces(expression))
