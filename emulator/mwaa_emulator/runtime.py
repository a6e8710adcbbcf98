"""The port behind which an Apache Airflow stands.

The MWAA service knows only this file. `mwaa_emulator.canned` answers it from memory;
`mwaa_emulator.airflow.LocalAirflow` answers it with a real Apache Airflow.

Nothing here blocks: `start` and `stop` begin work and return at once, `ready` and `failure` are cheap to ask
again and again. Every method may be called from several threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

Json = Any


@dataclass(frozen=True, slots=True)
class PinnedObject:
    """A file that the environment holds at one version: plugins.zip, requirements.txt or the startup script."""

    key: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    """What Airflow needs to know about its environment. `arn` is the identity; all else may change by an update."""

    account: str
    region: str
    name: str
    arn: str
    airflow_version: str
    environment_class: str
    bucket: str
    dags_prefix: str
    webserver_host: str
    execution_role_arn: str
    options: Mapping[str, str] = field(default_factory=dict)
    plugins: PinnedObject | None = None
    requirements: PinnedObject | None = None
    startup_script: PinnedObject | None = None
    logging: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def major(self) -> int:
        """Airflow's major version: 2 serves `/api/v1`, 3 serves `/api/v2`."""
        return int(self.airflow_version.partition(".")[0])


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object of the environment's bucket, as a listing shows it."""

    key: str
    etag: str
    size: int


@runtime_checkable
class BucketReader(Protocol):
    """Reads the environment's bucket. Raises `LookupError` for an object or version that is not there."""

    def list(self, prefix: str) -> Sequence[ObjectInfo]:
        """All objects below the prefix, in key order."""
        ...

    def read(self, key: str, version: str | None = None) -> bytes:
        """The bytes of one object, of its newest version unless one is named."""
        ...


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a CLI command printed and how it ended."""

    stdout: bytes
    stderr: bytes
    exit: int


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The cookie that Airflow's web server takes as a signed-in user."""

    name: str
    value: str


class AirflowUnreachableError(Exception):
    """Airflow did not answer. MWAA reports it as a server error of the REST API."""


@runtime_checkable
class AirflowRuntime(Protocol):
    """An Airflow for each environment."""

    def start(self, env: EnvironmentRecord, bucket: BucketReader) -> None:
        """Begin to bring up Airflow for this environment.

        Called again with the same ARN after an update: apply what differs and restart if that needs it;
        `ready` is then False until it has been applied.
        """
        ...

    def ready(self, env: EnvironmentRecord) -> bool:
        """Whether Airflow answers and runs this record (version, options, files)."""
        ...

    def failure(self, env: EnvironmentRecord) -> str | None:
        """Why Airflow cannot come up, when it is certain that it will not; else None."""
        ...

    def invoke(
        self, env: EnvironmentRecord, method: str, path: str, query: Mapping[str, Any] | None, body: Json
    ) -> tuple[int, Json]:
        """Call Airflow's REST API at a path below `/api/v1` or `/api/v2`: its status code and its JSON.

        Raises AirflowUnreachableError when it does not answer.
        """
        ...

    def cli(self, env: EnvironmentRecord, command: str) -> CommandResult:
        """Run one CLI command line, given without the leading word `airflow`."""
        ...

    def login(self, env: EnvironmentRecord, identity: str) -> SessionCookie:
        """Sign an identity in and return the cookie that proves it."""
        ...

    def base_url(self, env: EnvironmentRecord) -> str | None:
        """Where Airflow's own web server listens, for the proxy; None when there is none."""
        ...

    def stop(self, env: EnvironmentRecord) -> None:
        """Begin to end this environment's Airflow. Unknown environments are no error."""
        ...

    def close(self) -> None:
        """End every Airflow and wait for it. Called once, when the emulator ends or is reset."""
        ...
