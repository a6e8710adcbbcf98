"""Idempotency tokens: the same object, part and generation give the same token in every process."""

from __future__ import annotations

import hashlib
from typing import Any

from ..core.adapter import Target


def client_token(target: Target[Any]) -> str:
    """Derive the ClientToken of a create call (at most 64 characters)."""
    text = f"{target.owner.uid}/{target.name}/{target.generation}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]
