"""Faults on demand: errors, delays, lost replies, and calls held until they are released.

A rule matches calls by service and operation, lets the first `after` of them pass, then acts on `count` of them
(or on all), each with probability `rate`.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

HOLD_LIMIT = 600.0


class Hold(StrEnum):
    """Where a call is held."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(slots=True)
class Fault:
    """One rule. Without an error the call is carried out, later or without its reply."""

    service: str | None = None
    operation: str | None = None
    account: str | None = None
    params: Mapping[str, Any] | None = None
    write: bool | None = None
    after: int = 0
    count: int | None = None
    rate: float = 1.0
    code: str | None = None
    message: str = ""
    status: int = 400
    delay: float = 0.0
    reply_lost: bool = False
    hold: Hold | None = None
    seed: int | None = None
    id: str = ""
    seen: int = 0
    used: int = 0

    def as_json(self) -> dict[str, Any]:
        """The rule as the admin API shows it, with how often it matched and acted."""
        return asdict(self)


@dataclass(slots=True)
class Held:
    """A call that waits to be released."""

    id: str
    fault: str
    seq: int
    service: str
    operation: str
    where: Hold
    released: threading.Event
    lose_reply: bool = False

    def as_json(self) -> dict[str, Any]:
        """The held call as the admin API shows it."""
        return {key: getattr(self, key) for key in ("id", "fault", "seq", "service", "operation", "where")}


class FaultBook:
    """All rules and all held calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._random: dict[str, random.Random] = {}
        self._held: dict[str, Held] = {}
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        """Take up a rule."""
        with self._lock:
            fault.id = f"fault-{next(self._ids)}"
            self._random[fault.id] = random.Random(fault.seed)
            self._faults.append(fault)
            return fault

    def all(self) -> list[Fault]:
        """The rules in force."""
        with self._lock:
            return list(self._faults)

    def clear(self, fault_id: str | None = None) -> None:
        """Drop one rule or all, and let go the calls that they hold."""
        with self._lock:
            self._faults = [fault for fault in self._faults if fault_id and fault.id != fault_id]
            for held in list(self._held.values()):
                if fault_id in (None, held.fault):
                    held.released.set()

    def match(self, service: str, operation: str, account: str, write: bool, params: Mapping[str, Any]) -> list[Fault]:
        """The rules that act on this call, each used up by one."""
        with self._lock:
            acting = []
            for fault in self._faults:
                if not _concerns(fault, service, operation, account, write, params):
                    continue
                fault.seen += 1
                spent = fault.count is not None and fault.used >= fault.count
                if fault.seen <= fault.after or spent or self._random[fault.id].random() >= fault.rate:
                    continue
                fault.used += 1
                acting.append(fault)
            return acting

    def hold(self, fault: Fault, where: Hold, seq: int, service: str, operation: str) -> Held:
        """Hold the calling thread until released (at most ten minutes)."""
        with self._lock:
            held = Held(f"hold-{next(self._ids)}", fault.id, seq, service, operation, where, threading.Event())
            self._held[held.id] = held
        held.released.wait(HOLD_LIMIT)
        with self._lock:
            self._held.pop(held.id, None)
        return held

    def holds(self) -> list[Held]:
        """The calls held now."""
        with self._lock:
            return [held for held in self._held.values() if not held.released.is_set()]

    def release(self, hold_id: str, lose_reply: bool = False) -> bool:
        """Let a held call go on, or go on without its reply."""
        with self._lock:
            held = self._held.get(hold_id)
            if held is None:
                return False
            held.lose_reply = lose_reply
            held.released.set()
            return True


def _concerns(fault: Fault, service: str, operation: str, account: str, write: bool, params: Mapping[str, Any]) -> bool:
    if fault.service not in (None, service) or fault.operation not in (None, operation):
        return False
    if fault.account not in (None, account) or (fault.write is not None and fault.write != write):
        return False
    return all(str(params.get(key)) == str(value) for key, value in (fault.params or {}).items())


def wait(seconds: float) -> None:
    """The delay of a rule."""
    if seconds > 0:
        time.sleep(seconds)
