"""Where files come from, which of them are good, and which define a DAG. Pure."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.sources.files import Files, Source, gather, path_fault
from mwaa_operator.sources.lint import dag_files, defines_dag

GOOD = b"x = 1\n"


def test_sources_join_below_their_folders() -> None:
    files = gather([Source("spec.files", {"a.py": b"a"}), Source("ConfigMap more", {"b.py": b"b"}, "team/x")])
    assert files == Files({"a.py": b"a", "team/x/b.py": b"b"})


def test_a_path_that_two_sources_claim_is_delivered_by_neither() -> None:
    files = gather([Source("spec.files", {"a.py": b"a", "c.py": b"c"}), Source("ConfigMap more", {"a.py": b"b"})])
    assert (dict(files.content), files.refused) == ({"c.py": b"c"}, {"a.py"})
    [finding] = files.findings
    assert (finding.code, finding.where) == ("DuplicatePath", "ConfigMap more")
    assert "a.py" in finding.message and "spec.files" in finding.message


def test_a_path_cannot_be_file_and_folder() -> None:
    files = gather([Source("spec.files", {"a": b"a", "a/b.py": b"b"})])
    assert (dict(files.content), [each.code for each in files.findings]) == ({"a/b.py": b"b"}, ["PathIsFileAndFolder"])


@pytest.mark.parametrize(
    "path", ["/a.py", "../a.py", "a/../b.py", "a//b.py", "a/", "", "./a.py", "a\\b.py", "a\n.py", "x" * 1001]
)
def test_paths_that_are_refused(path: str) -> None:
    assert path_fault(path)
    files = gather([Source("spec.files", {path: GOOD, "ok.py": GOOD})])
    assert (list(files.content), [each.code for each in files.findings]) == (["ok.py"], ["BadPath"])


@given(st.lists(st.text(st.sampled_from("ab./\\ \n"), max_size=8), max_size=6))
def test_whatever_is_delivered_stays_below_the_folder(paths: list[str]) -> None:
    for path in gather([Source("spec.files", dict.fromkeys(paths, GOOD))]).content:
        assert not path.startswith("/") and ".." not in path.split("/") and path


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from airflow.sdk import DAG\nwith DAG('x'):\n    pass", True),
        ("import airflow\nd = airflow.DAG('x')", True),
        ("from airflow.decorators import dag\n@dag(schedule=None)\ndef f():\n    pass\nf()", True),
        ("from airflow.decorators import dag\n@dag\ndef f():\n    pass\nx = f()", True),
        ("from airflow.sdk import DAG\nfor i in range(3):\n    DAG(f'x{i}')", True),
        ("from airflow.decorators import dag\n@dag\ndef f():\n    pass", False),
        ("from airflow.sdk import DAG\ndef make():\n    return DAG('x')", False),
        ("from airflow.sdk import DAG\nif __name__ == '__main__':\n    DAG('x')", False),
        ("from airflow.sdk import DAG\nx: DAG", False),
        ("def helper(): pass", False),
        ("import airflow\nD = 1", False),
        ("with DAG('x'):\n    pass", False),
        ("with DAG('airflow'", False),
    ],
)
def test_which_files_surely_define_a_dag(code: str, expected: bool) -> None:
    assert defines_dag(code.encode()) is expected


def test_files_that_airflowignore_hides_need_no_proof() -> None:
    code = textwrap.dedent(
        """
        from airflow.sdk import DAG
        DAG("x")
        """
    ).encode()
    content = dict.fromkeys(("a.py", "old/b.py", "team/c.py", "team/skip_d.py", "data.txt"), code)
    content |= {".airflowignore": b"# gone\nold/\n\n[", "team/.airflowignore": b"skip_.*\n"}
    assert dag_files(content) == {"a.py", "team/c.py"}
