"""Where the statements of a policy stand in its text. Pure."""

from __future__ import annotations

import json
import re

Position = tuple[int, int]
"""Line and column, both from 1."""

_LIST = re.compile(r'"Statement"\s*:(?P<open>\s*\[)?')
_SPACE = re.compile(r"\s*")


def positions(text: str) -> list[tuple[Position, Position]]:
    """Begin and end of each statement of a well-formed policy: from behind the bracket or comma to behind its brace."""
    found = _LIST.search(text)
    if found is None:
        return []
    at, decoder = found.end(), json.JSONDecoder()
    places: list[tuple[Position, Position]] = []
    while True:
        opening = _SPACE.match(text, at)
        assert opening is not None
        if text.startswith("]", opening.end()):
            return places
        _, end = decoder.raw_decode(text, opening.end())
        places.append((_position(text, at), _position(text, end)))
        comma = re.compile(r"\s*,").match(text, end)
        if comma is None or not found["open"]:
            return places
        at = comma.end()


def _position(text: str, at: int) -> Position:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
