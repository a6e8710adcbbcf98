"""The runtime `local`: a real Apache Airflow of its own for every environment, on this machine."""

from __future__ import annotations

import shlex
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mwaa_emulator.airflow.environment import LocalEnvironment
from mwaa_emulator.airflow.install import Progress, to_stderr
from mwaa_emulator.airflow.settings import Home
from mwaa_emulator.airflow.web import WebServer
from mwaa_emulator.runtime import (
    AirflowUnreachableError,
    BucketReader,
    CommandResult,
    EnvironmentRecord,
    Json,
    SessionCookie,
)

_COMMAND_SECONDS = 120.0


class LocalAirflow:
    """Runs one Airflow per environment, each in a directory of its own, all on loopback."""

    def __init__(
        self, state: Path | None = None, *, variables: Mapping[str, str] | None = None, progress: Progress = to_stderr
    ) -> None:
        """Start nothing yet.

        Args:
            state: where the environments' directories are made; a temporary directory without it.
            variables: environment variables for every Airflow, such as AWS_ENDPOINT_URL and test credentials.
                Nothing of the emulator's own environment reaches Airflow but PATH and the like.
            progress: takes a line for each step that may take long.
        """
        self._temporary = state is None
        self._root = Path(tempfile.mkdtemp(prefix="mwaa-airflow-")) if state is None else state
        self._variables = dict(variables or {})
        self._progress = progress
        self._lock = threading.Lock()
        self._environments: dict[str, LocalEnvironment] = {}
        self._ending: list[LocalEnvironment] = []

    def start(self, env: EnvironmentRecord, bucket: BucketReader) -> None:
        """Bring up Airflow, or apply what differs from the record before."""
        with self._lock:
            running = self._environments.get(env.arn)
            if running is not None and running.failure is None:
                running.update(env, bucket)
                return
            if running is not None:
                running.stop()
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A name of its own each time: one that still ends, or failed, keeps its directory to itself.
            home = Home(Path(tempfile.mkdtemp(prefix=f"{env.region}-{env.name}-", dir=self._root)))
            self._environments[env.arn] = LocalEnvironment(env, bucket, home, self._variables, self._progress)

    def ready(self, env: EnvironmentRecord) -> bool:
        """Whether Airflow's own health endpoint has shown all parts well with this record."""
        running = self._environments.get(env.arn)
        return running is not None and running.ready(env)

    def failure(self, env: EnvironmentRecord) -> str | None:
        """Why it cannot come up: what the installer or the part that kept dying said last."""
        running = self._environments.get(env.arn)
        return None if running is None else running.failure

    def invoke(
        self, env: EnvironmentRecord, method: str, path: str, query: Mapping[str, Any] | None, body: Json
    ) -> tuple[int, Json]:
        """Call the REST API as an administrator."""
        return self._web(env).call(method, path, query, body)

    def cli(self, env: EnvironmentRecord, command: str) -> CommandResult:
        """Run one command line. Which commands MWAA lets through is the service's rule, not Airflow's."""
        try:
            argv = shlex.split(command)
        except ValueError as error:
            return CommandResult(b"", f"the command line cannot be read: {error}\n".encode(), 2)
        return self._running(env).processes().command(argv, _COMMAND_SECONDS)

    def login(self, env: EnvironmentRecord, identity: str) -> SessionCookie:
        """Sign in as this identity, with the role of an administrator."""
        return self._web(env).login(identity)

    def base_url(self, env: EnvironmentRecord) -> str | None:
        """The loopback address of Airflow's web server, once its processes run."""
        running = self._environments.get(env.arn)
        return None if running is None or running.web is None else running.web.base_url

    def stop(self, env: EnvironmentRecord) -> None:
        """Begin to end its Airflow; its directory goes too."""
        with self._lock:
            running = self._environments.pop(env.arn, None)
            if running is not None:
                running.stop()
                self._ending = [*(each for each in self._ending if each.alive), running]

    def close(self) -> None:
        """End all and wait until no process is left."""
        with self._lock:
            ending, self._ending = [*self._ending, *self._environments.values()], []
            self._environments.clear()
        for running in ending:
            running.stop()
        for running in ending:
            running.wait()
        if self._temporary:
            shutil.rmtree(self._root, ignore_errors=True)

    def _running(self, env: EnvironmentRecord) -> LocalEnvironment:
        running = self._environments.get(env.arn)
        if running is None:
            raise AirflowUnreachableError(f"no Airflow runs for environment {env.name}")
        return running

    def _web(self, env: EnvironmentRecord) -> WebServer:
        web = self._running(env).web
        if web is None:
            raise AirflowUnreachableError(f"the Airflow of environment {env.name} is not running yet")
        return web
