"""Startup scripts, plugins and requirements, as they lie on a disk: by their names, or as the one that is asked about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from ..core.catalogue import BUILT_IN
from ..core.finding import Finding
from ..sources.lint_artefacts import of_plugins, of_script
from ..sources.lint_requirements_file import SIZE_LIMIT as LIST_LIMIT
from ..sources.lint_requirements_file import of_requirements, of_wheel
from ..sources.module import SIZE_LIMIT
from ..sources.plugins_tree import Entry, Plugins, of_archive
from ..sources.startup_script import SIZE_LIMIT as SCRIPT_LIMIT
from . import dag_folder

SCRIPT = re.compile(r"(.*[-_.])?startup([-_.].*)?\.sh", re.IGNORECASE)
ARCHIVE = re.compile(r"plugins([-_.].*)?\.zip", re.IGNORECASE)
FOLDER = "plugins"
REQUIREMENTS = ("requirements.txt", "dags/requirements.txt", "requirements/requirements.txt")
"""Where pip's list lies, below a folder: others of that name are for something else."""


def files(place: Path) -> list[Path]:
    """Name what is no DAG file in a folder: scripts, archives and folders of plugins, requirements.txt, wheels.

    A single file is what its name ends with.

    Raises:
        ClickException: the folder cannot be read.
    """
    if place.is_file():
        return [place] if place.suffix in (".sh", ".zip", ".txt", ".whl") else []
    found = sorted(path for path in dag_folder.files(place) if _is_one(path, path.relative_to(place).as_posix()))
    own = place if place.resolve().name == FOLDER else place / FOLDER
    return [*found, own] if own.is_dir() else found


def _is_one(path: Path, name: str) -> bool:
    named = SCRIPT.fullmatch(path.name) or ARCHIVE.fullmatch(path.name)
    return bool(named) or name in REQUIREMENTS or path.suffix == ".whl"


def findings(place: Path, shown: Path, versions: Collection[str], *, private: bool) -> Iterator[Finding]:
    """Name what is wrong with one of them.

    Args:
        place: of it.
        shown: its path in messages.
        versions: of the Airflows that will have it.
        private: whether the web server is private.

    Raises:
        OSError: it cannot be read.
    """
    where = shown.as_posix()
    if place.is_dir():
        yield from of_plugins(_of_folder(place), where, versions, BUILT_IN.pythons(versions))
    elif place.suffix == ".whl":
        yield from of_wheel(place.name, where, versions)
    elif place.suffix == ".txt":
        with place.open("rb") as file:
            yield from of_requirements(file.read(LIST_LIMIT), where, versions, private=private)
    elif place.suffix == ".zip":
        with place.open("rb") as file:
            if plugins := of_archive(file, place.stat().st_size):
                yield from of_plugins(plugins, where, versions, BUILT_IN.pythons(versions))
            else:
                yield Finding(
                    "NotAnArchive",
                    where,
                    "it is no zip archive, a damaged one, or one of more than 50,000 entries. Pack it anew.",
                )
    else:
        with place.open("rb") as file:
            yield from of_script(file.read(SCRIPT_LIMIT + 1), where, versions, private=private)


def _of_folder(place: Path) -> Plugins:
    paths = {path.relative_to(place).as_posix(): path for path in dag_folder.files(place)}
    python = {name: _head(path) for name, path in paths.items() if name.endswith(".py")}
    size = sum(path.stat().st_size for path in paths.values())
    return Plugins(tuple(map(Entry, sorted(paths))), python, size)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SIZE_LIMIT + 1)
