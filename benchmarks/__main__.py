"""`make bench`: what the operator costs, each figure beside its floor, measured in one run."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import scale
from benchmarks.checks import checks
from benchmarks.crowd import at_rest, crowd
from benchmarks.delivery.measures import delivery
from benchmarks.delivery.rivals import RivalMissing, rivals
from benchmarks.figure import Figure
from benchmarks.latency import latency
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
    parser.add_argument(
        "--scale",
        metavar="MADE,STEADY",
        default="",
        help="measure only so many environments that are made from nothing, and so many steady ones, such as 1000,10000",
    )
    parser.add_argument(
        "--delivery",
        metavar="PERCENT",
        type=int,
        default=0,
        help="measure only the delivery of DAG files; at 100: 5,000 files, 500 DagSources, a tree of 1 GiB, 1,000 to lint",
    )
    options = parser.parse_args()
    try:
        figures, load = _asked(options)
    except KeyboardInterrupt:
        sys.exit("interrupted; everything that was started has ended")
    except RivalMissing as error:
        sys.exit(str(error))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(table(figures))
    print(f"\n{load}")


def _asked(options: argparse.Namespace) -> tuple[list[Figure], str]:
    if options.scale:
        return scaled(*map(int, options.scale.split(",")))
    return delivered(options.delivery) if options.delivery else measured(options.environments)


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
        figures += checks(stack, 1)
        figures += latency(stack)
        for count in sorted({1, environments}):
            figures += crowd(stack, count, none)
        if environments > 1:
            figures += checks(stack, environments)
        said = load.described()
        say("Deleting everything")
    return figures, said


def scaled(made: int, steady_: int) -> tuple[list[Figure], str]:
    """Give the figures of very many environments; 0 leaves a case out."""
    load = Load()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        cluster_from_environment(Path(folder) / "cluster") as cluster,
    ):
        figures = scale.from_nothing(Path(folder) / "made", cluster, made) if made else []
        figures += scale.steady(Path(folder) / "steady", cluster, steady_) if steady_ else []
        said = load.described()
    return figures, said


def delivered(percent: int) -> tuple[list[Figure], str]:
    """Give the figures of the delivery of DAG files, at a share of the full size."""
    others, load = rivals(), Load()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        cluster_from_environment(Path(folder) / "cluster") as cluster,
    ):
        figures = delivery(Path(folder) / "delivery", cluster, others, percent)
        said = load.described()
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
