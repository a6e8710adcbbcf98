"""All measures of the delivery of DAG files, each at a share of its full size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.delivery.crowded import crowded
from benchmarks.delivery.large import large
from benchmarks.delivery.linted import linted
from benchmarks.delivery.pushed import delivered, pushed
from benchmarks.delivery.rivals import Rival
from benchmarks.delivery.site import site
from benchmarks.delivery.synced import synced
from benchmarks.delivery.tree import Team
from benchmarks.figure import Figure
from devcluster.cluster import Cluster

FILES, SOURCES, MEBIBYTES, LINTED, FEW = 5000, 500, 1024, 1000, 10


def delivery(directory: Path, cluster: Cluster, others: Sequence[Rival], percent: int) -> list[Figure]:
    """Measure everything."""
    files, sources, mebibytes, dags = (max(1, each * percent // 100) for each in (FILES, SOURCES, MEBIBYTES, LINTED))
    directory.mkdir(parents=True)
    figures = linted(directory, dags)
    with site(directory, cluster) as there:
        small, tree = Team(directory, "small"), Team(directory, "tree")
        figures += synced(there, tree, others, files)
        figures += pushed(there, delivered(there, small, FEW)) + pushed(there, tree)
        figures += crowded(there, sources)
        figures += large(there, mebibytes)
    return figures
