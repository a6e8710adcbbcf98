"""How long AWS has been at work: remembered by what it did, for those who plan the same again. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .memory import PartMemory
from .observed import Observed, Sight, State


def rested(known: PartMemory, sight: Sight, now: datetime) -> PartMemory:
    """Note that AWS is at work no more, and how long it took, where it ended well: what failed says nothing of the rest."""
    well = sight is None or (isinstance(sight, Observed) and sight.state is State.READY and not sight.failure)
    took = dict(known.took)
    if known.since and known.doing and well:
        took[known.doing] = str(int((now - datetime.fromisoformat(known.since)).total_seconds()))
    return replace(known, since=None, doing=None, took=took)
