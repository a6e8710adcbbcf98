"""One DAG run for each revision: unpaused, started once, watched to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from ..core.adapter import Target, in_graph, one_by_one
from ..core.call import Calls as Named
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble
from ..core.observed import Observed, State
from ..resources.airflow import DagRun
from .rest import Airflow, Calls, dag_path, fits

SUCCEEDED = "succeeded"
"""What is remembered: the run that succeeded, so that a steady look costs no call."""
STARTED_AT = ("queued_at", "run_after", "execution_date", "logical_date", "start_date")
"""Where the versions of Airflow say when a run was asked for, best first."""
ORDER = {2: "-execution_date", 3: "-run_after"}


def _now() -> datetime:
    return datetime.now(UTC)


class DagRunAdapter:
    """A run is known by its id, which names the revision."""

    TYPE: ClassVar[str] = DagRun.TYPE
    CALLS: ClassVar[Named] = {"create": "airflow:InvokeRestApi"}

    def __init__(self, calls: Calls, now: Callable[[], datetime] = _now) -> None:
        self._calls = calls
        self._now = now

    async def read(self, targets: Sequence[Target[DagRun]]) -> Mapping[str, Observed]:
        """Look at each run. One whose DAG source or environment has left is not looked at: Airflow keeps its runs."""
        return await one_by_one(in_graph(targets), self._look)

    async def create(self, target: Target[DagRun]) -> Observed:
        """Unpause the DAG and start the run. That it was started already is success."""
        want, airflow = target.want, self._airflow(target)
        unpaused = await airflow.ask("PATCH", dag_path(want.dag_id), body={"is_paused": False})
        if unpaused.status == 404:
            raise OutsideError(
                Problem(
                    Trouble.REFUSED,
                    "DagNotFound",
                    f"Airflow of {want.environment} has no DAG {want.dag_id}: correct spec.verify.dagId, or deliver it",
                )
            )
        airflow.expect(unpaused, f"unpause DAG {want.dag_id}")
        body: dict[str, Any] = {"dag_run_id": want.run_id}
        if airflow.major >= 3:
            body["logical_date"] = None  # must be given there; with none, runs of one DAG never collide
        reply = await airflow.ask("POST", dag_path(want.dag_id, "dagRuns"), body=body)
        if reply.status != 409:
            return self._observed(want, airflow.expect(reply, f"start a run of DAG {want.dag_id}"))
        return await self._look(target) or self._observed(want, {"state": "queued"})

    async def update(self, target: Target[DagRun], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Never due: a run has nothing that could be changed."""
        raise NotImplementedError

    async def delete(self, target: Target[DagRun], observed: Observed) -> None:
        """Leave it: runs are Airflow's history."""

    def _airflow(self, target: Target[DagRun]) -> Airflow:
        return Airflow(self._calls, target.region, str(target.want.environment), str(target.want.airflow_version))

    async def _look(self, target: Target[DagRun]) -> Observed | None:
        want, airflow = target.want, self._airflow(target)
        if target.remembered.get(SUCCEEDED) == want.run_id:
            return self._observed(want, {"state": "success"})
        path = dag_path(want.dag_id, "dagRuns", want.run_id)
        if fits(path):
            reply = await airflow.ask("GET", path)
            return None if reply.status == 404 else self._observed(want, airflow.expect(reply, f"GET {path}"))
        path = dag_path(want.dag_id, "dagRuns")
        reply = await airflow.ask("GET", path, {"limit": 100, "order_by": ORDER.get(airflow.major, ORDER[3])})
        if reply.status == 404:
            return None
        runs = airflow.expect(reply, f"GET {path}").get("dag_runs", [])
        return next((self._observed(want, run) for run in runs if run["dag_run_id"] == want.run_id), None)

    def _observed(self, want: DagRun, run: Mapping[str, Any]) -> Observed:
        word = str(run.get("state") or "queued")
        state, reason, message, remember = self._judged(want, word, run)
        return Observed(
            id=want.run_id,
            outputs={"dag_id": want.dag_id, "run_id": want.run_id, "state": word},
            state=state,
            reason=reason,
            message=message,
            remember=remember,
        )

    def _judged(self, want: DagRun, word: str, run: Mapping[str, Any]) -> tuple[State, str, str, dict[str, str]]:
        called = f"run {want.run_id} of DAG {want.dag_id}"
        logs = f"Look at its tasks in Airflow, or into the log group airflow-{want.environment}-Task"
        if word == "success":
            return State.READY, "", f"{called} succeeded in {want.environment}", {SUCCEEDED: want.run_id}
        if word == "failed":
            return State.FAILED, "DagRunFailed", f"{called} failed in {want.environment}. {logs}", {}
        begun = next((run[name] for name in STARTED_AT if run.get(name)), None)
        if begun and self._now() - datetime.fromisoformat(begun) > want.timeout:
            minutes = int(want.timeout.total_seconds() // 60)
            text = f"{called} is {word} in {want.environment} since {begun}, longer than spec.verify.timeout ({minutes} min)"
            return State.FAILED, "DagRunTimeout", f"{text}. {logs}", {}
        return State.BUSY, "DagRunning", f"{called} is {word} in {want.environment}", {}
