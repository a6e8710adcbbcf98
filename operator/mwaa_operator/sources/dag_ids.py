"""DAG ids that two files define: Airflow shows only one of two DAGs with one id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .tree import Tree


def doubled(tree: Tree) -> Iterator[Finding]:
    """Name every id that two files define which Airflow reads."""
    files = defaultdict[str, list[str]](list)
    for path, reading in sorted(tree.readings.items()):
        if path not in tree.hidden and reading.dag_calls:
            for id_ in reading.dag_ids:
                files[id_].append(tree.place(path))
    for id_, paths in sorted(files.items()):
        if len(paths) > 1:
            text = f"the DAG id {id_} is also in {', '.join(paths[:-1])}: Airflow shows one of them only. Rename the others"
            yield Finding("DuplicateDagId", paths[-1], text, Severity.WARNING)
