"""Which commit is read, over real git http, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mwaa_operator.core.errors import OutsideError, Trouble

from .conftest import Git
from .served import git as run_git


def test_a_branch_gives_its_newest_commit_and_no_other(git: Git) -> None:
    there = git.repository()
    there.commit({"a.py": "1", "old.py": "x"})
    newest = there.commit({"a.py": "2", "old.py": None, "team/b.py": "3"})
    there.commit({"c.py": "4"}, branch="main-next")
    origin = git.origin(reference=("branch", "main"))
    fetched = git.fetch(origin)
    assert git.look(origin) == fetched.revision == f"main@sha1:{newest}"
    assert {path: bytes(data) for path, data in fetched.files.items()} == {"a.py": b"2", "team/b.py": b"3"}


def test_without_a_reference_the_head_of_the_repository_is_followed(git: Git) -> None:
    there = git.repository()
    there.commit({"a.py": "1"})
    other = there.commit({"a.py": "2"}, branch="trunk")
    run_git(there.bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
    assert git.look() == git.fetch().revision == f"trunk@sha1:{other}"


@pytest.mark.parametrize("annotated", [False, True])
def test_a_tag_gives_its_commit(git: Git, annotated: bool) -> None:
    there = git.repository()
    tagged = there.commit({"a.py": "1"})
    there.tag("v1.0.0", annotated)
    there.commit({"a.py": "2"})
    origin = git.origin(reference=("tag", "v1.0.0"))
    fetched = git.fetch(origin)
    assert git.look(origin) == fetched.revision == f"v1.0.0@sha1:{tagged}"
    assert fetched.files["a.py"] == b"1"


def test_a_range_gives_the_highest_version_in_it(git: Git) -> None:
    there = git.repository()
    commits = {}
    for name in ("v1.2.0", "1.10.0", "v1.9.3", "v2.0.0-rc.1", "v2.0.0", "nightly"):
        there.commit({"a.py": name})
        commits[name] = there.tag(name, annotated=name.startswith("v1"))
    origin = git.origin(reference=("semver", "1.x"))
    assert git.look(origin) == git.fetch(origin).revision == f"1.10.0@sha1:{commits['1.10.0']}"
    assert git.fetch(git.origin(reference=("semver", "~1.9"))).files["a.py"] == b"v1.9.3"


def test_a_commit_is_read_although_nothing_points_to_it_and_asks_nothing_once_it_is_known(git: Git) -> None:
    there = git.repository()
    first = there.commit({"a.py": "1"})
    there.commit({"a.py": "2"})
    origin = git.origin(reference=("commit", first))
    fetched = git.fetch(origin)
    assert (fetched.revision, fetched.files["a.py"]) == (f"sha1:{first}", b"1")
    git.https.asked.clear()
    assert git.look(origin) == fetched.revision and git.https.asked == []


def test_the_path_alone_is_delivered(git: Git) -> None:
    git.repository().commit({"a.py": "1", "team/dags/b.py": "2", "team/dags/x/c.py": "3", "team/d.py": "4"})
    assert sorted(git.fetch(git.origin(path="team/dags")).files) == ["b.py", "x/c.py"]


def test_history_is_not_fetched(git: Git) -> None:
    there = git.repository()
    there.commit({"large.bin": "x" * 1000 + "0123456789" * 5000})
    there.commit({"large.bin": None, "a.py": "1"})
    git.limits = replace(git.limits, objects=3)
    assert sorted(git.fetch().files) == ["a.py"]
    [request] = git.https.packs()
    assert b"deepen 1\n" in request


def test_a_force_push_is_followed(git: Git) -> None:
    there = git.repository()
    there.commit({"a.py": "1"})
    before = git.fetch()
    run_git(there.work, "commit", "-q", "--amend", "-m", "another past")
    (there.work / "a.py").write_text("2")
    run_git(there.work, "commit", "-q", "-a", "--amend", "-m", "another past")
    after = there.push(force=True)
    assert git.look() != before.revision
    assert git.fetch().revision == f"main@sha1:{after}" and git.fetch().files["a.py"] == b"2"


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        (("branch", "gone"), "no branch gone"),
        (("tag", "v9"), "no tag v9"),
        (("semver", ">=9"), "no tag with a version in the range >=9"),
    ],
)
def test_a_reference_that_is_not_there_is_named(git: Git, reference: tuple[str, str], says: str) -> None:
    git.repository().commit({"a.py": "1"})
    for ask in (git.look, git.fetch):
        with pytest.raises(OutsideError) as error:
            ask(git.origin(reference=reference))
        problem = error.value.problem
        assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "GitReferenceNotFound")
        assert says in problem.message and "spec.git.ref" in problem.message and git.https.url in problem.message


def test_a_commit_that_is_not_there_is_named(git: Git) -> None:
    git.repository().commit({"a.py": "1"})
    with pytest.raises(OutsideError) as error:
        git.fetch(git.origin(reference=("commit", "1" * 40)))
    assert error.value.problem.reason == "GitReferenceNotFound"


def test_a_repository_without_a_commit_is_named(git: Git) -> None:
    git.repository()
    with pytest.raises(OutsideError) as error:
        git.look()
    assert error.value.problem.reason == "GitReferenceNotFound" and "it is empty" in error.value.problem.message


def test_a_folder_that_is_not_there_is_named(git: Git) -> None:
    git.repository().commit({"a.py": "1", "b/c.py": "2"})
    for path in ("dags", "a.py", "b/x"):
        with pytest.raises(OutsideError) as error:
            git.fetch(git.origin(path=path))
        assert error.value.problem.reason == "GitPathNotFound" and path in error.value.problem.message
