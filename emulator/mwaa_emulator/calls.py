"""The record of every call received: who asked what of which service, and how it ended."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

MASK = "***"
_SECRET_WORDS = ("secretstring", "secretbinary", "password", "secretaccesskey", "sessiontoken", "webidentitytoken",
                 "plaintext", "privatekey", "clitoken", "webtoken")  # fmt: skip
_SENSITIVE_MEMBERS = frozenset({"AirflowConfigurationOptions", "Body"})


@dataclass(slots=True)
class Call:
    """One call. `seq` counts arrivals, from 1."""

    seq: int
    time: str
    service: str
    operation: str
    account: str
    region: str
    write: bool
    access_key: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    """What IAM asks the caller to be allowed, whether that is checked or not."""
    granted: list[list[str]] = field(default_factory=list)
    """With IAM enforced: each thing that was asked for and is allowed, as its action and the Sids that allow it."""
    status: int = 0
    code: str = ""
    request_id: str = ""
    seconds: float = 0.0
    reply_lost: bool = False
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        """The call as the admin API shows it."""
        return asdict(self)


class CallLog:
    """The newest calls, in the order of arrival."""

    def __init__(self, size: int = 200_000) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=size)
        self._next = 0

    def number(self) -> int:
        """The number of the call that arrives now."""
        with self._lock:
            self._next += 1
            return self._next

    def add(self, call: Call) -> None:
        """Record a call that has ended."""
        with self._lock:
            self._calls.append(call)

    def select(self, filters: Mapping[str, Any]) -> list[Call]:
        """The calls whose members equal all the filters, in the order of arrival; `since` is the last seq seen."""
        with self._lock:
            calls = list(self._calls)
        since = int(filters.get("since") or 0)
        wanted = {key: value for key, value in filters.items() if key != "since" and value is not None}
        found = [call for call in calls if call.seq > since and all(getattr(call, k) == v for k, v in wanted.items())]
        return sorted(found, key=lambda call: call.seq)

    def clear(self) -> None:
        """Forget all calls. Numbers go on."""
        with self._lock:
            self._calls.clear()


def masked(value: Any, key: str = "") -> Any:
    """The value without its secrets."""
    if key in _SENSITIVE_MEMBERS:
        return dict.fromkeys(value, MASK) if isinstance(value, dict) else MASK
    if isinstance(value, str) and any(word in key.lower() for word in _SECRET_WORDS):
        return MASK
    if isinstance(value, Mapping):
        return {name: masked(item, str(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item, key) for item in value]
    return value
