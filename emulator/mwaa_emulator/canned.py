"""An Airflow runtime that answers from memory: always healthy, no DAGs but those that a test says it has."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mwaa_emulator.canned_dags import DagMemory, refusal
from mwaa_emulator.clock import wall_now
from mwaa_emulator.runtime import (
    AirflowUnreachableError,
    BucketReader,
    CommandResult,
    EnvironmentRecord,
    Json,
    SessionCookie,
)

_HEALTH_PATHS = {2: "/health", 3: "/monitor/health"}
_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@dataclass(slots=True)
class _Canned:
    health: dict[str, str] = field(default_factory=dict)
    reachable: bool = True
    answers: dict[tuple[str, str], tuple[int, Json]] = field(default_factory=dict)
    memory: DagMemory = field(default_factory=DagMemory)


class CannedAirflow:
    """The runtime `none`: no Airflow runs. Answers can be set per environment, or for all with the ARN `*`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._canned: dict[str, _Canned] = {}

    def set_health(self, arn: str, health: Mapping[str, str] | None, reachable: bool = True) -> None:
        """Say which parts are unhealthy: {"scheduler": "unhealthy"}. None means all are well."""
        with self._lock:
            canned = self._canned.setdefault(arn, _Canned())
            canned.health, canned.reachable = dict(health or {}), reachable

    def set_answer(self, arn: str, method: str, path: str, status: int, body: Json) -> None:
        """Say what one REST call answers."""
        with self._lock:
            self._canned.setdefault(arn, _Canned()).answers[(method.upper(), path.rstrip("/"))] = (status, body)

    def start(self, env: EnvironmentRecord, bucket: BucketReader) -> None:
        """Nothing to start."""

    def ready(self, env: EnvironmentRecord) -> bool:
        """Always."""
        return True

    def failure(self, env: EnvironmentRecord) -> str | None:
        """Never."""
        return None

    def invoke(
        self, env: EnvironmentRecord, method: str, path: str, query: Mapping[str, Any] | None, body: Json
    ) -> tuple[int, Json]:
        """The answer set for this call; else what is remembered of a listed DAG, health, or 404."""
        key = (method.upper(), path.rstrip("/"))
        with self._lock:
            own, common = self._canned.setdefault(env.arn, _Canned()), self._canned.get("*", _Canned())
            if not (own.reachable and common.reachable):
                raise AirflowUnreachableError("the web server does not answer")
            answers = {**common.answers, **own.answers}
            status, listing = answers.get(("GET", "/dags"), (200, {"dags": [], "total_entries": 0}))
            dags = listing.get("dags", ()) if status == 200 and isinstance(listing, Mapping) else ()
            if key == ("GET", "/dags") and dags:
                shown = own.memory.shown(dags)
                gone = len(dags) - len(shown)
                return status, {**listing, "dags": shown, "total_entries": listing.get("total_entries", len(dags)) - gone}
            remembered = answers.get(key) or own.memory.answer(env.major, *key, body, dags)
            return remembered or self._default(env, key, {**common.health, **own.health})

    def _default(self, env: EnvironmentRecord, key: tuple[str, str], health: dict[str, str]) -> tuple[int, Json]:
        if key == ("GET", _HEALTH_PATHS[env.major]):
            return 200, _health(health)
        if key == ("GET", "/version"):
            return 200, {"version": env.airflow_version, "git_version": None}
        if key == ("GET", "/dags"):
            return 200, {"dags": [], "total_entries": 0}
        if key == ("GET", "/importErrors"):
            return 200, {"import_errors": [], "total_entries": 0}
        return refusal(env.major, 404)

    def cli(self, env: EnvironmentRecord, command: str) -> CommandResult:
        """Only `version`, `dags delete` and `variables set` are known, and no variable is kept."""
        match shlex.split(command):
            case ["version"]:
                return CommandResult(f"{env.airflow_version}\n".encode(), b"", 0)
            case ["dags", "delete", "-y" | "--yes", dag_id]:
                with self._lock:
                    self._canned.setdefault(env.arn, _Canned()).memory.delete(dag_id)
                return CommandResult(f"Removed all records of {dag_id}\n".encode(), b"", 0)
            case ["variables", "set", key, _] | ["variables", "set", "--", key, _]:
                return CommandResult(f"Variable {key} created\n".encode(), b"", 0)
        return CommandResult(b"", b"no Airflow runs behind this environment\n", 1)

    def login(self, env: EnvironmentRecord, identity: str) -> SessionCookie:
        """A cookie that proves nothing."""
        return SessionCookie("session" if env.major == 2 else "_token", f"canned-{identity}")

    def base_url(self, env: EnvironmentRecord) -> str | None:
        """There is no web server."""
        return None

    def stop(self, env: EnvironmentRecord) -> None:
        """Forget what was set for this environment, and what was remembered."""
        with self._lock:
            self._canned.pop(env.arn, None)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._canned.clear()


def _health(states: Mapping[str, str]) -> dict[str, Any]:
    heartbeat = wall_now().isoformat()
    answer: dict[str, Any] = {}
    for part in _PARTS:
        answer[part] = {"status": states.get(part, "healthy")}
        if part != "metadatabase":
            answer[part][f"latest_{part}_heartbeat"] = heartbeat
    return answer
