"""`make bench`: what the operator costs, each figure beside its floor, measured in one run."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measures import Figure, quick_start, scale, steady
from benchmarks.rig import rig
from devcluster.lifecycle import cluster_from_environment


def main() -> None:
    """Run all measures and print one table."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--environments", type=int, default=200, help="how many for the large case (default: %(default)s)")
    options = parser.parse_args()
    console, figures = Console(), list[Figure]()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        cluster_from_environment(Path(folder) / "cluster") as cluster,
    ):
        with rig(Path(folder) / "one", cluster) as stack:
            figures += quick_start(stack)
            figures += steady(stack)
            figures += scale(stack, 1)
        with rig(Path(folder) / "many", cluster) as stack:
            figures += scale(stack, options.environments)
    table = Table(box=None)
    for heading in ("measure", "value", "floor", "ratio", "what the floor is"):
        table.add_column(heading, justify="right" if heading in ("value", "floor", "ratio") else "left")
    for figure in figures:
        table.add_row(*figure.row())
    console.print(table)


if __name__ == "__main__":
    main()
