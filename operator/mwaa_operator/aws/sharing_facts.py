"""What the environments of an account stand on, and what lies in a bucket, for the check of what is shared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..checks.asking import cause
from ..checks.sharing import Others, Used
from ..core.errors import OutsideError, unless_gone
from .mwaa_names import EnvironmentNames
from .session import Aws

LISTED_SECONDS, KEPT_SECONDS = 60.0, 3600.0
"""For how long a list of environments, and the look at one, serve every check of the process."""
MOST = 20
"""How many environments one check looks at: MWAA shows them one at a time, and a creation waits for the check."""


@dataclass
class _Region:
    """What is known of the environments of a region. Of some it is that they went since they were listed: None."""

    seen: dict[str, tuple[float, Used | None]] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Many creations at once are to ask once."""


class SharingFacts:
    """Reads the environments of a region, a few at a time, and the top of a bucket."""

    def __init__(self, aws: Aws, names: EnvironmentNames, clock: Callable[[], float] = time.monotonic) -> None:
        self._aws = aws
        self._names = names
        self._clock = clock
        self._regions: dict[str, _Region] = {}

    async def others(self, region: str, name: str) -> Others:
        """Give what the other environments stand on: as it was seen within an hour, or as a look at a few shows it."""
        known = self._regions.setdefault(region, _Region())
        async with known.lock:
            now = self._clock()
            names = await self._names.read(region, LISTED_SECONDS)
            listed = set(names)
            fresh = {each: seen for each, seen in known.seen.items() if now - seen[0] < KEPT_SECONDS}
            known.seen = {each: seen for each, seen in fresh.items() if each in listed}
            there = [each for each in names if each != name]
            new = [each for each in there if each not in known.seen][:MOST]
            found = await asyncio.gather(*(self._used(region, each) for each in new), return_exceptions=True)
            known.seen |= {
                each: (now, one) for each, one in zip(new, found, strict=True) if not isinstance(one, BaseException)
            }
        used = {each: one for each in there if each in known.seen and (one := known.seen[each][1])}
        unseen = [each for each in there if each not in known.seen]
        failed = [one for one in found if isinstance(one, BaseException)]
        for error in failed:
            if not isinstance(error, OutsideError):
                raise error
        why = f"One check looks at {MOST} environments at most; a later one goes on."
        if failed:
            why = next(cause(each.problem) for each in failed if isinstance(each, OutsideError))
        return Others(used, unseen, why if unseen else "")

    async def top(self, region: str, bucket: str) -> Sequence[str]:
        """Name what lies at the top of a bucket, as far as one answer goes."""
        answer = await self._aws.call(region, "s3", "list_objects_v2", Bucket=bucket, Delimiter="/")
        keys = [each["Key"] for each in answer.get("Contents", ())]
        return [*keys, *(each["Prefix"] for each in answer.get("CommonPrefixes", ()))]

    async def _used(self, region: str, name: str) -> Used | None:
        with unless_gone():
            found = (await self._aws.call(region, "mwaa", "get_environment", Name=name))["Environment"]
            return Used(str(found.get("ExecutionRoleArn", "")), str(found.get("SourceBucketArn", "")))
        return None
