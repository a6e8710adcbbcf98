"""Builds a Go program into the cache: once, whoever asks, and never half."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from pathlib import Path

from devcluster import cache
from devcluster.catalogue import GoProgram
from devcluster.processes import spawn
from devcluster.progress import Progress, say

_POLL_SECONDS = 0.2
_LAST_LINES = 30
# Without cgo no C compiler is needed; local: never fetch another Go; off: no workspace of the caller plays in.
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
_MODULE_FLAGS = ("-mod=readonly", "-buildvcs=false", "-trimpath")


class BuildFailed(RuntimeError):  # noqa: N818 - it reads as what happened
    """The Go program could not be built; the message quotes the compiler."""


def build(program: GoProgram, go: Path) -> Path:
    """Return the program in the cache, building it if it is not there. Progress goes to standard error."""
    target = cache.programs() / program.file_name
    if target.exists():
        return target
    with cache.locked(target, program.name):
        if not target.exists():
            _build(program, go, target)
    return target


def _build(program: GoProgram, go: Path, target: Path) -> None:
    # Nobody else holds the lock, so these are what killed builds have left.
    for leftover in target.parent.glob(f".{target.name}.*.tmp"):
        leftover.unlink()
    environment = {**os.environ, **_ENVIRONMENT}
    label = f"Building {program.name} {program.version}"
    say(f"{label}: fetching its modules")
    total = _count_stale(program, go, environment)
    log = target.with_name(f".{target.name}.log")
    log.unlink(missing_ok=True)
    made = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    argv: list[str | Path] = [
        go,
        "build",
        "-v",
        *_MODULE_FLAGS,
        "-ldflags",
        " ".join(program.ldflags),
        "-o",
        made,
        program.package,
    ]
    progress = Progress(label, "packages", total)
    # Supervised: a compiler that outlives its caller would keep both cores busy for nobody.
    with spawn(argv, log=log, env=environment, cwd=program.module, name="go build", grace=1.0) as compiler:
        while compiler.alive():
            time.sleep(_POLL_SECONDS)
            progress.update(_count_lines(log))
        code = compiler.wait()
    if code != 0:
        progress.finish("failed")
        raise BuildFailed(f"{program.name} {program.version} could not be built (log: {log})\n{_complaints(log)}")
    made.replace(target)
    with contextlib.suppress(OSError):
        log.unlink()
    progress.finish("done")


def _count_stale(program: GoProgram, go: Path, environment: dict[str, str]) -> int:
    """Count the packages that Go has not compiled yet, which fetches the modules as well."""
    template = "{{if .Stale}}{{.ImportPath}}{{end}}"
    listing = [str(go), "list", *_MODULE_FLAGS, "-deps", "-f", template, program.package]
    listed = subprocess.run(listing, cwd=program.module, env=environment, capture_output=True, text=True, check=False)
    if listed.returncode:
        raise BuildFailed(f"the modules of {program.name} {program.version} cannot be had\n{listed.stderr.strip()}")
    return len(listed.stdout.split())


def _count_lines(log: Path) -> int:
    with contextlib.suppress(OSError):
        return log.read_bytes().count(b"\n")
    return 0


def _complaints(log: Path) -> str:
    """Return what the compiler said beside the names of the packages that it has built."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if " " in line or line.startswith("#")][-_LAST_LINES:])
