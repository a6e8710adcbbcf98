"""An AWS whose caller dies, for all tests that run the engine over a real endpoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3

from mwaa_operator.aws.session import READS, Aws, Call


@cache
def session() -> boto3.Session:
    """Give the one session of all tests: reading a service model takes longer than most of them."""
    return boto3.Session()


class Killed(BaseException):
    """The process ends here: nothing catches it."""


class CrashingAws(Aws):
    """An AWS whose caller dies at a given write: before it is sent, or before its reply is read."""

    def __init__(self, seen: Callable[[Call], None]) -> None:
        super().__init__("test", seen)
        self._session = session()
        self.writes = 0
        self.die_before: int | None = None
        self.die_after: int | None = None
        self._dead = False

    async def call(self, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        if self._dead:
            raise Killed
        if operation.startswith(READS):
            return await super().call(region, service, operation, **params)
        self.writes += 1
        number = self.writes
        if number == self.die_before:
            self._die()
        answer = await super().call(region, service, operation, **params)
        if number == self.die_after:
            self._die()
        return answer

    def _die(self) -> None:
        self._dead = True
        raise Killed


def taken(calls: list[Call], *, writes: bool = True) -> list[str]:
    """Name the calls so far, and forget them."""
    names = [call.operation for call in calls if call.operation.startswith(READS) is not writes]
    calls.clear()
    return names
