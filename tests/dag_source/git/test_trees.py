"""What a repository may hold: hostile names, links and sizes end in a finding or a refusal, and nothing leads astray."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest

from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.core.origin import Fetched, sha256_of
from mwaa_operator.fetch.stored import Store

from .conftest import Git
from .served import git as run_git

HOSTILE = ["..", ".", ".git", ".GIT", ".giT", "git~1", ".g\u200cit", ".git.", "a\\b", "a\nb", "a\x01b", "\udcff\udcfe"]


def codes(fetched: Fetched) -> dict[str, str]:
    return {finding.code: finding.message for finding in fetched.findings}


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_left_out_and_named(git: Git, name: str) -> None:
    git.repository().hostile([("100644", name, b"boo"), ("100644", "good.py", b"fine")])
    fetched = git.fetch()
    assert dict(fetched.files) == {"good.py": b"fine"}
    assert [finding.code for finding in fetched.findings] == ["GitBadPath"]
    assert len(fetched.refused) == 1


@pytest.mark.parametrize("name", ["..", ".git"])
def test_a_hostile_folder_is_left_out_with_all_that_is_in_it(git: Git, name: str) -> None:
    there = git.repository()
    blob = run_git(there.bare, "hash-object", "-w", "--stdin", stdin=b"boo")
    inner = b"100644 config\0" + bytes.fromhex(blob)
    there.hostile([("40000", name, inner), ("100644", "good.py", b"fine")])
    fetched = git.fetch()
    assert dict(fetched.files) == {"good.py": b"fine"} and [each.code for each in fetched.findings] == ["GitBadPath"]


@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../secret.py", "sub/../../secret.py", "gone.py", "link.py", "sub", "sub/..", "", "./x/../../b"],
)
def test_a_link_that_leads_to_no_file_in_the_folder_is_refused(git: Git, target: str) -> None:
    git.repository().commit({"secret.py": "s", "dags/a.py": "1", "dags/sub/b.py": "2"})
    there = git.repository("linked")
    (there.work / "dags" / "sub").mkdir(parents=True)
    (there.work / "dags" / "sub" / "b.py").write_text("2")
    (there.work / "secret.py").write_text("s")
    run_git(there.work, "add", "-A")
    blob = run_git(there.work, "hash-object", "-w", "--stdin", stdin=target.encode())
    run_git(there.work, "update-index", "--add", "--cacheinfo", f"120000,{blob},dags/link.py")
    run_git(there.work, "commit", "-q", "-m", "a link")
    there.push()
    fetched = git.fetch(git.origin("linked", path="dags"))
    assert dict(fetched.files) == {"sub/b.py": b"2"} and fetched.refused == {"link.py"}
    assert "link.py" in codes(fetched)["GitLinkRefused"]


def test_a_link_to_a_file_in_the_folder_is_that_file(git: Git) -> None:
    there = git.repository()
    (there.work / "team").mkdir()
    (there.work / "common.py").write_text("shared")
    (there.work / "team" / "one.py").symlink_to("../common.py")
    (there.work / "two.py").symlink_to("team/one.py")
    there.commit({})
    fetched = git.fetch()
    assert {path: bytes(data) for path, data in fetched.files.items()} == dict.fromkeys(
        ("common.py", "team/one.py", "two.py"), b"shared"
    )
    assert fetched.findings == ()


def test_a_submodule_that_nobody_asked_for_is_a_warning(git: Git) -> None:
    there = git.repository()
    there.hostile([("160000", "library", b"1" * 40), ("100644", "a.py", b"1")])
    fetched = git.fetch()
    assert list(fetched.files) == ["a.py"] and "recurseSubmodules" in codes(fetched)["GitSubmoduleLeftOut"]


def test_files_about_the_repository_are_not_delivered(git: Git) -> None:
    git.repository().commit({".gitignore": "x", "sub/.gitattributes": "x", ".gitmodules": "", ".airflowignore": "y"})
    assert list(git.fetch().files) == [".airflowignore"]


def test_a_file_that_is_too_large_is_left_out(git: Git) -> None:
    git.repository().commit({"large.bin": "x" * 1001, "a.py": "1"})
    git.limits = replace(git.limits, file=1000)
    fetched = git.fetch()
    assert list(fetched.files) == ["a.py"] and fetched.refused == {"large.bin"}
    assert "1001 bytes, more than 1000 bytes" in codes(fetched)["GitFileTooLarge"]


def test_a_file_that_lies_too_deep_is_left_out(git: Git) -> None:
    git.repository().commit({"1/2/3/4/a.py": "1", "1/2/b.py": "2"})
    git.limits = replace(git.limits, depth=3)
    fetched = git.fetch()
    assert list(fetched.files) == ["1/2/b.py"] and "3 folders deep" in codes(fetched)["GitBadPath"]


@pytest.mark.parametrize(
    "limit", [{"files": 2}, {"total": 29}, {"pack": 100}, {"objects": 4}, {"object": 9}, {"unpacked": 40}]
)
def test_what_is_too_large_altogether_is_refused_as_a_whole(git: Git, limit: dict[str, int]) -> None:
    git.repository().commit({f"{name}.py": name * 10 for name in "abc"})
    assert len(git.fetch().files) == 3
    git.limits = replace(git.limits, **limit)
    with pytest.raises(OutsideError) as error:
        git.fetch()
    assert (error.value.problem.trouble, error.value.problem.reason) == (Trouble.REFUSED, "SourceTooLarge")
    assert git.stored() == [] and git.store.taken == 0


def test_hashes_are_known_without_reading(git: Git) -> None:
    git.repository().commit({"a.py": "1"})
    fetched = git.fetch()
    for each in (git.root / "store").glob("*/tree-*/*"):
        each.write_bytes(b"other")
    assert sha256_of(fetched.files, "a.py") == sha256_of({"a.py": b"1"}, "a.py")


def test_files_go_from_the_disk_when_nobody_refers_to_them(git: Git) -> None:
    git.repository().commit({"a.py": "1"})
    fetched = git.fetch()
    assert git.stored() == [sha256_of(fetched.files, "a.py")]
    del fetched
    gc.collect()
    assert git.stored() == []


def test_the_disk_that_all_sources_take_together_is_bounded(git: Git) -> None:
    git.repository().commit({"a.bin": os.urandom(100_000)})
    git.store = Store(git.root / "small", 250_000)
    first = git.fetch()
    assert git.store.taken == 100_000
    with pytest.raises(OutsideError) as error:
        git.fetch()
    assert (error.value.problem.trouble, error.value.problem.reason) == (Trouble.REFUSED, "SourceStoreFull")
    assert git.store.taken == 100_000
    assert len(first.files["a.bin"]) == 100_000
    del first
    gc.collect()
    assert len(git.fetch().files["a.bin"]) == 100_000
    git.store.close()


def test_what_ended_processes_left_is_cleared_away_and_nothing_of_those_that_live(tmp_path: Path) -> None:
    living = Store(tmp_path, 1)
    left = tmp_path / "sources-left"
    left.mkdir()
    (left / "lock").touch()
    other = Store(tmp_path, 1)
    assert not left.exists() and living.new().path.exists() and other.new().path.exists()
    living.close()
    other.close()
    assert list(tmp_path.iterdir()) == []
