"""Moves environments through their states and does what each turn of state brings with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mwaa_emulator.clock import ScaledClock, wall_now
from mwaa_emulator.mwaa import maintenance, states
from mwaa_emulator.mwaa.environment import Change, Environment
from mwaa_emulator.mwaa.ownwork import ensure_endpoints, ensure_log_groups, ensure_service_role, remove_endpoints
from mwaa_emulator.mwaa.prerequisites import Clients, Prerequisites
from mwaa_emulator.mwaa.states import SERVING, Durations, Gate, Progress, Result, Status
from mwaa_emulator.runtime import AirflowRuntime, BucketReader

#: Seen in reports of failed environments (docs/fidelity.md).
FAILURE_CODE = "INCORRECT_CONFIGURATION"
FAILURE_MESSAGE = (
    "You may need to check the execution role permissions policy for your environment, and that each of the VPC "
    "networking components required by the environment are configured to allow traffic. "
    "Troubleshooting: https://docs.aws.amazon.com/mwaa/latest/userguide/troubleshooting.html"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a coming create or update shall end."""

    operation: str
    result: Result
    code: str = FAILURE_CODE
    message: str = FAILURE_MESSAGE
    name: str | None = None
    """Only for the environment of this name."""


@dataclass(slots=True)
class Lifecycle:
    """The clock, the world and the Airflow runtime that an environment's course depends on."""

    clock: ScaledClock
    clients: Clients
    runtime: AirflowRuntime
    bucket_reader: Callable[[str, str, str], BucketReader]
    durations: Durations = field(default_factory=Durations)
    outcomes: list[Outcome] = field(default_factory=list)
    service_endpoints: bool = True
    """Whether MWAA makes its endpoints. moto searches many thousands of them for seconds."""

    def prerequisites(self, account: str, region: str) -> Prerequisites:
        """The checks for an account and region."""
        return Prerequisites(self.clients, account, region)

    def planned(self, operation: str, name: str, settings: dict[str, Any], later: list[str]) -> Change:
        """The change that begins now, with the outcome that was asked for or that its prerequisites bring."""
        change = Change(settings=settings, created=wall_now(), kind=operation)
        for index, outcome in enumerate(self.outcomes):
            if outcome.operation == operation and outcome.name in (None, name):
                del self.outcomes[index]
                change.result, change.error_code, change.error_message = outcome.result, outcome.code, outcome.message
                return change
        if later:
            failed = Result.FAILED if operation == "create" else Result.ROLLED_BACK
            change.result, change.error_code, change.error_message = failed, FAILURE_CODE, FAILURE_MESSAGE
        return change

    def begin(self, environment: Environment, change: Change) -> None:
        """Start on a change."""
        environment.change = change
        if change.kind == "create":
            ensure_service_role(self._client("iam", environment))
        else:
            environment.last_update = _last_update(change, "PENDING")
        if change.result is Result.SUCCESS and change.kind != "maintenance":
            self._start(environment)

    def maintain(self, environment: Environment, seconds: float | None = None, since: float | None = None) -> None:
        """Begin AWS's own maintenance, now or at an emulated moment that has passed."""
        change = Change(settings=environment.settings, created=wall_now(), kind="maintenance")
        change.strategy, change.source = "GRACEFUL", maintenance.SOURCE
        course = states.maintenance_course(self.durations.maintenance if seconds is None else seconds)
        environment.progress = Progress(course, self.clock.now() if since is None else since)
        self.begin(environment, change)

    def keep_windows(self, environment: Environment, since: float) -> None:
        """Carry out the maintenance of each weekly window that has begun since an emulated moment."""
        while environment.status in SERVING and environment.progress.settled:
            after = self.clock.calendar(max(since, environment.progress.since))
            window = maintenance.next_window(environment.settings["WeeklyMaintenanceWindowStart"], after)
            if (begin := self.clock.emulated(window)) > self.clock.now():
                return
            self.maintain(environment, since=begin)
            self.settle(environment)

    def end(self, environment: Environment) -> None:
        """Begin to take an environment down. Its log groups stay."""
        environment.change = None
        self.runtime.stop(environment.record())

    def gone(self, environment: Environment) -> None:
        """Take away what MWAA has made for an environment that is deleted."""
        remove_endpoints(self._client("ec2", environment), environment)

    def settle(self, environment: Environment) -> None:
        """Bring an environment to where it stands now."""
        while states.due(environment.progress, self.clock.now()):
            before = environment.progress
            failure = self._airflow_failure(environment)
            if failure is not None:
                self._fail(environment, failure)
            else:
                environment.progress = states.advance(before, self.clock.now(), self._open_gates(environment))
            if environment.progress == before:
                break
        if environment.progress.settled and environment.change is not None:
            self._finish(environment, environment.change)

    def place(self, environment: Environment, status: Status, seconds: float | None, error: dict[str, str] | None) -> None:
        """Set a state by hand: for good, or for some emulated seconds and then AVAILABLE (gone, if DELETED)."""
        then = Status.DELETED if status is Status.DELETED else Status.AVAILABLE
        phases = (states.Phase(status, seconds), states.Phase(then)) if seconds else (states.Phase(status),)
        environment.change = None
        environment.progress = Progress(phases, self.clock.now())
        if error is not None:
            environment.last_update = {"Status": "FAILED", "CreatedAt": wall_now(), "Error": error}

    def _client(self, service: str, environment: Environment) -> Any:
        return self.clients.client(service, environment.account, environment.region)

    def _start(self, environment: Environment) -> None:
        reader = self.bucket_reader(environment.account, environment.region, environment.record().bucket)
        self.runtime.start(environment.record(), reader)

    def _airflow_failure(self, environment: Environment) -> str | None:
        change = environment.change
        if change is None or change.result is not Result.SUCCESS:
            return None
        return self.runtime.failure(environment.record())

    def _fail(self, environment: Environment, failure: str) -> None:
        change = environment.change
        assert change is not None
        change.result = Result.FAILED if change.kind == "create" else Result.ROLLED_BACK
        change.error_code, change.error_message = FAILURE_CODE, failure[:1024] or FAILURE_MESSAGE
        environment.progress = states.failing(environment.progress, self.clock.now(), self.durations)
        if change.kind == "update":
            self._start(environment)  # the settings that worked before

    def _open_gates(self, environment: Environment) -> set[Gate]:
        gates = set()
        waiting = {phase.gate for phase in environment.progress.phases}
        if Gate.AIRFLOW in waiting and self.runtime.ready(environment.record()):
            gates.add(Gate.AIRFLOW)
        if Gate.ENDPOINTS in waiting and environment.status is Status.PENDING and self._endpoints(environment):
            gates.add(Gate.ENDPOINTS)
        return gates

    def _endpoints(self, environment: Environment) -> bool:
        checks = self.prerequisites(environment.account, environment.region)
        return checks.endpoints_exist(list(environment.endpoint_services()), list(environment.subnets()))

    def _finish(self, environment: Environment, change: Change) -> None:
        environment.change = None
        if change.result is Result.SUCCESS and environment.status is Status.AVAILABLE:
            environment.settings = change.settings
            environment.last_update = _last_update(change, "SUCCESS")
            ensure_log_groups(self._client("logs", environment), environment)
            if self.service_endpoints:
                ensure_endpoints(self._client("ec2", environment), environment)
            return
        if not change.error_code:
            change.error_code, change.error_message = FAILURE_CODE, FAILURE_MESSAGE
        environment.last_update = _last_update(change, "FAILED")


def _last_update(change: Change, status: str) -> dict[str, Any]:
    update: dict[str, Any] = {"Status": status, "CreatedAt": change.created}
    if change.strategy is not None:
        update["WorkerReplacementStrategy"] = change.strategy
    if change.source:
        update["Source"] = change.source
    if status == "FAILED":
        update["Error"] = {"ErrorCode": change.error_code, "ErrorMessage": change.error_message}
    return update
