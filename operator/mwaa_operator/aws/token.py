"""Idempotency tokens: the same wish gives the same token in every process."""

from __future__ import annotations

import hashlib
from typing import Any

from ..core.adapter import Target


def client_token(target: Target[Any]) -> str:
    """Derive the ClientToken of a create call (at most 64 characters).

    The recorded id is part of it: after somebody deleted that thing, the same token would bring back the dead one.
    """
    text = f"{target.owner.uid}/{target.name}/{target.generation}/{target.id}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]
