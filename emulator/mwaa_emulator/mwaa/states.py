"""The life of an environment as pure functions of (progress, now): no clock, no I/O.

A course is a row of phases. Each has a status and lasts some emulated seconds; some also wait at a gate (Airflow
answers, the customer's endpoints exist). `advance` walks on as far as time and gates allow, so no state is jumped over
however long nobody has looked. Sources of states and durations: docs/fidelity.md.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from enum import StrEnum

MINUTE = 60.0


class Status(StrEnum):
    """EnvironmentStatus of the service model."""

    CREATING = "CREATING"
    CREATE_FAILED = "CREATE_FAILED"
    AVAILABLE = "AVAILABLE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    DELETED = "DELETED"
    UNAVAILABLE = "UNAVAILABLE"
    UPDATE_FAILED = "UPDATE_FAILED"
    ROLLING_BACK = "ROLLING_BACK"
    CREATING_SNAPSHOT = "CREATING_SNAPSHOT"
    PENDING = "PENDING"
    MAINTENANCE = "MAINTENANCE"


class Gate(StrEnum):
    """What a phase waits for besides time."""

    AIRFLOW = "airflow"
    ENDPOINTS = "endpoints"


class Result(StrEnum):
    """How a create or an update ends."""

    SUCCESS = "success"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    FAILED_AVAILABLE = "failed-available"
    """An update that failed, in an environment that is AVAILABLE as before."""
    ROLLED_BACK_AVAILABLE = "rolled-back-available"
    UNAVAILABLE = "unavailable"


SERVING = frozenset({Status.AVAILABLE, Status.UPDATE_FAILED})


@dataclass(frozen=True, slots=True)
class Durations:
    """Emulated seconds of each stretch."""

    create: float = 25 * MINUTE
    create_until_pending: float = 10 * MINUTE
    pending_limit: float = 72 * 60 * MINUTE
    update: float = 20 * MINUTE
    upgrade_before_snapshot: float = 5 * MINUTE
    snapshot: float = 15 * MINUTE
    upgrade_after_snapshot: float = 40 * MINUTE
    roll_back: float = 15 * MINUTE
    delete: float = 15 * MINUTE
    maintenance: float = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a course. Without seconds it lasts until something new is asked for."""

    status: Status
    seconds: float | None = None
    gate: Gate | None = None
    limit: float | None = None
    """With a gate: how long it may stay shut before the course fails."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an environment stands: the phases left, the first of which began at `since`."""

    phases: tuple[Phase, ...]
    since: float

    @property
    def status(self) -> Status:
        """The status to show."""
        return self.phases[0].status

    @property
    def settled(self) -> bool:
        """Whether the course has come to its end."""
        return len(self.phases) == 1


def create_course(durations: Durations, result: Result, customer_endpoints: bool) -> tuple[Phase, ...]:
    """CREATING, with a stop in PENDING where the customer makes the endpoints, to AVAILABLE or CREATE_FAILED."""
    end = Phase(Status.AVAILABLE if result is Result.SUCCESS else Status.CREATE_FAILED)
    gate = Gate.AIRFLOW if result is Result.SUCCESS else None
    if not customer_endpoints:
        return (Phase(Status.CREATING, durations.create, gate), end)
    return (
        Phase(Status.CREATING, durations.create_until_pending),
        Phase(Status.PENDING, 0.0, Gate.ENDPOINTS, durations.pending_limit),
        Phase(Status.CREATING, durations.create - durations.create_until_pending, gate),
        end,
    )


def update_course(durations: Durations, result: Result, new_version: bool) -> tuple[Phase, ...]:
    """UPDATING, with a snapshot where the Airflow version changes, then the result."""
    gate = Gate.AIRFLOW if result is Result.SUCCESS else None
    if new_version:
        work: tuple[Phase, ...] = (
            Phase(Status.UPDATING, durations.upgrade_before_snapshot),
            Phase(Status.CREATING_SNAPSHOT, durations.snapshot),
            Phase(Status.UPDATING, durations.upgrade_after_snapshot, gate),
        )
    else:
        work = (Phase(Status.UPDATING, durations.update, gate),)
    return work + _update_end(durations, result)


_FAILED_UPDATES = {
    Result.FAILED: Status.UPDATE_FAILED,
    Result.ROLLED_BACK: Status.UPDATE_FAILED,
    Result.FAILED_AVAILABLE: Status.AVAILABLE,
    Result.ROLLED_BACK_AVAILABLE: Status.AVAILABLE,
    Result.UNAVAILABLE: Status.UNAVAILABLE,
}
"""Where each failure of an update ends. Whether AWS ends in UPDATE_FAILED or AVAILABLE is disputed: there is both."""


def _update_end(durations: Durations, result: Result) -> tuple[Phase, ...]:
    if result is Result.SUCCESS:
        return (Phase(Status.AVAILABLE),)
    end = Phase(_FAILED_UPDATES[result])
    if result in (Result.FAILED, Result.FAILED_AVAILABLE):
        return (end,)
    return (Phase(Status.ROLLING_BACK, durations.roll_back), end)


def maintenance_course(seconds: float) -> tuple[Phase, ...]:
    """MAINTENANCE, then AVAILABLE."""
    return (Phase(Status.MAINTENANCE, seconds), Phase(Status.AVAILABLE))


def delete_course(durations: Durations) -> tuple[Phase, ...]:
    """DELETING until it is gone."""
    return (Phase(Status.DELETING, durations.delete), Phase(Status.DELETED))


def due(progress: Progress, now: float) -> bool:
    """Whether the present phase has lasted its time, so that gates matter."""
    seconds = progress.phases[0].seconds
    return not progress.settled and seconds is not None and now >= progress.since + seconds


def failing(progress: Progress, now: float, durations: Durations) -> Progress:
    """The course that follows when Airflow is known not to come up: what AWS shows for a failed create or update."""
    if progress.status is Status.CREATING:
        return Progress((Phase(Status.CREATE_FAILED),), now)
    return Progress(_update_end(durations, Result.ROLLED_BACK), now)


def advance(progress: Progress, now: float, gates: Set[Gate]) -> Progress:
    """Walk on to `now`, through the gates that stand open."""
    while not progress.settled:
        step = _step(progress, now, gates)
        if step is None:
            return progress
        progress = step
    return progress


def _step(progress: Progress, now: float, gates: Set[Gate]) -> Progress | None:
    phase = progress.phases[0]
    if phase.seconds is None:
        return None
    due = progress.since + phase.seconds
    if now < due:
        return None
    if phase.gate is None:
        return replace(progress, phases=progress.phases[1:], since=due)
    if phase.gate in gates:
        return replace(progress, phases=progress.phases[1:], since=now)
    if phase.limit is not None and now >= due + phase.limit:
        return Progress((Phase(Status.CREATE_FAILED),), due + phase.limit)
    return None
