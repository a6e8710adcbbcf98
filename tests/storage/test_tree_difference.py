"""What there is to do about a tree: pure, by tables and by properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.core.change import changes
from mwaa_operator.core.observed import Observed
from mwaa_operator.resources.s3 import CHANGED_OUTSIDE, GONE_OUTSIDE, Tree, revision, sha256
from mwaa_operator.resources.s3_tree import Entry, Listed, Manifest, difference, is_dag, observed_files


def want(files: dict[str, str], *, prune: bool = False, kept: frozenset[str] = frozenset()) -> Tree:
    return Tree("lake", "dags", files, {}, ".mwaa-operator/team/src.json", {}, prune=prune, kept=kept)


def manifest(files: dict[str, str]) -> Manifest:
    return Manifest("dags", {}, {path: Entry(sha, f"etag-{sha}", "v1", 1, True) for path, sha in files.items()})


def listing(files: dict[str, str]) -> dict[str, Listed]:
    return {path: Listed(f"etag-{sha}") for path, sha in files.items()}


@pytest.mark.parametrize(
    ("wanted", "recorded", "listed", "found"),
    [
        ({"a": "1"}, {}, {}, {"upload": {"a"}}),
        ({"a": "1"}, {"a": "1"}, {"a": "1"}, {}),
        ({"a": "2"}, {"a": "1"}, {"a": "1"}, {"upload": {"a"}}),
        ({"a": "1"}, {"a": "1"}, {}, {"upload": {"a"}}),
        ({"a": "1"}, {"a": "1"}, {"a": "9"}, {"doubtful": {"a"}}),
        ({"a": "1"}, {}, {"a": "1"}, {"doubtful": {"a"}}),
        ({}, {"a": "1"}, {"a": "1"}, {"delete": {"a"}}),
        ({}, {"a": "1"}, {"a": "9"}, {"doubtful_delete": {"a"}}),
        ({}, {"a": "1"}, {}, {"forget": {"a"}}),
        ({}, {}, {"a": "1"}, {}),
    ],
)
def test_each_case(wanted: dict[str, str], recorded: dict[str, str], listed: dict[str, str], found: dict[str, Any]) -> None:
    todo = difference(want(wanted, prune=True), manifest(recorded), listing(listed))
    assert {name: set(paths) for name, paths in vars(todo).items() if paths} == found


paths = st.sampled_from(["a.py", "b.py", "lib/c.py", "d.sql"])
trees = st.dictionaries(paths, st.sampled_from("123"))


@given(trees, trees, trees, st.booleans(), st.frozensets(paths))
def test_there_is_a_difference_to_show_exactly_when_there_is_something_to_do(
    wanted: dict[str, str], recorded: dict[str, str], listed: dict[str, str], prune: bool, kept: frozenset[str]
) -> None:
    tree, record, there = want(wanted, prune=prune, kept=kept), manifest(recorded), listing(listed)
    shown = changes(tree, Observed("id", fields={"files": observed_files(tree, record, there)}))
    todo = difference(tree, record, there)
    assert bool(shown) == bool(todo)


@given(trees, trees, trees, st.booleans(), st.frozensets(paths))
def test_nothing_is_deleted_that_is_not_recorded_or_is_wanted_or_kept(
    wanted: dict[str, str], recorded: dict[str, str], listed: dict[str, str], prune: bool, kept: frozenset[str]
) -> None:
    todo = difference(want(wanted, prune=prune, kept=kept), manifest(recorded), listing(listed))
    going = todo.delete | todo.doubtful_delete
    assert going <= recorded.keys() - wanted.keys() - kept
    assert going <= listed.keys()
    assert not going or prune
    assert all(recorded[path] == listed[path] for path in todo.delete)
    assert todo.upload | todo.doubtful <= wanted.keys()
    groups = (todo.upload, todo.doubtful, todo.delete, todo.doubtful_delete, todo.forget)
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


def test_what_others_did_is_shown_as_such() -> None:
    tree = want({"a": "1", "b": "1"}, prune=True)
    record = manifest({"a": "1", "b": "1", "c": "1"})
    assert observed_files(tree, record, listing({"a": "1", "b": "9"})) == {
        "a": "1",
        "b": CHANGED_OUTSIDE,
        "c": GONE_OUTSIDE,
    }


@given(trees, st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_a_manifest_reads_as_it_was_written(files: dict[str, str], tags: dict[str, str]) -> None:
    record = Manifest("dags", tags, manifest(files).files)
    assert Manifest.loads(record.dumps()) == record
    reordered = Manifest("dags", tags, dict(reversed(list(record.files.items()))))
    assert reordered.dumps() == record.dumps()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"files": {"a": {"sha": 1}}, "prefix": "", "tags": {}}'])
def test_anything_else_is_no_manifest(content: bytes) -> None:
    with pytest.raises(ValueError):
        Manifest.loads(content)


def test_a_revision_names_files_and_paths() -> None:
    one, other = sha256(b"one"), sha256(b"other")
    assert len(revision({"a": one})) == 12
    assert revision({"a": one, "b": other}) == revision({"b": other, "a": one})
    assert len({revision(files) for files in ({}, {"a": one}, {"b": one}, {"a": other}, {"a": one, "b": one})}) == 5


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.py", b"from airflow.sdk import DAG", True),
        ("lib/a.py", b"from Airflow import dag", True),
        ("a.py", b"def rows(): ...", False),
        ("a.sql", b"-- airflow dag", False),
    ],
)
def test_a_dag_file_is_what_airflow_takes_for_one(path: str, content: bytes, expected: bool) -> None:
    assert is_dag(path, content) is expected
