"""Submodules, where they are wanted: from the same host with the credentials, from another one without."""

from __future__ import annotations

from pathlib import Path

import pytest

from mwaa_operator.core.errors import OutsideError
from mwaa_operator.core.origin import Fetched

from .conftest import Git
from .served import Certificate, GitOverHttps, Repository
from .served import git as run_git


def link(there: Repository, path: str, url: str, commit: str, extra: str = "") -> None:
    """Commit a submodule without fetching it."""
    modules = there.work / ".gitmodules"
    known = modules.read_text() if modules.exists() else ""
    modules.write_text(f'{known}[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n{extra}')
    run_git(there.work, "add", "-A")
    run_git(there.work, "update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    run_git(there.work, "commit", "-q", "-m", "a submodule")
    there.push()


def fetch(git: Git, **settings: str) -> Fetched:
    return git.fetch(git.origin(options=frozenset({"submodules"}), **settings))


def test_files_of_submodules_are_delivered_below_their_path(git: Git) -> None:
    deep, library, there = git.repository("deep"), git.repository("library"), git.repository()
    inner = deep.commit({"d.py": "3"})
    library.commit({"l.py": "2"})
    link(library, "deeper", "../deep.git", inner)
    commit = run_git(library.work, "rev-parse", "HEAD")
    library.commit({"l.py": "newer"})
    there.commit({"dags/a.py": "1"})
    link(there, "dags/library", "../library.git", commit)
    git.https.let_in("me", "secret")
    git.secret |= {"username": b"me", "password": b"secret"}
    fetched = fetch(git, path="dags")
    assert dict(fetched.files) == {"a.py": b"1", "library/l.py": b"2", "library/deeper/d.py": b"3"}
    assert fetched.findings == ()


def test_another_host_is_not_shown_the_credentials(git: Git, tmp_path: Path, certificate: Certificate) -> None:
    other = GitOverHttps(tmp_path, certificate)
    commit = git.repository("library").commit({"l.py": "2"})
    there = git.repository()
    there.commit({"a.py": "1"})
    link(there, "library", f"{other.url}/library.git", commit)
    git.https.let_in("me", "secret")
    git.secret |= {"username": b"me", "password": b"secret"}
    assert sorted(fetch(git).files) == ["a.py", "library/l.py"]
    assert other.asked and {each.authorization for each in other.asked} == {""}
    other.stop()


@pytest.mark.parametrize(
    "url", ["/etc", "file:///etc", "http://127.0.0.1/x", "git://host/x", "--upload-pack=x", "../../../x y"]
)
def test_an_address_that_is_neither_https_nor_ssh_is_refused(git: Git, url: str) -> None:
    there = git.repository()
    there.commit({"a.py": "1"})
    link(there, "library", url, "1" * 40)
    fetched = fetch(git)
    assert list(fetched.files) == ["a.py"] and [each.code for each in fetched.findings] == ["GitSubmoduleRefused"]


def test_a_submodule_of_itself_ends(git: Git) -> None:
    there = git.repository()
    first = there.commit({"a.py": "1"})
    for _ in range(22):
        link(there, "again", "../dags.git", first)
        first = run_git(there.work, "rev-parse", "HEAD")
        run_git(there.work, "rm", "-q", "--cached", ".gitmodules")
        (there.work / ".gitmodules").unlink()
    run_git(there.work, "checkout", "-q", first)
    there.push()
    fetched = fetch(git)
    assert [each.code for each in fetched.findings] == ["GitSubmoduleRefused"]


def test_a_submodule_that_cannot_be_had_keeps_the_revision_from_being_taken(git: Git) -> None:
    """Half a revision would break what imports from the other half."""
    there = git.repository()
    there.commit({"a.py": "1"})
    link(there, "library", "../gone.git", "1" * 40)
    with pytest.raises(OutsideError) as error:
        fetch(git)
    assert error.value.problem.reason == "GitNotFound" and "gone.git" in error.value.problem.message
