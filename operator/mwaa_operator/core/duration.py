"""Times as people are told them."""

from __future__ import annotations

from datetime import timedelta

MINUTE = timedelta(minutes=1)


def whole(time: timedelta) -> str:
    """Write a time in whole minutes, and one below a minute in seconds."""
    seconds = int(time.total_seconds())
    return f"{seconds // 60} min" if time >= MINUTE else f"{seconds} s"
