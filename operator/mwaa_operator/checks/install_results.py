"""What the lines mean that components write while they install requirements and run the startup script. Pure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.secret import MASK, SECRET_VALUES

HANGS = timedelta(minutes=10)
"""How long a startup script may say nothing before it counts as failed. The guide names no limit."""
LINES, LENGTH = 3, 200
LONGEST, TELLING = 16_384, 100
"""How much is kept of a line, and how many lines that say something."""
NOT_INSTALLED = tuple(
    map(
        re.compile,
        (
            r"No matching distribution found for .*",
            r"Cannot install .* because these package versions have conflicting dependencies.*",
            r"ResolutionImpossible.*",
            r"Could not find a version that satisfies the requirement .*",
            r"ERROR: (?!pip's dependency resolver).*",
            r"error: subprocess-exited-with-error.*",
        ),
    )
)
"""What pip says when it installs nothing, what says most first. Its resolver's remark on other packages is none of them."""
INSTALLED = re.compile(r"Successfully installed|Requirement already satisfied")
FINISHED = re.compile(r"Finished running startup script.*")
VERIFIED = "Verification completed"
PYTHON = re.compile(r"\bPython (?:version is:? )?(\d+\.\d+)(?:\.\d+)?\b")
BEFORE_HOST = re.compile(r"://[^/\s]+@")
ASSIGNED = re.compile(r"((?:password|passwd|token|secret|key|credential)\w*\s*[=:]\s*)\S+", re.IGNORECASE)
LONG_WORD = re.compile(r"(?<![\w/.-])(?=\S*\d)[A-Za-z0-9+/_=.-]{60,}")
"""A token, more likely than not."""


@dataclass(frozen=True)
class Line:
    """One line of a stream."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Result:
    """What one component came to."""

    fine: bool
    words: str
    """What it says, in its own words."""


@dataclass
class Gist:
    """The lines of a stream that say something, its first one and its last ones: of however many there are, no more."""

    count: int = 0
    telling: dict[str, tuple[int, Line]] = field(default_factory=dict)
    last: deque[tuple[int, Line]] = field(default_factory=lambda: deque(maxlen=LINES))

    def add(self, line: Line) -> None:
        """Take the next line."""
        here = (self.count, Line(line.at, line.text[:LONGEST]))
        self.count += 1
        self.last.append(here)
        self.telling.setdefault("first", here)
        for pattern in (*NOT_INSTALLED, INSTALLED):
            if pattern.search(line.text):
                self.telling.setdefault(pattern.pattern, here)
        if FINISHED.search(line.text):
            self.telling[FINISHED.pattern] = here
        if VERIFIED in line.text:
            self.telling.setdefault(VERIFIED, here)
        if (python := PYTHON.search(line.text)) and len(self.telling) < TELLING:
            self.telling.setdefault(python[1], here)

    @property
    def lines(self) -> Sequence[Line]:
        """Give them in their order."""
        kept = dict((*self.telling.values(), *self.last))
        return [kept[number] for number in sorted(kept)]


Streams = Mapping[str, Sequence[Line]]
"""The lines of each stream of a component, the oldest first."""


def of_requirements(streams: Streams, now: datetime) -> Result | None:
    """Say whether a component has installed its requirements; None while nobody knows."""
    return _last(_installed(lines) for lines in _by_time(streams))


def of_script(streams: Streams, now: datetime) -> Result | None:
    """Say whether a component has run its startup script to the end; None while nobody knows."""
    return _last(_ran(lines, now) for lines in _by_time(streams))


def other_python(streams: Streams, python: str) -> str:
    """Give the line of a script that says another Python than the environment's; empty where none does."""
    for lines in streams.values():
        for line in lines:
            found = PYTHON.search(line.text)
            if found and python and found[1] != python:
                return shown(line.text)
    return ""


def shown(text: str) -> str:
    """Give a line as it may stand in status: short, and without what looks like a secret."""
    text = BEFORE_HOST.sub(f"://{MASK}@", " ".join(text.split()))
    text = ASSIGNED.sub(rf"\1{MASK}", SECRET_VALUES.sub(MASK, text))
    return LONG_WORD.sub(MASK, text)[:LENGTH]


def _by_time(streams: Streams) -> list[Sequence[Line]]:
    return sorted((lines for lines in streams.values() if lines), key=lambda lines: lines[0].at)


def _last(results: Iterator[Result | None]) -> Result | None:
    """Take the newest start that came to something: what failed before it was tried again."""
    return next(iter([each for each in results if each][::-1]), None)


def _installed(lines: Sequence[Line]) -> Result | None:
    for pattern in NOT_INSTALLED:
        for line in lines:
            if found := pattern.search(line.text):
                return Result(False, shown(found[0]))
    return Result(True, "installed") if any(INSTALLED.search(line.text) for line in lines) else None


def _ran(lines: Sequence[Line], now: datetime) -> Result | None:
    if ends := [found[0] for line in lines if (found := FINISHED.search(line.text))]:
        return Result(True, shown(ends[-1]))
    if any(VERIFIED in line.text for line in lines):
        return Result(True, VERIFIED)
    if now - lines[-1].at < HANGS:
        return None
    said = " | ".join(shown(line.text) for line in lines[-LINES:])
    return Result(False, f"no end since {lines[-1].at:%H:%M:%SZ}, its last lines: {said}")
