"""A bucket in memory, and waiting on conditions."""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import psutil

from mwaa_emulator.runtime import EnvironmentRecord, ObjectInfo

T = TypeVar("T")

# Generous: other work may have both cores. Nothing is asserted about time.
DEADLINE_SECONDS = 180.0

HELLO = """\
try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None)
def {name}():
    @task
    def greet():
        return "hello"

    greet()


{name}()
"""


class MemoryBucket:
    """What BucketReader asks for."""

    def __init__(self, **files: str) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, bytes] = {}

    def put(self, key: str, text: str) -> None:
        with self._lock:
            self._files[key] = text.encode()

    def delete(self, key: str) -> None:
        with self._lock:
            del self._files[key]

    def list(self, prefix: str) -> Sequence[ObjectInfo]:
        with self._lock:
            return [
                ObjectInfo(key, hashlib.md5(content).hexdigest(), len(content))
                for key, content in sorted(self._files.items())
                if key.startswith(prefix)
            ]

    def read(self, key: str, version: str | None = None) -> bytes:
        with self._lock:
            return self._files[key]


def record(version: str, name: str = "demo", **options: str) -> EnvironmentRecord:
    return EnvironmentRecord(
        account="123456789012",
        region="eu-west-1",
        name=name,
        arn=f"arn:aws:airflow:eu-west-1:123456789012:environment/{name}",
        airflow_version=version,
        environment_class="mw1.small",
        bucket="demo",
        dags_prefix="dags",
        webserver_host="demo.example",
        execution_role_arn="arn:aws:iam::123456789012:role/demo",
        options=options,
    )


def wait_for(what: str, condition: Callable[[], T | None], failure: Callable[[], str | None] = lambda: None) -> T:
    """The first true value of the condition; fails at once when `failure` names a reason."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (value := condition()):
        reason = failure()
        assert reason is None, f"waiting for {what}: {reason}"
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)
    return value


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def still_there(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    def lives(process: psutil.Process) -> bool:
        try:
            return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    return [process for process in processes if lives(process)]
