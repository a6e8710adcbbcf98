"""The emulator's end of a keeper: starts it, sends it commands, learns what died."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path

import psutil

from mwaa_emulator.airflow.install import Installation
from mwaa_emulator.airflow.settings import Home
from mwaa_emulator.runtime import AirflowUnreachableError, CommandResult

_KEEPER = Path(__file__).with_name("keeper.py")
_WEB2 = Path(__file__).with_name("web2.py")
_STOP_SECONDS = 30.0
_LAST_LINES = 20

# What most parts and commands load anyway: loaded once by the keeper, shared by its forks.
_PRELOAD = {
    2: ("airflow.__main__", "airflow.www.app", "airflow.jobs.scheduler_job_runner", "airflow.providers_manager"),
    3: (
        "airflow.__main__",
        "airflow.jobs.scheduler_job_runner",
        "airflow.dag_processing.manager",
        "airflow.api_fastapi.app",
        "airflow.api_fastapi.core_api.routes.public",
        "airflow.api_fastapi.core_api.routes.ui",
        "airflow.api_fastapi.execution_api.app",
        "airflow.api_fastapi.execution_api.routes",
        "uvicorn",
    ),
}


def parts(major: int, port: int, triggerer: bool) -> dict[str, list[str]]:
    """The processes that make up one Airflow."""
    found = {"scheduler": ["airflow", "scheduler", "--skip-serve-logs"]}
    if triggerer:
        found["triggerer"] = ["airflow", "triggerer", "--skip-serve-logs"]
    if major == 2:
        return {"webserver": [str(_WEB2), str(port)], **found}
    api_server = ["airflow", "api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return {"api-server": api_server, **found, "dag-processor": ["airflow", "dag-processor"]}


class AirflowProcesses:
    """All processes of one environment; they end with this process, whichever way it ends."""

    def __init__(
        self, installation: Installation, home: Home, env: Mapping[str, str], parts: Mapping[str, list[str]]
    ) -> None:
        """Start them. If we are killed, the keeper removes the home."""
        self._home = home
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._running: dict[int, Future[int]] = {}
        self._parts: dict[str, int] = {}
        self.ended: str | None = None
        spec = {
            "parts": parts,
            "preload": _PRELOAD[installation.airflow.major],
            "logs": str(home.logs),
            "home": str(home.path),
        }
        home.logs.mkdir(exist_ok=True)
        with (home.logs / "keeper.log").open("ab") as log:
            # A session of its own, so that Ctrl-C or a kill of our whole group leaves the keeper to clean up.
            self._process = subprocess.Popen(
                [str(installation.python), "-I", str(_KEEPER), json.dumps(spec)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(env),
                cwd=home.path,
                start_new_session=True,
            )
        threading.Thread(target=self._listen, name=f"airflow-{home.path.name}", daemon=True).start()

    @property
    def pids(self) -> dict[str, int]:
        """The processes of the parts and of the keeper that holds them."""
        return {**self._parts, "keeper": self._process.pid}

    def command(self, argv: Sequence[str], timeout: float) -> CommandResult:
        """Run one CLI command to its end."""
        number, ended = next(self._numbers), Future[int]()
        with tempfile.TemporaryDirectory(dir=self._home.path) as folder:
            stdout, stderr = Path(folder) / "stdout", Path(folder) / "stderr"
            with self._lock:
                self._running[number] = ended
            self._send({"run": number, "argv": list(argv), "stdout": str(stdout), "stderr": str(stderr)})
            try:
                code = ended.result(timeout)
            except FutureTimeoutError:
                self._send({"kill": number})
                code = ended.result(_STOP_SECONDS)
                with stderr.open("a") as said:
                    said.write(f"stopped after {timeout:.0f} s\n")
            return CommandResult(self._read(stdout), self._read(stderr), code)

    def stop(self) -> None:
        """End all and wait for it."""
        with contextlib.suppress(AirflowUnreachableError):
            self._send({"stop": True})
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self, path: Path) -> bytes:
        # A command that was killed early may not have made its file.
        return self._home.as_on_mwaa(path.read_text(errors="replace")).encode() if path.exists() else b""

    def _send(self, request: Mapping[str, object]) -> None:
        if self._process.stdin is None:
            raise AirflowUnreachableError("Airflow is not running")
        try:
            with self._lock:
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise AirflowUnreachableError("Airflow is not running") from error

    def _listen(self) -> None:
        if self._process.stdout is None:
            return
        gave_up: str | None = None
        with self._process.stdout as events:
            for line in events:
                event = json.loads(line)
                if "ended" in event:
                    with self._lock:
                        ended = self._running.pop(event["ended"])
                    ended.set_result(event["code"])
                elif "started" in event:
                    self._parts[event["started"]] = event["pid"]
                gave_up = event.get("gave_up", gave_up)
        code = self._process.wait()
        self._end_sessions()
        part = gave_up or "keeper"
        self.ended = f"Airflow's {part} ended ({code}); logs in {self._home.logs}:\n{self._last_lines(part)}"
        with self._lock:
            left, self._running = self._running, {}
        for ended in left.values():
            ended.set_exception(AirflowUnreachableError("Airflow ended"))

    def _end_sessions(self) -> None:
        """A keeper that ended in order left nothing; one that was killed left the children of its parts."""
        for pid in psutil.pids():
            with contextlib.suppress(OSError):
                if os.getsid(pid) in self._parts.values():
                    os.kill(pid, signal.SIGKILL)

    def _last_lines(self, part: str) -> str:
        log = self._home.logs / f"{part}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:]) if log.exists() else ""
