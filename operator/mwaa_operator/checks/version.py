"""Versions of Airflow, to compare them."""

from __future__ import annotations

import re

Version = tuple[int, ...]


def version(text: str | None) -> Version | None:
    """Read a version such as `2.10.3`; None when there is none or it is written otherwise."""
    found = re.match(r"\d+(\.\d+)*", text or "")
    return tuple(int(part) for part in found[0].split(".")) if found else None


def before(text: str | None, least: str) -> bool:
    """Tell whether a version is known and older than another; without a version AWS takes its newest."""
    known, other = version(text), version(least)
    return known is not None and other is not None and known < other
