"""Whether an environment's web server answers at its own address. AVAILABLE does not say so (guide 04, section 10.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import aiohttp

from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.observed import Observed, State
from ..resources.probes import WebserverAnswers

TIMEOUT = aiohttp.ClientTimeout(total=10)
GRACE = timedelta(minutes=5)
"""How long it may be away, after a start or for a moment, before that is a failure."""
SINCE = "awaySince"
PUBLIC = frozenset({"PUBLIC_ONLY", "PUBLIC_AND_PRIVATE"})


async def get(url: str) -> int:
    """Ask for a page and give its HTTP status.

    Raises:
        aiohttp.ClientError: nobody answers in HTTP, or an empty reply comes.
        TimeoutError: nobody answers in time.
    """
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session, session.get(url, allow_redirects=False) as answer:
        return answer.status


def _now() -> datetime:
    return datetime.now(UTC)


class WebserverProbe(ReadOnly[WebserverAnswers]):
    """Asks; changes nothing."""

    TYPE: ClassVar[str] = WebserverAnswers.TYPE

    def __init__(self, ask: Callable[[str], Awaitable[int]] = get, now: Callable[[], datetime] = _now) -> None:
        self._ask = ask
        self._now = now

    async def read(self, targets: Sequence[Target[WebserverAnswers]]) -> Mapping[str, Observed]:
        """Ask each web server."""
        return await one_by_one(in_graph(targets), self._look)

    async def _look(self, target: Target[WebserverAnswers]) -> Observed:
        want, answers = target.want, False
        try:
            code = await self._ask(f"https://{want.host}/")
            answers, said = code < 500, f"https://{want.host} answers {code}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            code, said = 0, f"https://{want.host} does not answer ({type(error).__name__})"
        name = str(want.environment)
        if answers:
            return Observed(id=name, message=said)
        if not code and want.access_mode not in PUBLIC:
            text = f"{said}. It is private: only an operator with a way into its VPC can tell. Take probes.webserver out"
            return Observed(id=name, reason="WebserverOutOfSight", message=text)
        now = self._now()
        since = target.remembered.get(SINCE) or now.isoformat(timespec="seconds")
        lasting = now - datetime.fromisoformat(since) >= GRACE and want.status != "MAINTENANCE"
        text = (
            f"{said}, since {since}. Look at the security group's own rule, at requirements that do not fit the version "
            f"of Airflow, and into the log group airflow-{name}-WebServer"
        )
        state = State.FAILED if lasting else State.READY
        return Observed(id=name, state=state, reason="WebserverUnreachable", message=text, remember={SINCE: since})
