"""Holds all processes of one environment's Airflow and ends them when whoever started it is gone.

This file is run as a script by Airflow's own Python, so it imports nothing of this package. It loads Airflow once
and forks each part and each CLI command from there: they start sooner and share what they loaded.

It reads requests from standard input, a line of JSON each, and answers on standard output. The end of the input is
the end of the starter, however that came about; then every descendant is killed. As a child subreaper it inherits
the processes whose parents died, so it can find them all. Should the keeper itself be killed, the kernel kills
its children.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_SECONDS = 2.0
_MOST_RESTARTS = 3
_RESTART_PAUSE_SECONDS = 1.0
# A part that lived longer than this was well: its next death is counted anew.
_SETTLED_SECONDS = 60.0


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _say(**event: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(event).encode() + b"\n")


def _processes() -> dict[int, tuple[int, int]]:
    """The parent and the session of every process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                _, parent, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
                found[int(entry.name)] = (int(parent), int(session))
    return found


def _descendants(root: int) -> list[int]:
    processes = _processes()
    found: list[int] = []
    wave = {root}
    while wave:
        wave = {pid for pid, (parent, _) in processes.items() if parent in wave}
        found.extend(wave)
    return found


def _session(leader: int) -> list[int]:
    return [pid for pid, (_, session) in _processes().items() if session == leader]


def _signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class Keeper:
    """The parts that must run, and the commands that run now."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._parts: dict[str, list[str]] = spec["parts"]
        self._logs = Path(spec["logs"])
        self._home = Path(spec["home"])
        self._alone = False
        self._deaths: dict[str, int] = {}
        self._started: dict[str, float] = {}
        self._names: dict[int, str] = {}
        self._commands: dict[int, int] = {}
        self._due: dict[str, float] = {}
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(0, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._buffer = b""

    def run(self) -> int:
        """Serve until the input ends or a part will not stay up; the exit status."""
        signal.set_wakeup_fd(self._wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        try:
            for name in self._parts:
                self._start_part(name)
            return self._serve()
        finally:
            self._end_all()

    def _serve(self) -> int:
        while True:
            pause = min(self._due.values(), default=time.monotonic() + 60) - time.monotonic()
            ready = {key.fd for key, _ in self._selector.select(max(pause, 0))}
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if 0 in ready and not self._read_requests():
                return 0
            if (gave_up := self._reap()) is not None:
                _say(gave_up=gave_up)
                return 1
            for name in [name for name, due in self._due.items() if due <= time.monotonic()]:
                del self._due[name]
                self._start_part(name)

    def _read_requests(self) -> bool:
        read = os.read(0, 65536)
        if not read:
            self._alone = True
            return False
        *lines, self._buffer = (self._buffer + read).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "run" in request:
                self._start_command(request)
            elif "kill" in request:
                self._kill_command(request["kill"])
            elif "stop" in request:
                return False
        return True

    def _reap(self) -> str | None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                pid, code = found[0], os.waitstatus_to_exitcode(found[1])
                if pid in self._commands:
                    _say(ended=self._commands.pop(pid), code=code)
                elif (name := self._names.pop(pid, None)) is not None:
                    _say(died=name, code=code)
                    _signal_all(_session(pid), signal.SIGKILL)
                    if self._died_too_often(name):
                        return name
                    self._due[name] = time.monotonic() + _RESTART_PAUSE_SECONDS
        return None

    def _died_too_often(self, name: str) -> bool:
        settled = time.monotonic() - self._started[name] > _SETTLED_SECONDS
        self._deaths[name] = 1 if settled else self._deaths.get(name, 0) + 1
        return self._deaths[name] > _MOST_RESTARTS

    def _start_part(self, name: str) -> None:
        self._started[name] = time.monotonic()
        log = str(self._logs / f"{name}.log")
        pid = self._fork(self._parts[name], log, log, title=name)
        self._names[pid] = name
        _say(started=name, pid=pid)

    def _start_command(self, request: dict[str, Any]) -> None:
        pid = self._fork(["airflow", *request["argv"]], request["stdout"], request["stderr"])
        self._commands[pid] = request["run"]

    def _kill_command(self, number: int) -> None:
        for pid in [pid for pid, known in self._commands.items() if known == number]:
            _signal_all([pid, *_descendants(pid)], signal.SIGKILL)

    def _fork(self, argv: list[str], stdout: str, stderr: str, title: str = "command") -> int:
        keeper = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            self._selector.close()
            _become(keeper, stdout, stderr)
            os.close(self._wake_read)
            os.close(self._wake_write)
            _set_title(f"airflow {title}")
            status = _call(argv)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _end_all(self) -> None:
        keeper = os.getpid()
        # The parts may end their tasks in order; what is still there afterwards is killed.
        _signal_all(list(self._names), signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        while self._alive() and (rest := _descendants(keeper)):
            _signal_all(rest, signal.SIGKILL)
            time.sleep(0.02)
        if self._alone:
            # Whoever made this directory was killed before it could remove it.
            shutil.rmtree(self._home, ignore_errors=True)
            with contextlib.suppress(OSError):
                self._home.parent.rmdir()

    def _alive(self) -> bool:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return False
        return True


def _become(keeper: int, stdout: str, stderr: str) -> None:
    """Turn the fork into a process of its own: its session, its files, the usual signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for target, path in ((1, stdout), (2, stderr)):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, target)
        os.close(opened)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)


def _set_title(title: str) -> None:
    with contextlib.suppress(ImportError):
        importlib.import_module("setproctitle").setproctitle(title)


def _call(argv: list[str]) -> int:
    try:
        if argv[0] == "airflow":
            sys.argv = argv
            importlib.import_module("airflow.__main__").main()
        else:
            sys.argv = argv
            runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    return 0


def main() -> None:
    """Load Airflow, then keep its parts."""
    spec = json.loads(sys.argv[1])
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _set_title("airflow keeper")
    for module in spec["preload"]:
        # A module that another release does not have is loaded later by whoever needs it.
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    # What is loaded stays shared: the collector does not touch, and so copy, these pages.
    gc.collect()
    gc.freeze()
    _say(loaded=True)
    sys.exit(Keeper(spec).run())


if __name__ == "__main__":
    main()
