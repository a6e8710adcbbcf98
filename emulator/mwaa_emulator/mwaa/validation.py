"""Checks a value against a shape of the model, as AWS does: every fault is found, then all are told at once.

The wording of the constraints is the one AWS services of this protocol use ("Value ... at '...' failed to satisfy
constraint: ..."). See docs/fidelity.md for what is known and what is assumed.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

_CLASS = re.compile(r"\\p\{(\w+)\}")
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
    "double": (int, float),
    "float": (int, float),
}


def faults(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """Every way in which the value breaks the shape, each as AWS words it."""
    if shape.metadata.get("document"):
        return
    kind = shape.type_name
    expected = _PYTHON_TYPES.get(kind)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean")):
        yield _fault(shape, value, path, f"Member must be of type {kind}")
        return
    if kind == "structure":
        yield from _structure_faults(shape, value, path)
    elif kind == "list":
        yield from _size_faults(shape, value, path, len(value), "length")
        for index, item in enumerate(value, start=1):
            yield from faults(shape.member, item, f"{path}.{index}.member")
    elif kind == "map":
        yield from _size_faults(shape, value, path, len(value), "length")
        for key, item in value.items():
            yield from faults(shape.key, key, f"{path}.key")
            yield from faults(shape.value, item, f"{path}.{key}.member")
    elif kind == "string":
        yield from _string_faults(shape, value, path)
    elif kind in ("integer", "long", "double", "float"):
        yield from _size_faults(shape, value, path, value, "value")


def message(found: list[str]) -> str:
    """The text of one ValidationException for all faults."""
    noun = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {noun} detected: " + "; ".join(found)


def _structure_faults(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from faults(member, value[name], _join(path, name))


def _string_faults(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _size_faults(shape, value, path, len(value), "length")
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield _fault(shape, value, path, f"Member must satisfy regular expression pattern: {pattern}")
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield _fault(shape, value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")


def _size_faults(shape: Any, value: Any, path: str, size: float, noun: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _fault(shape, value, path, f"Member must have {noun} greater than or equal to {least}")
    if most is not None and size > most:
        yield _fault(shape, value, path, f"Member must have {noun} less than or equal to {most}")


def _fault(shape: Any, value: Any, path: str, constraint: str) -> str:
    shown = "***" if shape.metadata.get("sensitive") else str(value)
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    lower = name[:1].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for Python, whose `re` knows no Unicode categories (p{L} and the like)."""
    return re.compile(_CLASS.sub(lambda found: _category(found[1]), pattern))


@cache
def _category(initial: str) -> str:
    """A Unicode category as ranges to stand inside brackets."""
    ranges: list[str] = []
    start: int | None = None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(initial)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(ranges)
