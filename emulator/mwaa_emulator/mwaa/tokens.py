"""CLI and web login tokens: random, bound to one environment, good for 60 seconds of wall-clock time."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

#: Guide, 01 sections 14 and 17.
LIFETIME = 60.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows."""

    kind: str
    arn: str
    identity: str
    expires: float


class TokenIssuer:
    """Issues tokens and says what they allow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def issue(self, kind: str, arn: str, identity: str) -> str:
        """A new token for one kind of use."""
        token = secrets.token_urlsafe(48)
        now = time.monotonic()
        with self._lock:
            self._grants = {key: grant for key, grant in self._grants.items() if grant.expires > now}
            self._grants[token] = Grant(kind, arn, identity, now + LIFETIME)
        return token

    def redeem(self, kind: str, token: str) -> Grant | None:
        """The grant of a live token of this kind. It can be used again until it expires."""
        with self._lock:
            grant = self._grants.get(token)
        if grant is None or grant.kind != kind or grant.expires <= time.monotonic():
            return None
        return grant
