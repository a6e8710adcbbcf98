"""What a canned Airflow remembers of its DAGs: which of them are paused, and the runs that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from mwaa_emulator.clock import wall_now
from mwaa_emulator.runtime import Json

Dag = Mapping[str, Any]
ALL = "~"
"""Stands for any DAG in Airflow's paths."""


class DagMemory:
    """Pauses and runs of one environment. Nothing is run: a run has succeeded as soon as its DAG is not paused."""

    def __init__(self) -> None:
        self._paused: dict[str, bool] = {}
        self._runs: list[dict[str, Any]] = []
        self._deleted: set[str] = set()

    def shown(self, dags: Sequence[Dag]) -> list[Dag]:
        """The DAGs, with what a PATCH has changed, and without those that were deleted."""
        return [{**dag, **self._changed(dag["dag_id"])} for dag in dags if dag["dag_id"] not in self._deleted]

    def delete(self, dag_id: str) -> None:
        """Forget a DAG and its runs, as `airflow dags delete` does."""
        self._deleted.add(dag_id)
        self._runs = [run for run in self._runs if run["dag_id"] != dag_id]

    def answer(self, major: int, method: str, path: str, body: Json, dags: Sequence[Dag]) -> tuple[int, Json] | None:
        """The answer to a call about one of these DAGs or its runs; None for any other."""
        known = {dag["dag_id"]: dag for dag in dags}
        match [method, *(unquote(part) for part in path.strip("/").split("/"))]:
            case ["GET", "dags", dag_id] if dag_id in known:
                return 200, self._dag(known[dag_id])
            case ["PATCH", "dags", dag_id] if dag_id in known:
                return self._patch(major, known[dag_id], body or {})
            case ["GET", "dags", dag_id, "dagRuns"] if dag_id in known or dag_id == ALL:
                runs = [self._seen(run, known) for run in self._runs if dag_id in (ALL, run["dag_id"])]
                return 200, {"dag_runs": runs, "total_entries": len(runs)}
            case ["POST", "dags", dag_id, "dagRuns"] if dag_id in known:
                return self._start(major, dag_id, body or {})
            case ["GET", "dags", dag_id, "dagRuns", run_id] if run := self._run(dag_id, run_id):
                return 200, self._seen(run, known)
        return None

    def _changed(self, dag_id: str) -> dict[str, bool]:
        return {"is_paused": self._paused[dag_id]} if dag_id in self._paused else {}

    def _dag(self, dag: Dag) -> dict[str, Any]:
        return {"is_paused": True, **dag, **self._changed(dag["dag_id"])}

    def _patch(self, major: int, dag: Dag, body: Mapping[str, Any]) -> tuple[int, Json]:
        if not isinstance(body.get("is_paused"), bool):
            return refusal(major, 422 if major >= 3 else 400)
        self._paused[dag["dag_id"]] = body["is_paused"]
        return 200, self._dag(dag)

    def _start(self, major: int, dag_id: str, body: Mapping[str, Any]) -> tuple[int, Json]:
        if major >= 3 and "logical_date" not in body:
            return refusal(major, 422)
        asked = wall_now().isoformat()
        run_id = body.get("dag_run_id") or f"manual__{asked}"
        if self._run(dag_id, run_id):
            return refusal(major, 409)
        times = {"logical_date": body["logical_date"], "run_after": asked} if major >= 3 else {"execution_date": asked}
        run = {"dag_id": dag_id, "dag_run_id": run_id, "run_type": "manual", "queued_at": asked, **times}
        self._runs.append({**run, "conf": body.get("conf") or {}})
        return 200, {**self._runs[-1], "state": "queued"}

    def _run(self, dag_id: str, run_id: str) -> dict[str, Any] | None:
        return next((run for run in self._runs if (run["dag_id"], run["dag_run_id"]) == (dag_id, run_id)), None)

    def _seen(self, run: Mapping[str, Any], known: Mapping[str, Dag]) -> dict[str, Any]:
        paused = self._dag(known.get(run["dag_id"], {"dag_id": run["dag_id"]}))["is_paused"]
        return {**run, "state": "queued" if paused else "success"}


def refusal(major: int, status: int) -> tuple[int, Json]:
    """An error in the form of this major version."""
    title = HTTPStatus(status).phrase
    if major >= 3:
        return status, {"detail": title}
    return status, {"detail": None, "status": status, "title": title, "type": "about:blank"}
