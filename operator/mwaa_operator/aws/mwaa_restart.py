"""Restarts that a user asked for by an annotation: each is done once, and AWS does not tell which one was the last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..core.adapter import Target
from ..resources.mwaa import Environment
from . import mwaa_options

RESTARTED, SENT = "restartedFor", "restartSentFor"
"""Under these the value of the last restart that was asked for is remembered: begun, and about to be sent."""


def done(asked: str | None) -> dict[str, str]:
    """Say what to remember of a restart that has begun."""
    return {RESTARTED: asked} if asked else {}


def foretold(target: Target[Environment], asked: str | None) -> dict[str, str]:
    """Say what to remember before an update is sent; `asked` is the restart that goes with it."""
    return {**done(target.remembered.get(RESTARTED)), **({SENT: asked} if asked else {})}


def last(environment: Mapping[str, Any], target: Target[Environment]) -> str | None:
    """Say which restart was asked for last and done; without a memory of it, by when AWS was last at work on it."""
    asked, known = target.model.restart_at if target.model else None, target.remembered
    if asked is None:
        return known.get(RESTARTED)
    if known.get(SENT) == asked and not mwaa_options.never_arrived(environment, known):
        return asked
    if RESTARTED in known:
        return known[RESTARTED]
    begun = [when for when in (environment.get("CreatedAt"), (environment.get("LastUpdate") or {}).get("CreatedAt")) if when]
    try:
        moment = datetime.fromisoformat(asked)
    except ValueError:
        return None
    return asked if any(when >= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) for when in begun) else None
