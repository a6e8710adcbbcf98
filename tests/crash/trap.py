"""What waits for a write to do something to it."""

from __future__ import annotations

from typing import Protocol

from mwaa_emulator.client import Emulator

from .points import Case, Fault

HOLDS = {Fault.KILL_BEFORE: "before", Fault.KILL_AFTER: "after"}


class Trap(Protocol):
    """One case, at AWS or at the API server."""

    case: Case

    def sprung(self) -> bool:
        """Tell whether the write has come; then it is held, or its reply is lost."""

    def release(self) -> None:
        """Close the connection of the write that is held; what was held before it was carried out never is."""


class AwsTrap:
    """A rule of the emulator."""

    def __init__(self, emulator: Emulator, case: Case) -> None:
        self.case = case
        self._emulator = emulator
        service, _, operation = case.point.write.partition(":")
        self._id = emulator.fault(
            service,
            operation,
            write=True,
            after=case.point.number - 1,
            count=1,
            hold=HOLDS.get(case.fault),
            reply_lost=case.fault is Fault.LOST,
        )

    def sprung(self) -> bool:
        """Tell whether the write has come; then it is held, or its reply is lost."""
        (rule,) = self._emulator.faults()
        if rule["used"] and self.case.fault is not Fault.LOST:
            self._emulator.wait(self._emulator.holds, f"{self.case.point} to be held")
        return bool(rule["used"])

    def release(self) -> None:
        """Close the connection of the write that is held; what was held before it was carried out never is."""
        self._emulator.release(drop=True)
