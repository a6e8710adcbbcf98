"""A typed client of the admin API, for tests, benchmarks and strangers."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import httpx
from botocore.config import Config

from mwaa_emulator.calls import Call
from mwaa_emulator.faults import Hold
from mwaa_emulator.mwaa.states import Result, Status

START_LIMIT = 60.0


class EmulatorError(Exception):
    """The emulator refused an admin call, or did not start."""


class Emulator:
    """An emulator at a URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=f"{self.url}/_emulator", timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. The emulator goes on."""
        self._http.close()

    @classmethod
    @contextmanager
    def started(
        cls, *, speed: float = 1.0, airflow: str = "none", checks: bool = True, arguments: Sequence[str] = ()
    ) -> Iterator[Emulator]:
        """An emulator as a child process on a free port, ended with the block or with this process."""
        with tempfile.TemporaryDirectory(prefix="mwaa-emulator-") as folder:
            ready, log = Path(folder) / "url", Path(folder) / "log"
            command = [sys.executable, "-m", "mwaa_emulator.cli", "serve", "--speed", str(speed), "--airflow", airflow]
            command += ["--checks", "on" if checks else "off", "--ready-file", str(ready), "--die-with-parent", *arguments]
            with log.open("wb") as output:
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output)
            try:
                with cls(_wait_for_url(process, ready, log)) as emulator:
                    yield emulator
            finally:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def environment(self) -> dict[str, str]:
        """The variables that make any AWS SDK talk to this emulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": "emulator",
            "AWS_SECRET_ACCESS_KEY": "emulator",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
        }

    def connect(self, service: str, **credentials: str) -> Any:
        """A client of boto3 for a service: in the account that nobody prepared, unless credentials are given."""
        keys = credentials or {"aws_access_key_id": "emulator", "aws_secret_access_key": "emulator"}
        config = Config(inject_host_prefix=False)
        return boto3.client(service, region_name="us-east-1", endpoint_url=self.url, config=config, **keys)

    def health(self) -> dict[str, Any]:
        """What the emulator says of itself."""
        return self._call("GET", "health")

    def calls(
        self,
        service: str | None = None,
        operation: str | None = None,
        *,
        account: str | None = None,
        write: bool | None = None,
        since: int | None = None,
    ) -> list[Call]:
        """The calls received, in the order of arrival, filtered."""
        filters = {"service": service, "operation": operation, "account": account, "write": write, "since": since}
        found = self._call("GET", "calls", params={key: value for key, value in filters.items() if value is not None})
        return [Call(**call) for call in found["calls"]]

    def writes(self, service: str | None = None) -> list[Call]:
        """The calls that could change something."""
        return self.calls(service, write=True)

    def clear_calls(self) -> None:
        """Forget the calls."""
        self._call("DELETE", "calls")

    def fault(
        self,
        service: str | None = None,
        operation: str | None = None,
        *,
        code: str | None = None,
        message: str = "",
        status: int = 400,
        count: int | None = None,
        after: int = 0,
        rate: float = 1.0,
        delay: float = 0.0,
        reply_lost: bool = False,
        hold: Hold | str | None = None,
        write: bool | None = None,
        account: str | None = None,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> str:
        """Take up a rule; its id."""
        rule = {
            "service": service, "operation": operation, "code": code, "message": message, "status": status,
            "count": count, "after": after, "rate": rate, "delay": delay, "reply_lost": reply_lost, "hold": hold,
            "write": write, "account": account, "params": dict(params) if params else None, "seed": seed,
        }  # fmt: skip
        made = self._call("POST", "faults", rule)
        return str(made["faults"][0]["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each was `seen` and `used`."""
        return list(self._call("GET", "faults")["faults"])

    def clear_faults(self, fault_id: str | None = None) -> None:
        """Drop one rule or all; the calls they hold go on."""
        self._call("DELETE", f"faults/{fault_id}" if fault_id else "faults")

    def holds(self) -> list[dict[str, Any]]:
        """The calls held now: id, fault, seq, service, operation, where."""
        return list(self._call("GET", "holds")["holds"])

    def release(self, hold_id: str | None = None, *, drop: bool = False) -> None:
        """Let one held call go on, or all. With `drop`, the connection is closed without a reply, and a call held
        before its execution is not carried out.
        """
        for held in [hold_id] if hold_id else [held["id"] for held in self.holds()]:
            self._call("POST", f"holds/{held}/release", {"drop": drop})

    def outcome(
        self,
        operation: str,
        result: Result | str,
        *,
        code: str | None = None,
        message: str | None = None,
        name: str | None = None,
    ) -> None:
        """How the next create or update (of this name) ends: success, failed, rolled-back, failed-available,
        rolled-back-available or unavailable.
        """
        body = {"operation": operation, "result": result, "code": code, "message": message, "name": name}
        self._call("POST", "outcomes", {key: value for key, value in body.items() if value is not None})

    def clear_outcomes(self) -> None:
        """Forget the outcomes not used yet."""
        self._call("DELETE", "outcomes")

    def environments(self) -> list[dict[str, Any]]:
        """All environments in all accounts and regions: arn, name, account, region, status."""
        return list(self._call("GET", "environments")["environments"])

    def set_state(
        self,
        name: str,
        status: Status | str,
        *,
        seconds: float | None = None,
        error_code: str | None = None,
        error_message: str = "",
        account: str | None = None,
        region: str | None = None,
    ) -> None:
        """Put an environment into a state, for good or for some emulated seconds (then AVAILABLE)."""
        error = {"ErrorCode": error_code, "ErrorMessage": error_message or error_code} if error_code else None
        body = {"status": status, "seconds": seconds, "error": error, "account": account, "region": region}
        self._call("PUT", f"environments/{name}/state", body)

    def maintenance(self, name: str, seconds: float | None = None, **where: str) -> None:
        """Let AWS's own maintenance begin now, for an emulated hour or so many emulated seconds."""
        self._call("POST", f"environments/{name}/maintenance", {"seconds": seconds, **where})

    def speed(self, value: float | None = None) -> float:
        """Read or set emulated seconds per second."""
        answer = self._call("GET", "speed") if value is None else self._call("PUT", "speed", {"speed": value})
        return float(answer["speed"])

    def now(self) -> dict[str, Any]:
        """Now (wall clock), emulated (seconds since the start), calendar (the date after all of them), speed."""
        return self._call("GET", "clock")

    def advance(self, seconds: float) -> None:
        """Let emulated time pass at once. States are still passed in order."""
        self._call("POST", "clock/advance", {"seconds": seconds})

    def airflow_health(
        self, name: str = "*", health: Mapping[str, str] | None = None, *, reachable: bool = True, **where: str
    ) -> None:
        """Make parts of the canned Airflow unhealthy: {"scheduler": "unhealthy"}."""
        self._call("PUT", "airflow/health", {"name": name, "health": health, "reachable": reachable, **where})

    def airflow_answer(
        self, path: str, body: Any, *, name: str = "*", method: str = "GET", status: int = 200, **where: str
    ) -> None:
        """Say what one REST call of the canned Airflow answers."""
        rule = {"path": path, "body": body, "name": name, "method": method, "status": status, **where}
        self._call("POST", "airflow/answers", rule)

    def switches(self, **values: Any) -> dict[str, Any]:
        """Read or set check_prerequisites, environments_quota, weekly_maintenance and service_endpoints."""
        return self._call("PUT", "switches", values)

    def quotas(self, values: Mapping[str, float], **where: str) -> None:
        """Say what the quotas of MWAA are, by their names: from then on Service Quotas knows them, and takes requests."""
        self._call("PUT", "quotas", {"values": dict(values), **where})

    def decide_quota(self, request: str, status: str, case: str | None = None) -> None:
        """Decide a request for a higher quota as AWS does: CASE_OPENED, APPROVED, DENIED and so on."""
        self._call("PUT", f"quotas/requests/{request}", {"status": status, "case": case})

    def lag(self, seconds: float) -> None:
        """Let what EC2 makes from now on be absent from its descriptions for so many emulated seconds. 0 ends it at once."""
        self._call("PUT", "lag", {"seconds": seconds})

    def enforce_iam(self, enforce: bool = True) -> None:
        """Check signatures and policies of every call from now on, or no more."""
        self._call("PUT", "iam", {"enforce": enforce})

    def reset(self) -> None:
        """Empty everything: accounts, environments, calls, faults, outcomes. The speed stays."""
        self._call("POST", "reset")

    def wait(self, condition: Callable[[], Any], what: str, limit: float = 30.0) -> Any:
        """Ask until the condition holds; its value. Raises TimeoutError naming what was waited for."""
        end = time.monotonic() + limit
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise TimeoutError(f"waited {limit:g} s for {what}")
            time.sleep(0.02)

    def _call(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = self._http.request(method, f"/{path}", json=body, params=params)
        if answer.status_code != 200:
            raise EmulatorError(f"{method} /_emulator/{path}: {answer.text}")
        return dict(answer.json())


def _wait_for_url(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        if ready.exists():
            return ready.read_text().strip()
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise EmulatorError(f"the emulator did not start:\n{log.read_text()}")


def from_environment() -> Emulator:
    """The emulator at AWS_ENDPOINT_URL."""
    return Emulator(os.environ["AWS_ENDPOINT_URL"])
