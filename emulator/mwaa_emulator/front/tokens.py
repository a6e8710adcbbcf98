"""Idempotency by ClientToken, for the calls where moto has none: same token, same parameters, same answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from mwaa_emulator.wire import Request, Response

#: EC2's own list of idempotent creates, as far as they matter here.
OPERATIONS = frozenset({"CreateNatGateway", "CreateVpcEndpoint", "CreateRouteTable", "CreateSubnet", "CreateFlowLogs"})


@dataclass(frozen=True, slots=True)
class _Done:
    params: dict[str, Any]
    response: Response


class ClientTokens:
    """The answers given to tokens. Whoever asks holds one lock from `earlier` to `remember`, as `Ec2Front` does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: dict[tuple[str, str, str, str], _Done] = {}

    def earlier(self, request: Request) -> tuple[bool, Response | None]:
        """(known, answer): a known token without an answer came with other parameters before."""
        key = _key(request)
        if key is None:
            return False, None
        with self._lock:
            done = self._done.get(key)
        if done is None:
            return False, None
        return True, done.response if done.params == _params(request) else None

    def remember(self, request: Request, response: Response) -> None:
        """Keep the answer of a call that succeeded."""
        key = _key(request)
        if key is not None and response.status < 300:
            with self._lock:
                self._done[key] = _Done(_params(request), response)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._done.clear()


def _key(request: Request) -> tuple[str, str, str, str] | None:
    token = request.params.get("ClientToken")
    if not token or request.operation not in OPERATIONS:
        return None
    return request.account, request.region, request.operation, str(token)


def _params(request: Request) -> dict[str, Any]:
    return {key: value for key, value in request.params.items() if key != "ClientToken"}
