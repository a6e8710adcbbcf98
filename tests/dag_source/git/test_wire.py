"""Nobody holds a fetch for ever: a server that answers, but hardly, or without end, is hung up on."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import paramiko
import pytest

from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.origin import Origin
from mwaa_operator.fetch.git import GitFetcher

from .conftest import Git
from .served import Drip, GitOverSsh

ASK = [Git.look, Git.fetch]


@pytest.fixture
def drip() -> Iterator[Drip]:
    made = Drip()
    yield made
    made.stopped.set()


@pytest.fixture
def ssh(git: Git) -> Iterator[GitOverSsh]:
    key = paramiko.ECDSAKey.generate()
    server = GitOverSsh(git.root, key)
    text = io.StringIO()
    key.write_private_key(text)
    git.secret = {"identity": text.getvalue().encode(), "known_hosts": server.known_hosts()}
    git.base = server.url
    yield server
    server.stop()


def refused(git: Git, ask: Callable[[Git, Origin], object], origin: Origin) -> Problem:
    with pytest.raises(OutsideError) as error:
        ask(git, origin)
    assert git.stored() == [] and git.store.taken == 0
    return error.value.problem


@pytest.mark.parametrize("ask", ASK)
def test_a_server_that_sends_byte_by_byte_is_left_at_the_deadline(git: Git, drip: Drip, ask: Callable[..., object]) -> None:
    """Each byte comes in time, and all of them, in the end: what is too late is the whole."""
    git.repository().commit({"a.py": "1"})
    git.limits = replace(git.limits, look=0.5, seconds=0.5)
    git.https.drip = drip
    problem = refused(git, ask, git.origin(reference=("branch", "main")))
    assert (problem.trouble, problem.reason) == (Trouble.UNAVAILABLE, "GitUnreachable")
    assert "has not sent all of it" in problem.message


@pytest.mark.parametrize("ask", ASK)
def test_the_same_over_ssh(git: Git, ssh: GitOverSsh, drip: Drip, ask: Callable[..., object]) -> None:
    git.repository().commit({"a.py": "1"})
    git.limits = replace(git.limits, look=2, seconds=2)
    ssh.drip = drip
    problem = refused(git, ask, git.origin(reference=("branch", "main")))
    assert (problem.trouble, problem.reason) == (Trouble.UNAVAILABLE, "GitUnreachable")
    assert "has not sent all of it" in problem.message


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("ask", ASK)
def test_references_without_end_are_refused(git: Git, ask: Callable[..., object], old: bool) -> None:
    there = git.repository()
    there.commit({"a.py": "1"})
    for number in range(20):
        there.tag(f"v1.0.{number}")
    git.https.old = old
    origin = git.origin(reference=("semver", "*"))
    git.fetch(origin)
    git.limits = replace(git.limits, aside=1000)
    problem = refused(git, ask, origin)
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "SourceTooLarge")
    assert "1000 bytes of references" in problem.message


def test_a_pack_is_not_counted_as_references(git: Git) -> None:
    git.repository().commit({"a.bin": os.urandom(1_000_000)})
    git.limits = replace(git.limits, aside=100_000)
    assert list(git.fetch().files) == ["a.bin"]


def test_what_is_under_way_is_ended_from_outside(git: Git, drip: Drip) -> None:
    git.repository().commit({"a.py": "1"})
    git.https.drip = drip
    fetcher = GitFetcher()
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(fetcher.look, git.origin(), git.secret)
        while not git.https.asked:
            drip.stopped.wait(0.01)
        fetcher.close()
        assert isinstance(looking.exception(30), OutsideError)
