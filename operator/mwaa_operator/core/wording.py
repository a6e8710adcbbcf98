"""How messages name many things."""

from __future__ import annotations

from collections.abc import Sequence


def some(words: Sequence[str], most: int, between: str = ", ") -> str:
    """Name the first few, and count the others."""
    more = len(words) - most
    return between.join(words[:most]) + (f" and {more} more" if more > 0 else "")
