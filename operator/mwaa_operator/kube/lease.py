"""Leadership by a Lease: one process at work, the others ready to take over.

The holder's clock and ours are never compared: a lease counts as lost when it has not changed for its whole duration by our
own monotonic clock, as client-go does it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Terms:
    """How a lease is held, in seconds."""

    duration: float = 30.0
    renew: float = 5.0
    retry: float = 2.0


class LostError(Exception):
    """Somebody else may lead now: this process must stop writing at once."""


class Lease:
    """One candidate for one lease."""

    def __init__(
        self,
        api: Any,
        namespace: str,
        name: str,
        identity: str,
        terms: Terms | None = None,
        wrote: Callable[[str], None] = lambda what: None,
    ) -> None:
        self._leases = client.CoordinationV1Api(api)
        self._namespace, self._name, self._identity = namespace, name, identity
        self._terms = terms or Terms()
        self._wrote = wrote
        self._seen: tuple[str, float] = ("", 0.0)
        self._warned = ""

    @property
    def is_elsewhere(self) -> bool:
        """Whether another process was seen to lead, so that this one stands by."""
        return bool(self._seen[0])

    async def acquire(self) -> None:
        """Wait until this process leads."""
        while not await self._try():
            await asyncio.sleep(self._terms.retry)
        self._seen = ("", 0.0)
        log.info("leading: lease %s/%s is held as %s", self._namespace, self._name, self._identity)

    async def hold(self) -> None:
        """Renew until cancelled.

        Raises:
            LostError: another process holds the lease, or it could not be renewed within its duration.
        """
        renewed, pause = self._now(), self._terms.renew
        while True:
            await asyncio.sleep(pause)
            begun = self._now()
            # whoever waits for the lease counts from its last change: we must be gone before they are done counting
            deadline = renewed + self._terms.duration - self._terms.retry
            try:
                held = await asyncio.wait_for(self._try(holding=True), max(deadline - begun, 0.0))
            except TimeoutError:
                held = False
            if held:
                renewed, pause = begun, self._terms.renew
            elif self._now() >= deadline:
                raise LostError(f"lease {self._namespace}/{self._name} could not be renewed")
            else:
                pause = min(self._terms.retry, max(deadline - self._now(), 0.0))

    async def release(self) -> None:
        """Give the lease back, so that the next process need not wait for its end."""
        try:
            lease = await self._read()
            if lease and lease["spec"].get("holderIdentity") == self._identity:
                lease["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1}
                await self._replace(lease)
        except (ApiException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("the lease was not given back, it ends by itself: %s", error)

    async def _try(self, *, holding: bool = False) -> bool:
        try:
            lease = await self._read()
            if lease is None:
                await self._leases.create_namespaced_lease(self._namespace, self._fresh(), _request_timeout=5.0)
                self._wrote("lease")
                return True
            if holding and self._is_foreign(lease):
                raise LostError(f"lease {self._namespace}/{self._name} is held by {lease['spec']['holderIdentity']}")
            if not self._mine_or_free(lease):
                return False
            spec, now = lease["spec"], _timestamp()
            if spec.get("holderIdentity") != self._identity:
                spec |= {"acquireTime": now, "leaseTransitions": spec.get("leaseTransitions", 0) + 1}
            spec |= {"holderIdentity": self._identity, "renewTime": now, "leaseDurationSeconds": int(self._terms.duration)}
            await self._replace(lease)
            return True
        except (ApiException, aiohttp.ClientError, OSError, TimeoutError) as error:
            self._warn(f"{type(error).__name__}: {getattr(error, 'reason', error)}")
            return False

    def _warn(self, text: str) -> None:
        """Say once what keeps the lease from us."""
        if text != self._warned:
            log.warning("lease %s/%s: %s", self._namespace, self._name, text)
            self._warned = text

    def _is_foreign(self, lease: dict[str, Any]) -> bool:
        return lease["spec"].get("holderIdentity") not in ("", None, self._identity)

    def _mine_or_free(self, lease: dict[str, Any]) -> bool:
        spec, version = lease["spec"], lease["metadata"]["resourceVersion"]
        if not self._is_foreign(lease):
            return True
        if self._seen[0] != version:
            self._seen = (version, self._now())
        return bool(self._now() - self._seen[1] > spec.get("leaseDurationSeconds", self._terms.duration))

    async def _read(self) -> dict[str, Any] | None:
        try:
            lease = await self._leases.read_namespaced_lease(self._name, self._namespace, _request_timeout=5.0)
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        found: dict[str, Any] = self._leases.api_client.sanitize_for_serialization(lease)
        return found

    async def _replace(self, lease: dict[str, Any]) -> None:
        await self._leases.replace_namespaced_lease(self._name, self._namespace, lease, _request_timeout=5.0)
        self._wrote("lease")

    def _fresh(self) -> dict[str, Any]:
        now = _timestamp()
        return {
            "metadata": {"name": self._name, "namespace": self._namespace},
            "spec": {
                "holderIdentity": self._identity,
                "leaseDurationSeconds": int(self._terms.duration),
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": 0,
            },
        }

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
