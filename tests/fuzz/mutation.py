"""Cases out of good ones: bytes with pieces changed, and JSON with values in places where they do not belong."""

from __future__ import annotations

import base64
import copy
import zlib
from typing import Any, Self

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
SHARP = (
    "",
    " ",
    "\x00",
    "\ud7ff",
    "..",
    "../x",
    "/",
    "-",
    "*",
    "~",
    "https://u:p@h/r",
    "s3://",
    "arn:::::",
    "9" * 400,
    "a" * 3000,
)
"""Texts that have led others astray."""


class Packed(bytes):
    """Bytes that are shown short, in a way that makes them again."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Make them out of what was shown."""
        return cls(zlib.decompress(base64.b85decode(text)))

    def __repr__(self) -> str:
        return f"Packed.of({base64.b85encode(zlib.compress(self, 9)).decode()!r})"


@st.composite
def mutated(draw: st.DrawFn, seeds: st.SearchStrategy[bytes]) -> bytes:
    """Draw bytes of which some pieces are changed, doubled, cut out, or come from somewhere else."""
    data = bytearray(draw(seeds))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from([1, 1, 1, 2, 4, 8, 64, 512]))
        match draw(st.sampled_from(["set", "set", "insert", "cut", "double", "end"])):
            case "set":
                data[at : at + length] = draw(st.binary(min_size=1, max_size=length))
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=length))
            case "cut":
                del data[at : at + length]
            case "double":
                data[at:at] = data[at : at + length]
            case "end":
                del data[at:]
    return bytes(data)


@st.composite
def disturbed(draw: st.DrawFn, seeds: st.SearchStrategy[Any], names: st.SearchStrategy[str]) -> Any:
    """Draw JSON of which some values are others', or nobody's."""
    value = copy.deepcopy(draw(seeds))
    strange = JSON | st.sampled_from(SHARP)
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(value))
        if not places:
            return draw(strange)
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["set", "set", "drop", "add", "double"])):
            case "set":
                holder[key] = draw(strange)
            case "drop":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(names)] = draw(strange)
            case _ if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Name every place in a value: what holds it, and its key or number there."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *_places(value[key]))]
