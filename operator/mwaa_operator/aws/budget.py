"""A call budget per region and service, so that one busy object cannot use up the account's quota."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

RATE_PER_SECOND = 20.0
BURST = 60.0


class _Bucket:
    def __init__(self) -> None:
        self.tokens = BURST
        self.at = time.monotonic()
        self.lock = asyncio.Lock()


class Budget:
    """A token bucket for each region and service: calls beyond the rate wait for their turn, in order."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = defaultdict(_Bucket)

    async def turn(self, region: str, service: str) -> None:
        """Wait until one more call fits."""
        bucket = self._buckets[region, service]
        async with bucket.lock:
            now = time.monotonic()
            bucket.tokens = min(BURST, bucket.tokens + (now - bucket.at) * RATE_PER_SECOND)
            bucket.at = now
            bucket.tokens -= 1
            if bucket.tokens < 0:
                await asyncio.sleep(-bucket.tokens / RATE_PER_SECOND)
