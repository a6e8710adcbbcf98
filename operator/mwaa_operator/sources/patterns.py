"""Which files of a source are meant: patterns as in a `.gitignore`, without `!`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .files import Files, without

ANY_FOLDERS = "**"


@dataclass(frozen=True)
class Pattern:
    """One pattern, step by step: each is the name of a folder or file, or `**` for any number of folders."""

    steps: tuple[re.Pattern[str] | None, ...]
    """None for `**`."""
    of_folder: bool
    """It means folders alone."""

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Read one. With a slash before its end it is meant from the root on, else at any depth."""
        names = text.strip("/").split("/")
        if "/" not in text.rstrip("/"):
            names = [ANY_FOLDERS, *names]
        steps = tuple(None if name == ANY_FOLDERS else re.compile(fnmatch.translate(name)) for name in names)
        return cls(steps, text.endswith("/"))

    def matches(self, path: str) -> bool:
        """Tell whether it means a file, or a folder that the file is in."""
        names, last = path.split("/"), len(self.steps)
        at = self._open({0})
        for depth, name in enumerate(names, 1):
            at = self._open({after for index in at for after in self._after(index, name)})
            if last in at and not (self.of_folder and depth == len(names)):
                return True
        return False

    def _after(self, index: int, name: str) -> tuple[int, ...]:
        """Say where one is after a name."""
        if index == len(self.steps):
            return ()
        step = self.steps[index]
        if step is None:
            return (index, index + 1)
        return (index + 1,) if step.match(name) else ()

    def _open(self, at: set[int]) -> set[int]:
        """Add where one also is since `**` before another step may stand for no folder."""
        found = set(at)
        for index in range(len(self.steps) - 1):
            if index in found and self.steps[index] is None:
                found.add(index + 1)
        return found


def selected(files: Files, include: Sequence[str], exclude: Sequence[str]) -> Files:
    """Leave out what is not meant.

    Args:
        files: all of them.
        include: what is meant; empty for everything.
        exclude: what is left out of that.
    """
    if not include and not exclude:
        return files
    wanted, unwanted = [Pattern.of(each) for each in include], [Pattern.of(each) for each in exclude]

    def left_out(path: str) -> bool:
        meant = not wanted or any(each.matches(path) for each in wanted)
        return not meant or any(each.matches(path) for each in unwanted)

    out = {path for path in files.content if left_out(path)}
    refused = frozenset(path for path in files.refused if not left_out(path))
    return replace(files, content=without(files.content, out), refused=refused)
