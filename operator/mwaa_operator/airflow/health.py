"""Whether an environment's Airflow is well, in its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.errors import OutsideError, Trouble
from ..core.observed import Observed, State
from ..resources.airflow import FIRST_VERSION, Health
from .rest import Airflow, Calls

GRACE = timedelta(minutes=5)
"""How long Airflow may be unwell after a start before that is a failure."""
PATHS = {2: "/health", 3: "/monitor/health"}
NEEDED = {2: ("metadatabase", "scheduler"), 3: ("metadatabase", "scheduler", "dag_processor")}
"""The parts without which nothing runs. In Airflow 3 the DAG processor is a process of its own."""
SINCE = "unwellSince"


def _now() -> datetime:
    return datetime.now(UTC)


class HealthAdapter(ReadOnly[Health]):
    """Asks; changes nothing."""

    TYPE: ClassVar[str] = Health.TYPE

    def __init__(self, calls: Calls, now: Callable[[], datetime] = _now) -> None:
        self._calls = calls
        self._now = now

    async def read(self, targets: Sequence[Target[Health]]) -> Mapping[str, Observed]:
        """Ask each environment's Airflow."""
        return await one_by_one(in_graph(targets), self._ask)

    async def _ask(self, target: Target[Health]) -> Observed | None:
        want = target.want
        airflow = Airflow(self._calls, target.region, str(want.environment), str(want.airflow_version))
        if not airflow.answers:
            return _unknown(airflow, _too_old(airflow), want.heartbeat)
        try:
            reply = await airflow.ask("GET", PATHS.get(airflow.major, PATHS[3]))
            unwell = ailing(reply.body, airflow.major)
        except OutsideError as error:
            if error.problem.trouble is Trouble.NOT_FOUND:
                return None
            # while AWS maintains an environment it may refuse to pass calls on
            refused = want.status == "MAINTENANCE" and error.problem.trouble in (Trouble.REFUSED, Trouble.NOT_YET)
            if not refused and error.problem.reason == "AwsRefused":
                # AWS passes no calls on to this web server, by its access mode or its age
                why = f"Airflow cannot be asked through AWS: {(error.problem.plain or error.problem.message).rstrip('.')}"
                return _unknown(airflow, why, want.heartbeat)
            if not refused and error.problem.reason != "AirflowUnavailable":
                raise
            unwell = "its web server does not answer"
        return judge(airflow, unwell, target.remembered.get(SINCE), self._now(), want.status == "MAINTENANCE")


def ailing(body: Any, major: int) -> str:
    """Name what is not healthy in the answer of the health endpoint; empty when all that is needed is."""
    states = {part: (body.get(part) or {}).get("status") for part in NEEDED.get(major, NEEDED[3])} if body else {}
    if not states:
        return "its health endpoint answers nothing"
    return ", ".join(f"{part} is {state or 'not beating yet'}" for part, state in states.items() if state != "healthy")


def judge(airflow: Airflow, unwell: str, since: str | None, now: datetime, maintenance: bool) -> Observed:
    """Tell a start or a hiccup from a failure."""
    name = airflow.environment
    if not unwell:
        return Observed(id=name, outputs={"healthy": True}, message=f"Airflow {airflow.version} is healthy")
    began = datetime.fromisoformat(since) if since else now
    remember = {SINCE: began.isoformat(timespec="seconds")}
    if maintenance:
        message = f"AWS maintains the environment, and {unwell}"
        return Observed(id=name, outputs={"healthy": False}, reason="UnderMaintenance", message=message, remember=remember)
    if now - began < GRACE:
        message = f"Airflow is not well yet: {unwell}"
        return Observed(
            id=name,
            outputs={"healthy": False},
            state=State.BUSY,
            reason="AirflowStarting",
            message=message,
            remember=remember,
        )
    message = (
        f"Airflow is not well since {remember[SINCE]}: {unwell}. Look into the logs airflow-{name}-Scheduler and "
        f"airflow-{name}-WebServer; too little memory, a bad requirement or a bad option are common causes"
    )
    return Observed(
        id=name,
        outputs={"healthy": False},
        state=State.FAILED,
        reason="AirflowUnhealthy",
        message=message,
        remember=remember,
    )


def _unknown(airflow: Airflow, why: str, heartbeat: bool) -> Observed:
    """Say honestly that nobody knows, and who can be asked instead: Ready means that somebody has answered."""
    name = airflow.environment
    if heartbeat:
        message = f"{why}. CloudWatch's heartbeat of the scheduler is asked instead: see SchedulerHealthy"
        return Observed(id=name, outputs={}, reason="HealthUnknown", message=message)
    message = (
        f"{why}. As a fallback, set spec.probes.schedulerHeartbeat, such as 10m: CloudWatch's heartbeat of the scheduler "
        "then speaks for it"
    )
    return Observed(id=name, outputs={}, state=State.FAILED, reason="HealthUnknown", message=message)


def _too_old(airflow: Airflow) -> str:
    oldest = ".".join(map(str, FIRST_VERSION))
    return (
        f"Airflow {airflow.version} cannot be asked through AWS, which needs {oldest} or later: update spec.airflowVersion"
    )
