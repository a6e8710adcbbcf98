"""The weekly maintenance window: when it begins. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
SOURCE = "MAINTENANCE"
"""`LastUpdate.Source` of maintenance (docs/fidelity.md)."""


def next_window(start: str, after: datetime) -> datetime:
    """The first moment after another at which a window like `TUE:03:30` (UTC) begins."""
    day, hour, minute = start.split(":")
    begin = after.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    begin += timedelta(days=(_DAYS.index(day) - after.weekday()) % 7)
    return begin if begin > after else begin + timedelta(days=7)
