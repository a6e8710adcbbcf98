"""Changes as rows: a mapping has one for each key that is added, removed or changed. Nothing of them is cut. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..core.secret import MASK

NONE = "none"
"""What stands for a value that is not there."""


def rows(change: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give what is changed, how, and what that means for those who use it.

    Args:
        change: as `status.plan` has it.
    """
    old, new = mapping_of(change["observed"]), mapping_of(change["desired"])
    if not (old or new) or (old is None and _there(change["observed"])) or (new is None and _there(change["desired"])):
        yield change["path"], f"{_text(parsed(change['observed']))} -> {_text(parsed(change['desired']))}", change["effect"]
        return
    yield change["path"], "", change["effect"]
    for key, before, after in _keys(old or {}, new or {}):
        yield f"  {key}", f"{before} -> {after}", ""


def parsed(value: object) -> object:
    """Give a value as it is: the status of an object has a mapping or a list as JSON."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        with suppress(ValueError):
            return json.loads(value)
    return value


def mapping_of(value: object) -> Mapping[str, Any] | None:
    """Give a value that is a mapping; None of any other."""
    found = parsed(value)
    return found if isinstance(found, Mapping) else None


def _there(value: object) -> bool:
    return value not in (None, NONE)


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give each key with both values: the changed ones first, then what goes, then what comes."""
    for key in [*(key for key in old if key in new), *(key for key in old if key not in new)]:
        yield from _leaves(key, old[key], new.get(key))
    for key in new:
        if key not in old:
            yield from _leaves(key, None, new[key])


def _leaves(key: str, old: object, new: object) -> Iterator[tuple[str, str, str]]:
    """Go into mappings of mappings, such as log levels, where they are changed; two masks may hide two values."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for inner, before, after in _keys(old, new):
            if before != after or MASK in before:
                yield f"{key}.{inner}", before, after
    else:
        yield key, _text(old), _text(new)


def _text(value: object) -> str:
    if value is None:
        return NONE
    # what would break the line, or could not be seen, is written as JSON
    return value if isinstance(value, str) and value.isprintable() and value else json.dumps(value)
