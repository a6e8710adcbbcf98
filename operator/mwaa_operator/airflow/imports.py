"""The proof that an Airflow has imported one revision of a DAG source: no import error, and the very source delivered.

Airflow 3 serves the source of every DAG, which is compared. Airflow 2 serves it too, but at a path that is too long for
AWS to pass on; there a file is proven by having been parsed after MWAA must have copied it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.observed import Observed, State
from ..core.wording import some
from ..resources.airflow import SYNC, Imports, source_hash
from . import counted_imports
from .rest import Airflow, Calls, fits

PROVEN, FAILED, BEFORE = "proven", "failed", "before"
"""What is remembered: the revision that was last proven, or that failed; and when another has come, that there was one."""
SHOWN = 5
RECENT = timedelta(hours=3)
"""How old the last count of import errors may be."""
Dag = Mapping[str, Any]
Counting = Callable[[str, str, datetime, datetime], Awaitable[int | None]]
"""Counts import errors by the metric: takes region, environment, and a time that begins and ends."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ImportFault:
    """A file that Airflow could not import."""

    file: str
    message: str
    at: datetime | None


class ImportsAdapter(ReadOnly[Imports]):
    """Asks; changes nothing. Once a revision is proven, a look costs one call."""

    TYPE: ClassVar[str] = Imports.TYPE

    def __init__(self, calls: Calls, now: Callable[[], datetime] = _now, counting: Counting | None = None) -> None:
        self._calls = calls
        self._now = now
        self._counting = counting

    async def read(self, targets: Sequence[Target[Imports]]) -> Mapping[str, Observed]:
        """Ask each environment's Airflow."""
        return await one_by_one(in_graph(targets), self._ask)

    async def _ask(self, target: Target[Imports]) -> Observed:
        want, known = target.want, target.remembered
        if not want.healthy:
            return _unasked(want, known)
        airflow = Airflow(self._calls, target.region, str(want.environment), str(want.airflow_version))
        if not airflow.answers and self._counting:
            due, now = _time(want.delivered_at) + want.visible_after, self._now()
            since = max(due, now - RECENT)
            asked = self._counting(target.region, airflow.environment, since, now) if now > due else None
            return counted_imports.judged(want, await asked if asked else None, due, now)
        faults = faults_of(await airflow.every("/importErrors", "import_errors"), want)
        if faults:
            return failed(want, faults, known)
        if known.get(PROVEN) != want.revision and (pending := await self._pending(airflow, want)):
            return self._awaited(want, pending, known)
        return _proven(want)

    async def _pending(self, airflow: Airflow, want: Imports) -> list[str]:
        """Name the files of which Airflow has not yet shown that it has imported this very content."""
        by_file: dict[str, list[Dag]] = defaultdict(list)
        if want.hashes:
            for dag in await airflow.every("/dags", "dags"):
                by_file[place(dag.get("relative_fileloc") or dag.get("fileloc") or "")].append(dag)
        watched = sorted(file for file in want.hashes if file in want.awaited or file in by_file)
        proven = await asyncio.gather(*(self._serves(airflow, want, file, by_file[file]) for file in watched))
        return [file for file, yes in zip(watched, proven, strict=True) if not yes]

    async def _serves(self, airflow: Airflow, want: Imports, file: str, dags: list[Dag]) -> bool:
        # the newest first: a DAG that left the file is listed for some minutes with its old source
        for dag in sorted(dags, key=lambda each: each.get("last_parsed_time") or "", reverse=True):
            path = f"/dagSources/{quote(dag['dag_id'], safe='')}"
            if airflow.major >= 3 and want.hashes[file] and fits(path):
                reply = await airflow.ask("GET", path)
                text = reply.body.get("content") if isinstance(reply.body, Mapping) else reply.body
                if reply.ok and isinstance(text, str) and source_hash(text) == want.hashes[file]:
                    return True
            elif _after_sync(dag.get("last_parsed_time"), want):
                return True
        return False

    def _awaited(self, want: Imports, pending: list[str], known: Mapping[str, str]) -> Observed:
        due = _time(want.delivered_at) + want.visible_after
        late = self._now() > due
        when = f"{'it was expected' if late else 'expected'} by {due:%Y-%m-%dT%H:%M:%SZ}"
        hint = (
            ". If this lasts, see whether the file defines a DAG, whether .airflowignore hides it, and what the log group "
            f"airflow-{want.environment}-DAGProcessing says"
        )
        return Observed(
            id=f"{want.environment}/{want.revision}",
            outputs={"proven": False, "errors": []},
            state=State.BUSY,
            reason="SlowerThanUsual" if late else "AwaitingImport",
            message=f"{want.environment} has not imported {some(pending, SHOWN)} of revision {want.revision} yet; {when}"
            + (hint if late else ""),
            remember=_outdated(known),
        )


