"""Two DAGs with one id: Airflow shows one of them, and nobody knows which."""

from __future__ import annotations

import pytest

from mwaa_operator.core.finding import Severity
from mwaa_operator.sources.dag_ids import doubled
from mwaa_operator.sources.lint import read, tree_of


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("from airflow import DAG\nDAG('a')", {"a"}),
        ("from airflow import DAG\nwith DAG(dag_id='a', schedule=None) as d: pass", {"a"}),
        ("import airflow\nairflow.DAG('a')\nairflow.DAG('b')", {"a", "b"}),
        ("from airflow.sdk import dag\n@dag\ndef mine(): pass", {"mine"}),
        ("from airflow.sdk import dag\n@dag(schedule=None)\ndef mine(): pass", {"mine"}),
        ("from airflow.sdk import dag\n@dag(dag_id='a')\ndef mine(): pass", {"a"}),
        ("from airflow.sdk import dag\n@dag('a')\ndef mine(): pass", {"a"}),
        ("from airflow import DAG\nfor n in range(3): DAG(f'a{n}')", set()),
        ("from airflow import DAG\nDAG(", set()),
        ("print('a')", set()),
    ],
)
def test_ids_are_read_where_they_are_written_out(text: str, ids: set[str]) -> None:
    assert read(text.encode()).dag_ids == ids


def test_an_id_in_two_files_is_named_with_both() -> None:
    one, other = b"from airflow import DAG\nDAG('a')\n", b"from airflow import DAG\nDAG(dag_id='a')\n"
    (finding,) = doubled(tree_of({"x.py": one, "y/z.py": other, "a.txt": one}, "dags"))
    assert (finding.code, finding.where, finding.severity) == ("DuplicateDagId", "dags/y/z.py", Severity.WARNING)
    assert "the DAG id a is also in dags/x.py" in finding.message
    assert list(doubled(tree_of({"x.py": one}, "dags"))) == []
    assert list(doubled(tree_of({"x.py": one, "y/z.py": other, ".airflowignore": b"y/"}, "dags"))) == [], (
        "a hidden file has none"
    )
