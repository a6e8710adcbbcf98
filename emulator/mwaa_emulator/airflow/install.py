"""An Airflow of one version, installed once: its virtual environment and a ready metadata database.

A virtual environment cannot be moved, so it is built where it stays. The marker that says it is complete is
written last, under a lock, so a second run waits and a killed run is built anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mwaa_emulator.airflow.settings import Home, Secrets, inherited, variables
from mwaa_emulator.airflow.versions import PinnedAirflow

Progress = Callable[[str], None]

# Raise it when the steps below change what they leave behind.
_RECIPE = 1
_LAST_LINES = 15


class InstallError(RuntimeError):
    """Airflow could not be installed; the message ends with what the failed command said last."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A complete installation, shared by all environments and never written again."""

    airflow: PinnedAirflow
    root: Path

    @property
    def bin(self) -> Path:
        """Where `airflow` and `python` are."""
        return self.root / "venv" / "bin"

    @property
    def python(self) -> Path:
        """The interpreter of this Airflow."""
        return self.bin / "python"

    @property
    def database(self) -> Path:
        """A migrated, empty metadata database, to be copied."""
        return self.root / "airflow.db"

    @property
    def complete(self) -> bool:
        """Whether the marker is there."""
        return (self.root / "complete").exists()


def to_stderr(line: str) -> None:
    """The usual place for progress."""
    print(line, file=sys.stderr, flush=True)


def cache_directory() -> Path:
    """Where all installations are, kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mwaa-operator" / "airflow"


def locate(airflow: PinnedAirflow) -> Installation:
    """Where this version is or will be. Another lock file or Python gives another place: none is replaced in use."""
    python = _python_request(airflow)
    digest = hashlib.sha256(f"{_RECIPE} {python} {airflow.constraints()}".encode()).hexdigest()[:12]
    return Installation(airflow, cache_directory() / airflow.version / digest)


def install(airflow: PinnedAirflow, progress: Progress = to_stderr) -> Installation:
    """Return the installation, made first if need be; tells what it does and how long it took."""
    found = locate(airflow)
    if found.complete:
        return found
    found.root.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(found, progress) as lock:
        if not found.complete:
            _build(found, progress, lock)
    return found


@contextmanager
def _only_one(found: Installation, progress: Progress) -> Iterator[int]:
    with found.root.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"Airflow {found.airflow.version}: waiting for another run that installs it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _build(found: Installation, progress: Progress, lock: int) -> None:
    started = time.monotonic()

    def say(what: str) -> None:
        progress(f"Airflow {found.airflow.version}: {what} ({time.monotonic() - started:.0f} s)")

    if found.root.exists():
        shutil.rmtree(found.root)
    found.root.mkdir()
    constraints = found.root / "constraints.txt"
    constraints.write_text(found.airflow.constraints())
    uv, python = find_uv(), _python_request(found.airflow)
    say(f"making a virtual environment for Python {python} in {found.root}")
    # Our own interpreter where it fits: it is certainly there. Else uv looks for one, or fetches it.
    interpreter = sys.executable if "," not in python else python
    run([uv, "venv", "--quiet", "--no-project", "--python", interpreter, str(found.root / "venv")], lock=lock)
    packages = sum(1 for line in constraints.read_text().splitlines() if "==" in line)
    say(f"installing {packages} packages, about 250 MiB")
    target = ["--python", str(found.python), "--require-hashes", "-r", str(constraints)]
    run([uv, "pip", "install", "--quiet", *target], lock=lock)
    say("migrating a metadata database to be copied")
    _make_database(found, lock)
    (found.root / "complete").write_text(f"{found.airflow.version}\n")
    say("ready")


def _make_database(found: Installation, lock: int) -> None:
    home = Home(found.root / "first-home")
    home.path.mkdir()
    env = inherited() | variables(found.airflow, home, Secrets.fresh(), port=0)
    env["PATH"] = f"{found.bin}{os.pathsep}{env['PATH']}"
    run([str(found.bin / "airflow"), "db", "migrate"], env, lock=lock)
    if found.airflow.major == 2:
        # Without it every first web server start would spend seconds on creating the same roles.
        run([str(found.bin / "airflow"), "sync-perm"], env, lock=lock)
    with sqlite3.connect(home.database) as connection:
        # Readers and the one writer no longer lock each other out; the mode is kept in the file.
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    home.database.replace(found.database)
    shutil.rmtree(home.path)


def _python_request(airflow: PinnedAirflow) -> str:
    low, high = (3, 11), airflow.python_below
    if low <= sys.version_info[:2] < high:
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    return f">={low[0]}.{low[1]},<{high[0]}.{high[1]}"


def find_uv() -> str:
    """The uv that was installed with the emulator, else the one on PATH."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise InstallError("uv is missing; `pip install uv` brings it")
    return found


def run(command: list[str], env: Mapping[str, str] | None = None, given: str = "", lock: int | None = None) -> str:
    """Run a command to its end and return what it printed; InstallError with its last lines if it fails.

    The command shares the lock, so that it stays locked for as long as it writes, even if we are killed.
    """
    keep = () if lock is None else (lock,)
    done = subprocess.run(command, env=env, input=given, capture_output=True, text=True, pass_fds=keep)
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-_LAST_LINES:])
        raise InstallError(f"`{' '.join(command)}` ended with {done.returncode}:\n{said}")
    return done.stdout
