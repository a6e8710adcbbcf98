"""A call budget per region and operation, as AWS throttles: one busy object cannot use up the account's quota."""

from __future__ import annotations

import asyncio
import time

RATES = {"s3": 400.0}
"""Calls a second of one operation. S3 takes thousands for each prefix; the control planes of the others throttle early."""
RATE = 20.0
BURST_SECONDS = 3.0


class _Bucket:
    def __init__(self, service: str) -> None:
        self.rate = RATES.get(service, RATE)
        self.tokens = self.most = self.rate * BURST_SECONDS
        self.at = time.monotonic()
        self.lock = asyncio.Lock()


class Budget:
    """A token bucket for each operation in a region: calls beyond the rate wait for their turn, in order."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    async def turn(self, region: str, service: str, operation: str) -> None:
        """Wait until one more call fits."""
        key = (region, service, operation)
        if (bucket := self._buckets.get(key)) is None:
            bucket = self._buckets[key] = _Bucket(service)
        async with bucket.lock:
            now = time.monotonic()
            bucket.tokens = min(bucket.most, bucket.tokens + (now - bucket.at) * bucket.rate)
            bucket.at = now
            bucket.tokens -= 1
            if bucket.tokens < 0:
                await asyncio.sleep(-bucket.tokens / bucket.rate)
