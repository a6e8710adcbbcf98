"""One environment with its Airflow: a thread that brings it up, copies its DAGs and notices its end."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mwaa_emulator.airflow.dags import DagFolder
from mwaa_emulator.airflow.install import Installation, InstallError, Progress, install
from mwaa_emulator.airflow.process import AirflowProcesses, parts
from mwaa_emulator.airflow.settings import Home, Secrets, inherited, variables
from mwaa_emulator.airflow.versions import PinnedAirflow, UnknownAirflowError, emulated_by
from mwaa_emulator.airflow.web import WebServer
from mwaa_emulator.runtime import AirflowUnreachableError, BucketReader, EnvironmentRecord

_SYNC_SECONDS = 1.0
_HEALTH_SECONDS = 0.25

# An option of MWAA itself, not of Airflow.
_TRIGGERER_OPTION = "mwaa.triggerer_enabled"

# The configuration of Airflow 2's web application: it trusts who the emulator says is signed in.
_WEBSERVER_CONFIG = """\
from flask_appbuilder.const import AUTH_REMOTE_USER

AUTH_TYPE = AUTH_REMOTE_USER
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Admin"
WTF_CSRF_ENABLED = True
"""


class _AirflowEndedError(RuntimeError):
    """The processes will not stay up."""


class LocalEnvironment:
    """Brings one environment to the record last given and keeps it there until `stop`."""

    def __init__(
        self,
        env: EnvironmentRecord,
        bucket: BucketReader,
        home: Home,
        extra: Mapping[str, str],
        progress: Progress,
    ) -> None:
        self._wanted = env
        self._bucket = bucket
        self._home = home
        self._extra = dict(extra)
        self._progress = progress
        self._keys = Secrets.fresh()
        self._changed = threading.Event()
        self._stopping = False
        self._launched: Any = None
        self._started = datetime.now(UTC)
        self._beating: set[str] = set()
        self._processes: AirflowProcesses | None = None
        self._dags = DagFolder(home.dags, home.path / "incoming")
        self._made_by: PinnedAirflow | None = None
        self._sync_error: str | None = None
        self._applied: Any = None
        self.web: WebServer | None = None
        self.failure: str | None = None
        self._thread = threading.Thread(target=self._run, name=f"environment-{env.name}", daemon=True)
        self._thread.start()

    def update(self, env: EnvironmentRecord, bucket: BucketReader) -> None:
        """Take another record; what differs is applied soon."""
        self._wanted, self._bucket = env, bucket
        self._changed.set()

    def ready(self, env: EnvironmentRecord) -> bool:
        """Whether Airflow is healthy with this record."""
        return self.failure is None and self._applied == _whole(env)

    def processes(self) -> AirflowProcesses:
        """The running processes."""
        if self._processes is None:
            raise AirflowUnreachableError("Airflow is not running yet")
        return self._processes

    def stop(self) -> None:
        """Begin to end it."""
        self._stopping = True
        self._changed.set()
        if not self.alive:
            # It failed and left its logs for whoever asks why.
            self._remove()

    @property
    def alive(self) -> bool:
        """Whether it runs or may still have processes."""
        return self._thread.is_alive()

    def wait(self) -> None:
        """Wait until all its processes are gone."""
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._changed.clear()
                wanted = self._wanted
                if self._launched != _launch(wanted):
                    self._start(wanted)
                self._step(wanted)
                settled = self._applied == _whole(wanted)
                self._changed.wait(_SYNC_SECONDS if settled else _HEALTH_SECONDS)
        except Exception as error:  # whatever it is, nobody else would hear of it
            expected = isinstance(error, (InstallError, UnknownAirflowError, _AirflowEndedError))
            self.failure = str(error) if expected else f"{type(error).__name__}: {error}"
            self._progress(f"environment {self._wanted.name}: {error}")
        finally:
            self._end()
            if self._stopping:
                self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self._home.path, ignore_errors=True)

    def _start(self, env: EnvironmentRecord) -> None:
        self._applied = None
        self._end()
        pinned = emulated_by(env.airflow_version)
        installation = install(pinned, self._progress)
        if self._made_by != pinned:
            self._prepare(installation)
        self._sync(env)
        port = _free_port()
        settings = inherited() | self._extra | variables(pinned, self._home, self._keys, port, env.options)
        settings |= {"PATH": f"{installation.bin}:{settings.get('PATH', '/usr/bin:/bin')}"}
        settings |= {"AWS_REGION": env.region, "AWS_DEFAULT_REGION": env.region, "AIRFLOW_CONN_AWS_DEFAULT": "aws://"}
        self._started = datetime.now(UTC)
        triggerer = env.options.get(_TRIGGERER_OPTION, "True").lower() != "false"
        programs = parts(pinned.major, port, triggerer)
        self._beating = {name.replace("-", "_") for name in programs} & {"scheduler", "triggerer", "dag_processor"}
        self._processes = AirflowProcesses(installation, self._home, settings, programs)
        self.web = WebServer(pinned.major, port, self._keys, self._home)
        self._launched = _launch(env)

    def _prepare(self, installation: Installation) -> None:
        # Another major cannot use the database of the one before; MWAA does not upgrade across majors either.
        for suffix in ("", "-wal", "-shm"):
            self._home.database.with_name(self._home.database.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(installation.database, self._home.database)
        (self._home.path / "webserver_config.py").write_text(_WEBSERVER_CONFIG)
        self._made_by = installation.airflow

    def _step(self, wanted: EnvironmentRecord) -> None:
        if self._processes is not None and self._processes.ended is not None:
            raise _AirflowEndedError(self._processes.ended)
        self._sync(wanted)
        if self._applied != _whole(wanted) and self.web is not None and self.web.healthy(self._beating, self._started):
            self._applied = _whole(wanted)

    def _sync(self, env: EnvironmentRecord) -> None:
        try:
            self._dags.sync(self._bucket, env.dags_prefix)
            error = None
        except Exception as failed:  # the bucket may be anything: gone, denied, not there yet
            error = f"{type(failed).__name__}: {failed}"
        if error is not None and error != self._sync_error:
            self._progress(f"environment {env.name}: the DAGs could not be copied: {error}")
        self._sync_error = error

    def _end(self) -> None:
        if self._processes is not None:
            self._processes.stop()
            self._processes = None
        if self.web is not None:
            self.web.close()
            self.web = None


def _launch(env: EnvironmentRecord) -> Any:
    """What a running Airflow cannot change."""
    return env.airflow_version, env.region, dict(env.options)


def _whole(env: EnvironmentRecord) -> Any:
    return _launch(env), env.bucket, env.dags_prefix


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
