"""The process between an owner and the program it runs, so that nothing is left behind.

Run as ``python -E -P supervisor.py <options as JSON> -- argv...``. It starts the program, tells the owner the program's
pid over the pipe ``ready``, and then waits for the first of three things: the program ends, SIGTERM asks for a stop, or
the owner is gone. Whichever it is, it ends every process that the program has started before it ends itself.

Why a process of its own: a death signal (PR_SET_PDEATHSIG) fires when the *thread* that forked ends and reaches one
process only; an ``atexit`` hook is skipped by SIGKILL. A pipe closes however its holder dies.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
#: What an owner writes into its pipe when the program is to outlive it.
LET_GO = b"D"
#: After the death of the owner nobody waits for a graceful end.
ORPHAN_GRACE_SECONDS = 3.0


def start_token(pid: int) -> str | None:
    """Tell apart two processes that had the same pid: when this one started, or None when there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        if not Path("/proc/self/stat").exists():
            return f"{psutil.Process(pid).create_time():.3f}"
        fields = stat.read_text().rpartition(")")[2].split()
        # Ticks since boot, unlike a wall-clock time, do not move when the clock is set.
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{fields[19]}"
    except (OSError, psutil.Error, IndexError):
        return None


def is_running(pid: int, token: str | None) -> bool:
    """Tell whether the process that had this pid and start token is still running; a zombie is not."""
    if token is None or start_token(pid) != token:
        return False
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    import ctypes  # here, because other systems have no prctl to load

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


class Supervisor:
    """Starts one program and ends it, with all its descendants, when it should end."""

    def __init__(self, argv: list[str], options: dict[str, Any]) -> None:
        """Take the program to run and what `devcluster.processes.spawn` says about it."""
        self.argv = argv
        self.ready_fd: int = options["ready"]
        self.owner_fd: int = options["owner"]
        self.owner_pid: int = options["owner_pid"]
        self.owner_pidfd: int | None = None
        self.grace: float = options["grace"]
        self.stop_signal = signal.Signals(options["stop_signal"])
        self.signal_in, self.signal_out = os.pipe()
        self.stop_asked = False

    def run(self) -> int:
        """Run the program to its end; return its exit code as a shell would give it."""
        os.set_blocking(self.signal_out, False)
        signal.set_wakeup_fd(self.signal_out, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        os.set_blocking(self.owner_fd, False)
        try:
            self._watch_owner()
            child = self._start()
        except OSError as error:
            self._tell(error=f"cannot run {self.argv[0]}: {error.strerror}")
            return 127
        self._tell(pid=child.pid, token=start_token(child.pid))
        owner_gone = self._wait_for_a_reason(child)
        if child.poll() is None:
            self._end(child, min(self.grace, ORPHAN_GRACE_SECONDS) if owner_gone else self.grace)
        self._end_descendants()
        code = child.wait()
        return code if code >= 0 else 128 - code

    def _ask_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_asked = True

    def _tell(self, **message: object) -> None:
        # The owner may be dead already: then the end of its pipe says so a moment later.
        with contextlib.suppress(OSError):
            os.write(self.ready_fd, json.dumps(message).encode())
        os.close(self.ready_fd)

    def _start(self) -> subprocess.Popen[bytes]:
        supervisor = os.getpid()

        def die_with_supervisor() -> None:
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != supervisor:
                os._exit(1)

        # A session of its own: Ctrl-C in a terminal reaches the owner alone, which then ends its programs in order.
        return subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_supervisor)

    def _watch_owner(self) -> None:
        """Watch the owner beside its pipe, because a process that it forked may hold a copy of the pipe's other end."""
        if hasattr(os, "pidfd_open"):
            try:
                self.owner_pidfd = os.pidfd_open(self.owner_pid)
            except ProcessLookupError:
                raise
            except OSError:
                self.owner_pidfd = None  # a kernel or sandbox without it: the pipe is enough

    def _wait_for_a_reason(self, child: subprocess.Popen[bytes]) -> bool:
        """Wait until the program ended, a stop is asked, or the owner is gone (then True)."""
        owner = [self.owner_fd] if self.owner_pidfd is None else [self.owner_fd, self.owner_pidfd]
        while child.poll() is None and not self.stop_asked:
            readable, _, _ = select.select([self.signal_in, *owner], [], [], 5.0)
            if self.signal_in in readable:
                os.read(self.signal_in, 512)
            if any(fd in readable for fd in owner):
                # The pipe first: an owner that let go of the program may end right after.
                if not self._let_go():
                    return True
                owner = []
            self._reap(child)
        return False

    def _let_go(self) -> bool:
        """Tell whether the owner wrote that the program is to outlive it."""
        try:
            return os.read(self.owner_fd, 1) == LET_GO
        except BlockingIOError:
            return False

    def _reap(self, child: subprocess.Popen[bytes]) -> None:
        """Collect descendants that were orphaned and ended, so that no zombies gather; the program itself is Popen's."""
        for process in psutil.Process().children():
            if process.pid != child.pid:
                with contextlib.suppress(psutil.Error, ChildProcessError):
                    if process.status() == psutil.STATUS_ZOMBIE:
                        os.waitpid(process.pid, os.WNOHANG)

    def _end(self, child: subprocess.Popen[bytes], grace: float) -> None:
        child.send_signal(self.stop_signal)
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _end_descendants(self) -> None:
        """End what the program has left: first asked, then killed, again until a look finds none."""
        deadline = time.monotonic() + min(self.grace, ORPHAN_GRACE_SECONDS)
        asked: set[int] = set()
        while left := [p for p in psutil.Process().children(recursive=True) if self._is_live(p)]:
            overdue = time.monotonic() > deadline
            for process in left:
                with contextlib.suppress(psutil.Error):
                    if overdue:
                        process.kill()
                    elif process.pid not in asked:
                        asked.add(process.pid)
                        process.terminate()
            time.sleep(0.02)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass

    @staticmethod
    def _is_live(process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def main(arguments: list[str]) -> int:
    """Run as a program: the options as JSON, then ``--``, then the program and its arguments."""
    options, _, *argv = arguments
    return Supervisor(argv, json.loads(options)).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
