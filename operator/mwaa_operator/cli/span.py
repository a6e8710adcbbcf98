"""A span of time as an option: 90s, 10m, 2h or 3d."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Span(click.ParamType[timedelta]):
    """A span such as 90s, 10m, 2h or 3d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it."""
        if isinstance(value, timedelta):
            return value
        if not (match := re.fullmatch(r"(\d+)([smhd])", str(value))):
            self.fail(f"{value!r} is no span of time: write 90s, 10m, 2h or 3d", param, ctx)
        try:
            return timedelta(**{UNITS[match[2]]: int(match[1])})
        except OverflowError:
            self.fail(f"{value!r} is too long a span of time: write 90s, 10m, 2h or 3d", param, ctx)
