"""Spans of time as users write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .rule import matching

_SECONDS = {"s": 1, "m": 60, "h": 3600}

Duration = Annotated[
    str,
    Field(min_length=2, max_length=20),
    matching(r"([0-9]+(s|m|h))+", "must be a duration such as `90s`, `10m` or `1h30m`"),
]


def span(duration: str) -> timedelta:
    """Give a duration as a span of time."""
    found = re.findall(r"([0-9]+)([smh])", duration)
    return timedelta(seconds=sum(int(count) * _SECONDS[unit] for count, unit in found))
