"""Programs that run beside us and never outlive their purpose.

``spawn`` starts a program that belongs to this process: whichever way this process ends (return, Ctrl-C, SIGKILL), the
program and everything it has started end too. ``Running.detach`` lets go of it: it then runs until somebody loads its
record and stops it. Typical uses::

    with spawn(["etcd", ...], log=directory / "etcd.log") as etcd:     # ended with the block
        etcd.wait_until(lambda: answers(port), timeout=30)

    program = spawn([...], log=log, env=environment)                   # in `up`
    program.wait_until(ready, timeout=60)
    program.detach(directory / "program.json")                         # from here on it outlives us

    program = Running.load(directory / "program.json")                 # in `down`, or in the next `up`
    if program:
        program.stop()

A record holds pid and start time, so a pid that the system gave to another process meanwhile is never signalled.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from devcluster import supervisor

#: Between two looks at a condition that is waited for.
POLL_SECONDS = 0.05
_LOG_TAIL_BYTES = 4000


class ProcessFailed(RuntimeError):  # noqa: N818 - it reads as what happened
    """A program could not be started, ended when it should run, or did not get ready; the message quotes its log."""


@dataclass(frozen=True)
class ProcessId:
    """A process that is not mistaken for a later one with the same pid."""

    pid: int
    token: str | None

    def is_running(self) -> bool:
        """Tell whether this very process still runs."""
        return supervisor.is_running(self.pid, self.token)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if this very process still runs."""
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Running:
    """A program that `spawn` started, here or (see `load`) in an earlier run. Ended at the end of a ``with`` block."""

    def __init__(
        self,
        name: str,
        log: Path,
        program: ProcessId,
        guard: ProcessId,
        grace: float,
        *,
        child: subprocess.Popen[bytes] | None = None,
        owner_fd: int | None = None,
    ) -> None:
        """Use `spawn` or `load` instead."""
        self.name = name
        self.log = log
        self.grace = grace
        self._program = program
        self._guard = guard
        self._child = child
        self._owner_fd = owner_fd

    @property
    def pid(self) -> int:
        """The pid of the program itself, to look at or to signal it (`kill` does so safely)."""
        return self._program.pid

    def alive(self) -> bool:
        """Tell whether the program itself runs."""
        return self._program.is_running()

    def poll(self) -> int | None:
        """Return the exit code (128 + number after a signal), or None while it runs or when this process is no owner."""
        return self._child.poll() if self._child else None

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until the program and all that it started have ended; return the exit code if this process is the owner.

        Raises TimeoutError when they still run after ``timeout`` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._guard.is_running() or self.alive():
            self.poll()
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} (pid {self.pid}) still runs after {timeout:.0f} s")
            time.sleep(POLL_SECONDS)
        return self._child.wait() if self._child else None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal the program alone, as a crash would; what it has started is ended by its supervisor a moment later."""
        self._program.signal(number)

    def stop(self) -> int | None:
        """End the program (its stop signal, then SIGKILL after its grace) and all that it has started. May be repeated."""
        self._guard.signal(signal.SIGTERM)
        try:
            code = self.wait(self.grace + 2 * supervisor.ORPHAN_GRACE_SECONDS)
        except TimeoutError:
            self._end_by_force()
            code = self.wait(supervisor.ORPHAN_GRACE_SECONDS)
        self._close_pipe()
        return code

    def wait_until(self, condition: Callable[[], bool], timeout: float, what: str = "ready") -> None:
        """Wait until a condition holds. Raises ProcessFailed when the program ends before, or after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not condition():
            if not self.alive():
                raise ProcessFailed(f"{self.name} ended (exit code {self._exit_code()}) before it was {what}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} was not {what} after {timeout:.0f} s\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def tail(self) -> str:
        """Return the end of the log, with its path, to be quoted in a message."""
        try:
            text = self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
        except OSError:
            text = ""
        return f"--- the end of {self.log}\n{text}"

    def record(self, path: Path) -> None:
        """Write down which processes these are, for `load` in a later run."""
        content: dict[str, Any] = {"name": self.name, "log": str(self.log), "grace": self.grace}
        content |= {"program": asdict(self._program), "supervisor": asdict(self._guard)}
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        temporary.write_text(json.dumps(content, indent=2) + "\n")
        temporary.replace(path)

    def detach(self, path: Path) -> None:
        """Record the program and let go of it: from now on it outlives this process, until `stop`."""
        # In this order: a process that nobody owns and nobody has a record of could never be ended.
        self.record(path)
        if self._owner_fd is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._owner_fd, supervisor.LET_GO)
        self._close_pipe()

    @classmethod
    def load(cls, path: Path) -> Running | None:
        """Return what `record` or `detach` wrote, or None when there is no (readable) record. Ask `alive` next."""
        try:
            content = json.loads(path.read_text())
            program, guard = ProcessId(**content["program"]), ProcessId(**content["supervisor"])
            return cls(content["name"], Path(content["log"]), program, guard, content["grace"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _exit_code(self) -> int | str:
        """The supervisor ends a moment after its program."""
        with contextlib.suppress(TimeoutError):
            self.wait(2 * supervisor.ORPHAN_GRACE_SECONDS)
        code = self.poll()
        return "unknown" if code is None else code

    def _end_by_force(self) -> None:
        """Kill a supervisor that does not end, and its descendants, whom nobody would look after any more."""
        with contextlib.suppress(psutil.Error):
            descendants = psutil.Process(self._guard.pid).children(recursive=True) if self._guard.is_running() else []
            for process in descendants:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        self._guard.signal(signal.SIGKILL)
        self._program.signal(signal.SIGKILL)

    def _close_pipe(self) -> None:
        if self._owner_fd is not None:
            os.close(self._owner_fd)
            self._owner_fd = None


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    name: str | None = None,
    grace: float = 10.0,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Running:
    """Start a program that ends with this process at the latest.

    Args:
        argv: The program and its arguments.
        log: Its standard output and error are appended here; standard input is empty.
        env: Its whole environment; None gives it ours.
        cwd: Its working directory; None means ours.
        name: What messages call it; None takes it from the program.
        grace: Seconds between the stop signal and SIGKILL.
        stop_signal: How the program is asked to end.

    Raises ProcessFailed when it cannot be run at all. That it runs says nothing about being ready: see `Running.wait_until`.
    """
    command = [str(part) for part in argv]
    log.parent.mkdir(parents=True, exist_ok=True)
    options = {"owner_pid": os.getpid(), "grace": grace, "stop_signal": int(stop_signal)}
    child, told, owner = _start_supervisor(command, options, log, env, cwd)
    with os.fdopen(told, "rb") as pipe:
        message = json.loads(pipe.read() or b'{"error": "the supervisor did not start"}')
    label = name or Path(command[0]).name
    if "error" in message:
        os.close(owner)
        child.wait()
        raise ProcessFailed(f"{label}: {message['error']}")
    guard = ProcessId(child.pid, supervisor.start_token(child.pid))
    return Running(label, log, ProcessId(**message), guard, grace, child=child, owner_fd=owner)


def _start_supervisor(
    command: Sequence[str], options: Mapping[str, Any], log: Path, env: Mapping[str, str] | None, cwd: Path | None
) -> tuple[subprocess.Popen[bytes], int, int]:
    """Return the supervisor, the pipe in which it tells what it started, and the pipe by which it notices our end."""
    told, ready = os.pipe()
    watched, owner = os.pipe()
    arguments = json.dumps({**options, "ready": ready, "owner": watched})
    try:
        with log.open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, "-E", "-P", supervisor.__file__, arguments, "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=None if env is None else dict(env),
                cwd=cwd,
                pass_fds=(ready, watched),
                start_new_session=True,
            )
    except BaseException:
        os.close(told)
        os.close(owner)
        raise
    finally:
        os.close(ready)
        os.close(watched)
    return child, told, owner
