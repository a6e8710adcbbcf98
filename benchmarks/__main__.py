"""`make bench`: what the operator costs, each figure beside its floor, measured in one run."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.crowd import at_rest, crowd
from benchmarks.figure import Figure
from benchmarks.load import Load
from benchmarks.measures import quick_start, steady
from benchmarks.rig import rig
from devcluster.lifecycle import cluster_from_environment
from devcluster.progress import say

WIDTH = 160
"""Of the table where no terminal says otherwise: one line for each figure."""


def main() -> None:
    """Run all measures and print one table."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--environments", type=int, default=200, help="how many for the large case (default: %(default)s)")
    options = parser.parse_args()
    try:
        figures, load = measured(options.environments)
    except KeyboardInterrupt:
        sys.exit("interrupted; everything that was started has ended")
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(table(figures))
    print(f"\n{load}")


def measured(environments: int) -> tuple[list[Figure], str]:
    """Give all figures, and under which load they were taken."""
    load = Load()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        cluster_from_environment(Path(folder) / "cluster") as cluster,
        rig(Path(folder) / "stack", cluster) as stack,
    ):
        none = at_rest(stack)
        say("The quick start")
        figures = quick_start(stack)
        say("Looks at each of its objects")
        figures += steady(stack)
        for count in sorted({1, environments}):
            figures += crowd(stack, count, none)
        said = load.described()
        say("Deleting everything")
    return figures, said


def table(figures: list[Figure]) -> Table:
    """Put the figures into lines."""
    drawn = Table(box=None)
    for heading in ("measure", "value", "floor", "ratio", "what the floor is"):
        drawn.add_column(heading, justify="right" if heading in ("value", "floor", "ratio") else "left")
    for figure in figures:
        drawn.add_row(*figure.row())
    return drawn


if __name__ == "__main__":
    main()