def _proven(want: Imports) -> Observed:
    return Observed(
        id=f"{want.environment}/{want.revision}",
        outputs={"revision": want.revision, "proven": True, "errors": []},
        message=f"{want.environment} has imported revision {want.revision}",
        remember={PROVEN: str(want.revision)},
    )


def _unasked(want: Imports, known: Mapping[str, str]) -> Observed:
    if known.get(PROVEN) == want.revision:
        return _proven(want)
    return Observed(
        id=f"{want.environment}/{want.revision}",
        outputs={"proven": False, "errors": []},
        state=State.BUSY,
        reason="DependencyNotReady",
        message=f"waits for Environment {want.environment} to be healthy, to ask its Airflow",
        remember=_outdated(known),
    )


def _outdated(known: Mapping[str, str]) -> dict[str, str]:
    """Remember that there was a revision before. Should it come back, it must be proven anew: Airflow may know the other."""
    return {BEFORE: next(iter(known.values()))} if known else {}


def faults_of(errors: Iterable[Mapping[str, Any]], want: Imports) -> list[ImportFault]:
    """Pick the import errors of the source's own files."""
    found = [
        ImportFault(
            place(each.get("filename") or ""), essence(each.get("stack_trace") or ""), _moment(each.get("timestamp"))
        )
        for each in errors
    ]
    return sorted((fault for fault in found if fault.file in want.hashes), key=lambda fault: fault.file)


def failed(want: Imports, faults: list[ImportFault], known: Mapping[str, str]) -> Observed:
    """Show import errors, unless they may still be those of the version before."""
    told = some([f"{fault.file}: {fault.message}" for fault in faults], SHOWN, "; ")
    errors = [{"file": fault.file, "message": fault.message} for fault in faults]
    seen_before = bool(known) and str(want.revision) not in known.values()
    stale = seen_before and all(not fault.at or fault.at < _time(want.delivered_at) + SYNC for fault in faults)
    if stale:
        return Observed(
            id=f"{want.environment}/{want.revision}",
            outputs={"proven": False, "errors": errors},
            state=State.BUSY,
            reason="AwaitingImport",
            message=f"{want.environment} reports errors that may be of the revision before: {told}",
            remember=_outdated(known),
        )
    return Observed(
        id=f"{want.environment}/{want.revision}",
        outputs={"proven": False, "errors": errors},
        state=State.FAILED,
        reason="ImportError",
        message=f"Airflow of {want.environment} cannot import {told}",
        remember={FAILED: str(want.revision)},
    )


def place(file: str) -> str:
    """Give a file's path below the DAG folder, which is `/usr/local/airflow/dags` in MWAA (guide, 02 section 10.2)."""
    return file.partition("/dags/")[2] if file.startswith("/") else file


def essence(trace: str) -> str:
    """Give the line of a traceback that says what is wrong."""
    lines = trace.rpartition("Traceback (most recent call last):\n")[2].splitlines()
    return next((line.strip() for line in lines if line and not line[0].isspace()), trace.strip() or "no details")[:500]


def _after_sync(parsed: Any, want: Imports) -> bool:
    at = _moment(parsed)
    return at is not None and at >= _time(want.delivered_at) + SYNC


def _moment(text: Any) -> datetime | None:
    return _time(text) if text else None


def _time(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
