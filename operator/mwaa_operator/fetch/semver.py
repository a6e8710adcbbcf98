"""Versions and ranges of versions, as semver.org and its usual range languages have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import total_ordering

_VERSION = re.compile(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)
_TERM = re.compile(r"(>=|<=|!=|[<>=~^]?)\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[0-9A-Za-z.-]+)?", re.ASCII)


@total_ordering
@dataclass(frozen=True)
class Version:
    """One version; what is behind a `+` does not count."""

    numbers: tuple[int, int, int]
    pre: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Version | None:
        """Read a version such as `v1.2.3` or `1.2.3-rc.1`; None where it is none."""
        if not (found := _VERSION.fullmatch(text)):
            return None
        major, minor, patch, pre = found.groups()
        return cls((int(major), int(minor), int(patch)), tuple(pre.split(".")) if pre else ())

    def __lt__(self, other: Version) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[object, ...]:
        # a release comes after its pre-releases; numbers come before words
        words = tuple((0, int(word), "") if word.isdecimal() else (1, 0, word) for word in self.pre)
        return (self.numbers, not self.pre, words)


def highest(text: str, names: Iterable[str]) -> str | None:
    """Name the tag with the highest version in a range; None where none is in it.

    Args:
        text: terms with blanks or commas between, all of which must hold, and `||` between alternatives. A term is a version
            with `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (the minor version stays), `^` (what is not 0 first stays), or nothing;
            parts may be left out or be `x` or `*`.
        names: of tags, of which many may be no version.

    Raises:
        ValueError: the range means nothing.
    """
    alternatives = [_terms(each) for each in text.split("||")]
    found = [(version, name) for name in names if (version := Version.read(name)) and _holds(version, alternatives)]
    return max(found)[1] if found else None


@dataclass(frozen=True)
class _Term:
    holds: Callable[[Version], bool]
    core: tuple[int, int, int] | None
    """Of which version it names a pre-release: only then are those of that version taken."""


def _holds(version: Version, alternatives: list[list[_Term]]) -> bool:
    return any(
        all(term.holds(version) for term in terms) and (not version.pre or any(t.core == version.numbers for t in terms))
        for terms in alternatives
    )


def _terms(text: str) -> list[_Term]:
    terms, at, text = [], 0, text.strip()
    while at < len(text):
        found = _TERM.match(text, at)
        if not found or (found.end() < len(text) and text[found.end()] not in " ,"):
            raise ValueError(f"`{text}` is no range of versions, such as `>=1.2.0 <2.0.0`, `^1.2` or `1.x`")
        terms.append(_term(*found.groups()))
        at = found.end()
        while at < len(text) and text[at] in " ,":
            at += 1
    if not terms:
        raise ValueError("an empty range of versions takes none")
    return terms


def _term(sign: str, *parts: str | None) -> _Term:
    numbers = [int(part) for part in parts[:3] if part and part.isdecimal()]
    if any(part and part.isdecimal() for part in parts[len(numbers) : 3]):
        raise ValueError("a number may not follow an `x` or `*` in a version")
    pre = tuple(parts[3][1:].split(".")) if parts[3] else ()
    filled = (*numbers, 0, 0, 0)[:3]
    low = Version((filled[0], filled[1], filled[2]), pre)
    core = low.numbers if pre else None
    kept = {"~": min(len(numbers), 2), "^": _fixed(numbers)}.get(sign, len(numbers))
    high = _after(numbers[:kept])
    match sign:
        case ">=":
            return _Term(lambda v: v >= low, core)
        case ">":
            return _Term((lambda v: v > low) if kept == 3 else (lambda v: high is not None and v >= high), core)
        case "<":
            return _Term(lambda v: v < low, core)
        case "<=":
            return _Term((lambda v: v <= low) if kept == 3 else (lambda v: high is None or v < high), core)
        case "!=":
            return _Term(lambda v: v != low if kept == 3 else not _within(v, low, high), core)
        case "" | "=" if kept == 3:
            return _Term(lambda v: v == low, core)
        case _:
            return _Term(lambda v: _within(v, low, high), core)


def _within(version: Version, low: Version, high: Version | None) -> bool:
    # 2.0.0-rc.1 is below 2.0.0, and yet no 1.x
    return version >= low and (high is None or version.numbers < high.numbers)


def _fixed(numbers: list[int]) -> int:
    """Count the parts that `^` keeps: up to the first that is not 0."""
    return next((at + 1 for at, number in enumerate(numbers) if number), len(numbers))


def _after(numbers: list[int]) -> Version | None:
    """Give the first version whose leading parts are others; None where there are none to keep."""
    if not numbers:
        return None
    raised = (*numbers[:-1], numbers[-1] + 1, 0, 0)[:3]
    return Version((raised[0], raised[1], raised[2]))
