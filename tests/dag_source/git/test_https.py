"""Who is let in over https, and what is said to those who are not. The server is git's own, behind TLS on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.origin import Origin

from .conftest import Git
from .served import Certificate, GitOverHttps


def refused(git: Git, origin: Origin | None = None) -> Problem:
    """Look and fetch, and give what both say."""
    problems = []
    for ask in (git.look, git.fetch):
        with pytest.raises(OutsideError) as error:
            ask(origin)
        problems.append(error.value.problem)
    assert problems[0] == problems[1]
    return problems[0]


@pytest.mark.parametrize(
    ("secret", "user"), [({"username": b"me", "password": b"let:me"}, "me"), ({"password": b"let:me"}, "git")]
)
def test_a_password_lets_one_in(git: Git, secret: dict[str, bytes], user: str) -> None:
    git.repository().commit({"a.py": "1"})
    git.https.let_in(user, "let:me")
    git.secret |= secret
    assert git.fetch().revision == git.look() and list(git.fetch().files) == ["a.py"]


def test_a_bearer_token_lets_one_in(git: Git) -> None:
    git.repository().commit({"a.py": "1"})
    git.https.credentials = "Bearer abc"
    git.secret["bearerToken"] = b"abc\n"
    assert git.fetch().revision == git.look()


@pytest.mark.parametrize("secret", [{}, {"username": b"me", "password": b"wrong-one"}, {"bearerToken": b"wrong-one"}])
def test_wrong_credentials_are_named_and_not_shown(git: Git, secret: dict[str, bytes]) -> None:
    git.repository().commit({"a.py": "1"})
    git.https.let_in("me", "right")
    git.secret |= secret
    problem = refused(git, git.origin(secret="login"))
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "GitAuthFailed")
    assert "Secret login" in problem.message and "wrong-one" not in problem.message


def test_a_repository_that_is_not_there_is_named(git: Git) -> None:
    git.repository()
    problem = refused(git, git.origin("other"))
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "GitNotFound")


def test_a_certificate_that_nobody_vouches_for_is_refused(git: Git) -> None:
    git.repository().commit({"a.py": "1"})
    git.secret.clear()
    problem = refused(git)
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "GitHostUnknown") and "`ca.crt`" in problem.message


def test_an_authority_that_is_none_is_named(git: Git) -> None:
    git.secret["ca.crt"] = b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n"
    assert refused(git).reason == "GitAuthFailed"


def test_a_server_that_does_not_answer_is_tried_again(git: Git) -> None:
    origin = git.origin()
    git.https.stop()
    problem = refused(git, origin)
    assert (problem.trouble, problem.reason) == (Trouble.UNAVAILABLE, "GitUnreachable")


def test_neither_credentials_nor_requests_follow_to_another_host(git: Git, tmp_path: Path, certificate: Certificate) -> None:
    other = GitOverHttps(tmp_path, certificate)
    git.repository().commit({"a.py": "1"})
    git.secret |= {"username": b"me", "password": b"secret"}
    git.https.moved = other.url
    problem = refused(git)
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "GitRedirected") and other.url in problem.message
    assert other.asked == []
    other.stop()


def test_a_web_page_is_no_repository(git: Git) -> None:
    """A file server would have its files taken one by one, by rules of its own."""
    bare = git.repository().bare
    (bare / "git-daemon-export-ok").touch()
    (bare / "config").write_text((bare / "config").read_text() + "[http]\n\tuploadpack = false\n\tgetanyfile = true\n")
    assert refused(git).reason in ("GitNotFound", "GitAuthFailed")


def test_a_server_of_earlier_years_is_understood(git: Git) -> None:
    there = git.repository()
    first = there.commit({"a.py": "1"})
    there.tag("v1", annotated=True)
    there.commit({"a.py": "2"})
    # only version 0 of the protocol: all references are shown, and those that matter picked out here
    git.https.old = True
    for reference, content in (
        (("commit", first), b"1"),
        (("branch", "main"), b"2"),
        (("tag", "v1"), b"1"),
        (("", ""), b"2"),
    ):
        origin = git.origin(reference=reference)
        fetched = git.fetch(origin)
        assert fetched.files["a.py"] == content and fetched.revision == git.look(origin)
