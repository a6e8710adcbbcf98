"""A folder of DAG files, as it lies on a disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from ..sources.module import SIZE_LIMIT
from ..sources.tree import is_read

NOT_DELIVERED = frozenset({"__pycache__", "node_modules"})
"""Folders that tools make; so are those that begin with a dot, and virtual environments."""


def read(place: Path) -> dict[str, bytes]:
    """Read a folder, or a single file, by the paths in it. Of what no rule looks into the name is enough.

    Raises:
        ClickException: there is nothing in it, or something cannot be read.
    """
    paths = [place] if place.is_file() else sorted(files(place))
    folder = place.parent if place.is_file() else place
    try:
        found = {_name(path.relative_to(folder)): _content(path) for path in paths}
    except OSError as error:
        raise _unreadable(error) from error
    if not found:
        raise click.ClickException(f"{place} has no file in it. Name the folder with the DAG files.")
    return found


def files(folder: Path) -> Iterator[Path]:
    """Give the files below a folder, but for those that tools make.

    Raises:
        ClickException: a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise _unreadable(error) from error

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [each for each in folders if not (each.startswith(".") or each in NOT_DELIVERED)]
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        yield from (path for name in names if (path := Path(where, name)).is_file())


def _unreadable(error: OSError) -> click.ClickException:
    return click.ClickException(f"{error.filename} cannot be read: {error.strerror}. Mend that, or take it out.")


def _content(path: Path) -> bytes:
    if not is_read(path.name):
        return b""
    with path.open("rb") as file:
        return file.read(SIZE_LIMIT + 1)


def _name(path: Path) -> str:
    """Give a path that can be printed, whatever bytes are in it."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()
