"""Git over ssh: who is let in, and which host is talked to. `GitOverSsh` says what kind of server this is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import paramiko
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from mwaa_operator.core.errors import OutsideError, Problem, Trouble

from .conftest import Git
from .served import GitOverSsh


def private(key: paramiko.PKey, password: str | None = None) -> bytes:
    text = io.StringIO()
    key.write_private_key(text, password)
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def key() -> paramiko.PKey:
    return paramiko.ECDSAKey.generate()


@pytest.fixture
def ssh(git: Git, key: paramiko.PKey) -> Iterator[GitOverSsh]:
    server = GitOverSsh(git.root, key)
    git.secret = {"identity": private(key), "known_hosts": server.known_hosts()}
    git.base = server.url
    yield server
    server.stop()


def refused(git: Git) -> Problem:
    problems = []
    for ask in (git.look, git.fetch):
        with pytest.raises(OutsideError) as error:
            ask()
        problems.append(error.value.problem)
    assert problems[0] == problems[1]
    return problems[0]


@pytest.mark.parametrize("reference", [("branch", "main"), ("tag", "v1.0.0"), ("semver", "*"), ("", "")])
def test_a_key_lets_one_in(git: Git, ssh: GitOverSsh, reference: tuple[str, str]) -> None:
    there = git.repository()
    there.commit({"dags/a.py": "1", "b.py": "2"})
    there.tag("v1.0.0", annotated=True)
    origin = git.origin(reference=reference, path="dags")
    fetched = git.fetch(origin)
    assert dict(fetched.files) == {"a.py": b"1"} and git.look(origin) == fetched.revision
    assert set(ssh.users) == {"git"}


def test_keys_as_ssh_keygen_writes_them_today(git: Git, ssh: GitOverSsh) -> None:
    git.repository().commit({"a.py": "1"})
    key = ed25519.Ed25519PrivateKey.generate()
    form = (serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    git.secret["identity"] = key.private_bytes(serialization.Encoding.PEM, *form)
    ssh.allowed = paramiko.Ed25519Key.from_private_key(io.StringIO(git.secret["identity"].decode()))
    assert list(git.fetch().files) == ["a.py"]


def test_a_key_with_a_password(git: Git, ssh: GitOverSsh, key: paramiko.PKey) -> None:
    git.repository().commit({"a.py": "1"})
    git.secret["identity"] = private(key, "opens-it")
    problem = refused(git)
    assert problem.reason == "GitAuthFailed" and "as `password`" in problem.message
    git.secret["password"] = b"opens-it"
    assert list(git.fetch().files) == ["a.py"]


def test_another_key_is_not_let_in(git: Git, ssh: GitOverSsh) -> None:
    git.repository().commit({"a.py": "1"})
    git.secret["identity"] = private(paramiko.ECDSAKey.generate())
    problem = refused(git)
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "GitAuthFailed") and "user git" in problem.message


def test_a_host_that_nobody_knows_is_not_talked_to(git: Git, ssh: GitOverSsh) -> None:
    git.repository().commit({"a.py": "1"})
    git.secret["known_hosts"] = ssh.known_hosts().replace(b"127.0.0.1", b"10.0.0.1")
    problem = refused(git)
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "GitHostUnknown") and "ssh-keyscan" in problem.message
    assert ssh.users == []


def test_a_host_that_shows_another_key_is_not_talked_to(git: Git, ssh: GitOverSsh) -> None:
    git.repository().commit({"a.py": "1"})
    git.secret["known_hosts"] = ssh.known_hosts(paramiko.ECDSAKey.generate())
    problem = refused(git)
    assert problem.reason == "GitHostUnknown" and "another key" in problem.message and ssh.users == []


@pytest.mark.parametrize("lacking", ["identity", "known_hosts"])
def test_what_the_secret_lacks_is_named_before_anybody_is_asked(git: Git, ssh: GitOverSsh, lacking: str) -> None:
    del git.secret[lacking]
    assert f"`{lacking}`" in refused(git).message and ssh.users == []


def test_an_identity_that_is_no_key(git: Git, ssh: GitOverSsh) -> None:
    git.secret["identity"] = b"no key"
    assert refused(git).reason == "GitAuthFailed"


def test_a_host_that_does_not_answer(git: Git, ssh: GitOverSsh) -> None:
    ssh.stop()
    problem = refused(git)
    assert (problem.trouble, problem.reason) == (Trouble.UNAVAILABLE, "GitUnreachable")


def test_a_repository_that_is_not_there(git: Git, ssh: GitOverSsh) -> None:
    problem = refused(git)
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "GitNotFound") and "dags.git" in problem.message


def test_a_server_that_gives_no_single_commits_gives_its_history(git: Git, ssh: GitOverSsh) -> None:
    there = git.repository()
    there.commit({"a.py": "1"})
    first = there.commit({"a.py": "2"})
    there.commit({"a.py": "3"})
    origin = git.origin(reference=("commit", first))
    assert git.fetch(origin).files["a.py"] == b"2"
    git.limits = replace(git.limits, objects=4)
    with pytest.raises(OutsideError) as error:
        git.fetch(origin)
    assert error.value.problem.reason == "SourceTooLarge"
