"""What the components of an environment say of their requirements and their startup script, in CloudWatch Logs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from ..checks.install_results import Gist, Line, Result, Streams, of_requirements, of_script, other_python
from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.observed import Observed, State
from ..resources.install_logs import COMPONENTS, STREAMS, InstallLogs
from .session import Aws

PACE = timedelta(minutes=2)
"""How often the logs are read while AWS is at work, and until all components have said something."""
LINGER = timedelta(minutes=20)
"""For how long after that, where some of them say nothing, or that they failed: a container may be started anew."""
EVENTS = 100_000
"""How many lines of a component are read at most: they are written by whoever writes the script."""
OLD = timedelta(days=1)
"""What began before was not asked for by anybody who waits: its logs may be long, and are not read."""
WORKS = frozenset({"CREATING", "PENDING", "UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK"})
OF, LOOKED, REST, DONE, FOUND, MESSAGE = "of", "looked", "rest", "done", "found", "message"
"""What is remembered: of which start, when it was looked at last, since when AWS rests, whether it is looked at no more, and
what was found (a key of `REASONS`; none: that all is well)."""
AWAITS, UNSEEN, PYTHON = "awaits", "unseen", "python"
REASONS: Mapping[str, str] = {
    AWAITS: "InstallAwaited",
    UNSEEN: "InstallUnseen",
    PYTHON: "PythonVersionDiffers",
    "requirements": "RequirementsNotInstalled",
    "startup_script": "StartupScriptFailed",
}
LIMIT = 900
Judge = Callable[[Streams, datetime], Result | None]
JUDGES: Mapping[str, Judge] = {"requirements": of_requirements, "startup_script": of_script}
WHAT = {"requirements": "the requirements", "startup_script": "the startup script"}
EMPTIED = "the startup script left the spec: AWS cannot take one away, so that an empty one is in its place"
AWAITED = {
    "requirements": "each component installs the requirements as it restarts, which takes AWS 10 to 30 minutes",
    "startup_script": "the startup script runs as each component restarts, which takes AWS 10 to 30 minutes",
}


FAILURE = {
    "requirements": "pip has not installed the requirements: {}. Correct requirements.txt: nothing of it is installed there",
    "startup_script": "the startup script has not come to its end: {}. Correct it, or guard what cannot run there",
}


def _now() -> datetime:
    return datetime.now(UTC)


class InstallLogReader(ReadOnly[InstallLogs]):
    """Reads after an update only: what it found is remembered, and costs no call then."""

    TYPE: ClassVar[str] = InstallLogs.TYPE

    def __init__(self, aws: Aws, now: Callable[[], datetime] = _now) -> None:
        self._aws = aws
        self._now = now

    async def read(self, targets: Sequence[Target[InstallLogs]]) -> Mapping[str, Observed]:
        """Look at each file of each environment."""
        return await one_by_one(in_graph(targets), self._look)

    async def _look(self, target: Target[InstallLogs]) -> Observed:
        want, known, now = target.want, dict(target.remembered), self._now()
        if want.emptied:
            return Observed(id=str(want.environment), outputs={"done": True}, message=EMPTIED)
        begun = _begun(want)
        if known.get(OF) != begun:
            known = {OF: begun}
        if known.get(DONE) or (LOOKED in known and now - datetime.fromisoformat(known[LOOKED]) < PACE):
            return _told(want, known)
        if now - datetime.fromisoformat(begun) > OLD:
            text = f"what became of {WHAT[want.file]} was not read: the last update is more than a day old"
            return _told(want, {OF: begun, DONE: "yes", FOUND: UNSEEN, MESSAGE: text})
        rest = "" if want.status in WORKS else known.get(REST) or now.isoformat(timespec="seconds")
        try:
            said = await self._said(target.region, want, begun)
        except OutsideError as error:
            found = _unread(want, error)
        else:
            found = _judged(want, said, now)
        lasts = bool(rest) and now - datetime.fromisoformat(rest) >= LINGER
        ends = found.pop(DONE, "") or lasts
        if lasts and found.get(FOUND) == AWAITS:
            found |= {FOUND: UNSEEN, MESSAGE: _silent(want)}
        looked = now.isoformat(timespec="seconds")
        kept = {OF: begun, LOOKED: looked, REST: rest, DONE: "yes" if rest and ends else "", **found}
        return _told(want, {name: value for name, value in kept.items() if value})

    async def _said(self, region: str, want: InstallLogs, begun: str) -> Mapping[str, Streams]:
        """Give the streams of each component whose log is enabled."""
        groups = {name: f"airflow-{want.environment}-{part}" for part, name in COMPONENTS.items()}
        assert isinstance(want.log_groups, Sequence)
        there = {name: group for name, group in groups.items() if group in want.log_groups}
        read = await asyncio.gather(*(self._streams(region, group, STREAMS[want.file], begun) for group in there.values()))
        return dict(zip(there, read, strict=True))

    async def _streams(self, region: str, group: str, prefix: str, begun: str) -> Streams:
        start = int(datetime.fromisoformat(begun).timestamp() * 1000)
        params = {"logGroupName": group, "logStreamNamePrefix": prefix, "startTime": start}
        found, count = defaultdict[str, Gist](Gist), 0
        with unless_gone():
            async for events in self._aws.by_page(region, "logs", "filter_log_events", "events", **params):
                if (count := count + len(events)) > EVENTS:
                    # the oldest come first, and how it ended is not known
                    raise OutsideError(
                        Problem(Trouble.REFUSED, "InstallUnseen", f"{group} has more than {EVENTS} lines of it")
                    )
                for event in sorted(events, key=lambda each: each["timestamp"]):
                    if event["logStreamName"].startswith(prefix):
                        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                        found[event["logStreamName"]].add(Line(at, event["message"]))
            return {name: gist.lines for name, gist in found.items()}
        return {}


def _begun(want: InstallLogs) -> str:
    last = want.last_update
    assert isinstance(last, Mapping)
    return str(last.get("created_at") or want.created_at)


def _judged(want: InstallLogs, said: Mapping[str, Streams], now: datetime) -> dict[str, str]:
    if not said:
        return {DONE: "yes", FOUND: UNSEEN, MESSAGE: _silent(want)}
    results = {name: JUDGES[want.file](streams, now) for name, streams in said.items()}
    if bad := {name: result.words for name, result in results.items() if result and not result.fine}:
        words = "; ".join(f"{name}: {text}" for name, text in bad.items())
        return {FOUND: want.file, MESSAGE: FAILURE[want.file].format(words)}
    all_said = {DONE: "yes"} if all(results.values()) else {}
    for name, streams in said.items():
        if want.file == "startup_script" and (line := other_python(streams, want.python)):
            text = (
                f"{name}: the startup script says {line!r}, and the Python of this Airflow is {want.python}: AWS supports "
                "no other. Take out what changes it"
            )
            return {**all_said, FOUND: PYTHON, MESSAGE: text}
    told = "; ".join(f"{name}: {result.words}" for name, result in results.items() if result)
    if all_said:
        return {**all_said, MESSAGE: told}
    return {FOUND: AWAITS, MESSAGE: f"{AWAITED[want.file]}{f' ({told})' if told else ''}"}


def _silent(want: InstallLogs) -> str:
    return (
        f"no log has a line about {WHAT[want.file]}: see whether spec.loggingConfiguration sends the logs of scheduler, "
        "worker and web server at INFO, and whether the execution role may write them"
    )


def _unread(want: InstallLogs, error: OutsideError) -> dict[str, str]:
    """Say that the logs cannot be read: that is no fault of the environment, and holds nothing up."""
    problem = error.problem
    hint = (
        ". Allow the operator logs:FilterLogEvents on the log groups airflow-*" if problem.trouble is Trouble.DENIED else ""
    )
    text = f"what became of {WHAT[want.file]} could not be read: {(problem.plain or problem.message).rstrip('.')}{hint}"
    return {FOUND: UNSEEN, MESSAGE: text}


def _told(want: InstallLogs, known: Mapping[str, str]) -> Observed:
    """Say what is remembered."""
    message, found = known.get(MESSAGE, "")[:LIMIT], known.get(FOUND, "")
    return Observed(
        id=str(want.environment),
        outputs={"done": bool(known.get(DONE))},
        state=State.FAILED if found in FAILURE else State.READY,
        reason=REASONS.get(found, ""),
        message=message,
        remember={**known, MESSAGE: message} if message else dict(known),
    )
