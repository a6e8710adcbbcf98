"""What lies in the DAG folder and should not, or should and does not (guide part 2, sections 10.2 and 11.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ..core.finding import Finding, Severity
from .module import SIZE_LIMIT
from .tree import Tree

INIT = "__init__.py"


def airflow_cfg(tree: Tree) -> Iterator[Finding]:
    """Find Airflow's own settings: MWAA takes none from a file."""
    for path in sorted(tree.content):
        if PurePosixPath(path).name == "airflow.cfg":
            yield Finding(
                "AirflowCfgInDagFolder",
                tree.place(path),
                "MWAA takes no settings from a file, and its guide wants none in the DAG folder. Take it out, and write the "
                "options into `airflowConfigurationOptions` of the Environment.",
                Severity.WARNING,
            )


def packages(tree: Tree) -> Iterator[Finding]:
    """Find folders that are imported as packages, or have one in them, and lack `__init__.py`."""
    imported = {name for reading in tree.readings.values() for name in reading.imports}
    begun = {".".join(parts[:n]) for name in imported for parts in [name.split(".")] for n in range(1, len(parts) + 1)}
    folders = {str(parent) for path in tree.readings for parent in PurePosixPath(path).parents if str(parent) != "."}
    inits = {str(PurePosixPath(path).parent) for path in tree.readings if PurePosixPath(path).name == INIT}
    nested = {str(parent) for folder in inits for parent in PurePosixPath(folder).parents}
    dotted = {str(PurePosixPath(path).parent) for path, reading in tree.readings.items() if reading.is_relative}
    for folder in sorted(folders - inits):
        if folder in nested or folder in dotted or folder.replace("/", ".") in begun:
            yield Finding(
                "PackageWithoutInit",
                tree.place(folder),
                f"the folder is imported as a package, and has no {INIT}: Python may take another folder of that name for "
                f"it. Add an empty {INIT} to it and to the folders in it.",
                Severity.WARNING,
            )


def size(tree: Tree) -> Iterator[Finding]:
    """Find Python files that are too large to look into."""
    for path in sorted(tree.readings):
        if len(tree.content[path]) > SIZE_LIMIT:
            yield Finding(
                "FileTooLarge",
                tree.place(path),
                f"it has more than {SIZE_LIMIT // 1024} KiB and was not looked into, and Airflow parses all of it again and "
                "again. Put the data into a file of its own, and read it within a task.",
                Severity.WARNING,
            )
