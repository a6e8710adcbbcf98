"""Requirements, resolved by uv as pip would resolve them, without building or installing anything."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from uv import find_uv_bin

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Fetched, Origin, Room
from ..sources.constraint_lines import constraints
from ..sources.resolution import Resolution, conflict, shortened
from .constraints import Constraints
from .limits import MIB

SECONDS = 120.0
"""How long it may take: the metadata of a few hundred packages, and every combination of them."""
FILE_BYTES = 64 * MIB
"""How large a file it may write: it reads metadata, and of a wheel no more than that where the index allows it."""
MEMORY_BYTES = 2048 * MIB
"""How much it may address."""
FEW = {"UV_CONCURRENT_DOWNLOADS": "4", "TOKIO_WORKER_THREADS": "2", "RAYON_NUM_THREADS": "2"}
"""On a node of many cores its threads alone would address more than that."""
NO_SOLUTION = "No solution found"
UNCERTAIN = ("credentials", "usable wheels", "building from source is disabled")
"""Words in uv's text when it could not look everywhere, or may not build: then pip may find what uv did not."""
TIMED_OUT = "uv has found no answer within"
TOLD = ("Failed to fetch", TIMED_OUT)
"""What else may be shown: places and times. Of what it cannot read uv repeats what stands there."""
NOT_FOUND = "not found in the package registry"
"""Of several indexes uv does not say when one has refused to answer."""
OLD_LINUX, NEW_LINUX = "x86_64-manylinux2014", "x86_64-manylinux_2_34"
PASSED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""All that uv may know of our environment: there are credentials of AWS in it."""


class Resolver:
    """`engine.ports.Fetcher`: asks uv in a process of its own. There are no files to fetch, but an answer to be had."""

    def __init__(self, seconds: float = SECONDS, *, loopback: bool = False, file_bytes: int = FILE_BYTES) -> None:
        """Bound uv.

        Args:
            seconds: that it may take.
            loopback: constraints may lie on the operator's own machine.
            file_bytes: that each file may have which it writes.
        """
        self._seconds = seconds
        self._file_bytes = file_bytes
        self._alone = threading.Lock()
        """One at a time: what it takes of memory and disk is the operator's."""
        self._constraints = Constraints(loopback=loopback)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._changing = threading.Lock()

    def close(self) -> None:
        """End what is under way."""
        self._constraints.close()
        with self._changing:
            for process in self._running:
                process.kill()

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Name the question: the same one is answered once."""
        return hashlib.sha256(origin.text.encode()).hexdigest()

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Ask uv. A conflict is an answer, and stands among the findings.

        Raises:
            OutsideError: nobody answers, or uv cannot tell.
        """
        with contextlib.closing(room):
            asked = Resolution.of(origin.text)
            limits = asked.constraints + self._fetched(origin, asked.constraint_urls)
            if not self._alone.acquire(timeout=self._seconds):
                raise _unknown("others are being resolved, and it is tried again soon")
            try:
                code, said = self._run(asked, limits, room.path)
            finally:
                self._alone.release()
        if code == 0:
            return Fetched(revision)
        _, found, why = said.partition(NO_SOLUTION)
        doubts = (*UNCERTAIN, NOT_FOUND) if asked.extra_index_urls else UNCERTAIN
        if found and not any(word in why for word in doubts):
            # of another revision than `look` names: by the next interval the index may have what lacks now
            said = why.partition("cause:")[2] or why
            return Fetched(f"{revision} refused", findings=(conflict(origin.where, asked, said),))
        raise _unknown(
            said if found or any(word in said for word in TOLD) else f"uv could not read them (it ended with {code})"
        )

    def _fetched(self, origin: Origin, urls: Sequence[str]) -> str:
        """Read constraints for uv: it would follow what stands in them, files of this machine too."""
        try:
            texts = [self._constraints.text(origin, url) for url in urls]
        except OutsideError as error:
            raise _unknown(error.problem.message) from error
        return "".join(f"{line}\n" for text in texts for line in constraints(text))

    def _run(self, asked: Resolution, limits: str, directory: Path) -> tuple[int, str]:
        (directory / "requirements.in").write_text("".join(f"{line}\n" for line in asked.packages))
        (directory / "constraints.txt").write_text(limits)
        with subprocess.Popen(
            _command(asked),
            cwd=directory,
            env=_environment(directory),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            self._bound(process)
            with self._changing:
                self._running.add(process)
            try:
                _, said = process.communicate(timeout=self._seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                return 2, f"{TIMED_OUT} {self._seconds:.0f} seconds"
            finally:
                with self._changing:
                    self._running.discard(process)
        return process.returncode, " ".join(said.decode(errors="replace").split())

    def _bound(self, process: subprocess.Popen[bytes]) -> None:
        """Bound a process from outside, right after its start: in a program of many threads nothing runs before that."""
        for limit, value in ((resource.RLIMIT_FSIZE, self._file_bytes), (resource.RLIMIT_AS, MEMORY_BYTES)):
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process.pid, limit, (value, value))


def _unknown(why: str) -> OutsideError:
    return OutsideError(Problem(Trouble.UNAVAILABLE, "RequirementsNotResolved", shortened(why)))


def _command(asked: Resolution) -> Sequence[str]:
    return [
        find_uv_bin(),
        *("pip", "compile", "requirements.in", "--constraint", "constraints.txt"),
        *("--index-url", asked.index_url),
        *(word for each in asked.extra_index_urls for word in ("--extra-index-url", each)),
        # pip, too, takes the best of all indexes; of one alone uv says why it does not answer
        *("--index-strategy", "unsafe-best-match" if asked.extra_index_urls else "first-index"),
        *("--python", sys.executable, "--python-version", asked.python),
        *("--python-platform", OLD_LINUX if asked.is_old_linux else NEW_LINUX),
        *("--no-build", "--no-config", "--no-python-downloads", "--no-progress", "--no-header", "--quiet"),
        *("--color", "never", "--cache-dir", "cache"),
    ]


def _environment(directory: Path) -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name.upper() in PASSED_ON}
    here = str(directory)
    return {
        **passed,
        "HOME": here,
        "TMPDIR": here,
        "PATH": os.defpath,
        "UV_HTTP_RETRIES": "1",
        "UV_HTTP_TIMEOUT": "15",
        **FEW,
    }
