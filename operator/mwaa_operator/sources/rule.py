"""A rule: a pure function that looks at one thing and names what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.catalogue import version_tuple
from ..core.finding import Finding

T = TypeVar("T")


@dataclass(frozen=True)
class Rule(Generic[T]):
    """A rule, and what it speaks of."""

    look: Callable[[T], Iterator[Finding]]
    """Of a module: leaves `where` empty, since equal files are looked at once."""
    since: str = ""
    """The first version of Airflow of which it is true. Where no version is known it is that of 2 and of 3."""
    before: str = ""
    """The first version of which it is true no more."""
    parsed: bool = False
    """Of a module: said only where Airflow itself looks for DAGs in it, and so runs it again and again."""

    def holds(self, versions: Iterable[str]) -> bool:
        """Tell whether it is true of one of the versions at least."""
        known = [version for text in versions if (version := version_tuple(text))]
        if not known:
            return version_tuple(self.since) <= (2,) and not self.before
        since, before = version_tuple(self.since), version_tuple(self.before)
        return any(since <= version and not (before and version >= before) for version in known)
