"""From a push to an object in the bucket: a real repository behind git's own server, and the operator as it is deployed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ..dag_source.git.served import Certificate, GitOverHttps, Repository
from ..dag_source.git.signers import with_ssh

pytestmark = pytest.mark.cluster


@pytest.fixture
def https(tmp_path: Path) -> Iterator[GitOverHttps]:
    server = GitOverHttps(tmp_path, Certificate.made(tmp_path))
    server.let_in("me", "first")
    yield server
    server.stop()


def secret(home: Any, https: GitOverHttps, password: str) -> dict[str, Any]:
    data = {"username": b"me", "password": password.encode(), "ca.crt": https.certificate.certificate.read_bytes()}
    coded = {name: base64.b64encode(value).decode() for name, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "git", "namespace": home.name}, "data": coded}


def source(home: Any, https: GitOverHttps, **more: Any) -> dict[str, Any]:
    # the interval is out of reach: what happens does so because of a push and a request, a Secret or a spec
    there = {"url": f"{https.url}/dags.git", "path": "dags", "secretRef": {"name": "git"}, "interval": "10h"}
    spec = {"bucketRef": {"name": "quickstart"}, "prune": True, "git": there | more}
    document: dict[str, Any] = home.new("DagSource", **spec)
    return document


@pytest.mark.row("B112")
def test_a_push_is_in_the_bucket_and_a_failure_takes_nothing_away(home: Any, https: GitOverHttps) -> None:
    repository = Repository.made(https.root, "dags")
    first = repository.commit({"dags/team/a.py": "A = 1\n", "dags/b.txt": "b", "elsewhere.py": "no"})
    home.apply(home.new("Bucket"), secret(home, https, "first"), source(home, https))
    home.wait_ready("DagSource")
    assert home.delivered() == {"dags/team/a.py": b"A = 1\n", "dags/b.txt": b"b"}
    assert home.status("DagSource")["sourceRevision"] == f"main@sha1:{first}"
    assert home.condition("DagSource", "SourceFetched")["status"] == "True"

    # a push, and a request for a look: what is new comes, what has left goes
    second = repository.commit({"dags/team/a.py": "A = 2\n", "dags/b.txt": None, "dags/c.py": "C = 1\n"})
    home.look("DagSource")
    home.stack.wait(
        lambda: home.status("DagSource").get("sourceRevision") == f"main@sha1:{second}", "the push to be delivered"
    )
    pushed = {"dags/team/a.py": b"A = 2\n", "dags/c.py": b"C = 1\n"}
    assert home.delivered() == pushed

    # a look in between for another reason does not ask the repository
    https.asked.clear()
    home.edit("DagSource", tags={"team": "data"})
    home.wait_ready("DagSource")
    assert https.asked == []

    # the password is changed: it is said, and drift is still put back
    https.let_in("me", "second")
    repository.commit({"dags/c.py": None})
    home.aws("s3").delete_object(Bucket=home.status("Bucket")["bucketName"], Key="dags/c.py")
    home.look("DagSource")
    said = home.wait_condition("DagSource", "SourceFetched", status="False", reason="GitAuthFailed")["message"]
    assert f"Until then main@sha1:{second} is served, and nothing is deleted." in said and "Secret git" in said
    assert home.condition("DagSource", "Stalled")["reason"] == "GitAuthFailed"
    home.stack.wait(lambda: home.delivered() == pushed, "drift to be put back")
    assert home.status("DagSource")["sourceRevision"] == f"main@sha1:{second}"

    # the Secret is corrected: that alone is enough
    home.apply(secret(home, https, "second"))
    home.wait_ready("DagSource")
    home.stack.wait(lambda: home.delivered() == {"dags/team/a.py": b"A = 2\n"}, "the next push to be delivered")


def test_a_source_that_cannot_be_read_leaves_what_was_delivered(home: Any, https: GitOverHttps) -> None:
    Repository.made(https.root, "dags").commit({"dags/a.py": "A = 1\n"})
    home.apply(home.new("Bucket"), secret(home, https, "first"), source(home, https))
    home.wait_ready("DagSource")
    revision = home.status("DagSource")["revision"]

    # another place, of which nothing is known
    home.apply(source(home, https, ref={"branch": "gone"}))
    said = home.wait_condition("DagSource", "SourceFetched", status="False", reason="GitReferenceNotFound")["message"]
    assert "no branch gone" in said and said.endswith("Until then nothing is delivered, and nothing is deleted.")
    assert home.condition("DagSource", "Ready")["reason"] == "GitReferenceNotFound"
    assert home.delivered() == {"dags/a.py": b"A = 1\n"} and home.status("DagSource")["revision"] == revision

    # it can be deleted although it cannot be read
    home.delete("DagSource")
    home.wait_gone("DagSource")
    assert home.delivered() == {}


def test_what_nobody_has_signed_takes_the_place_of_nothing(home: Any, https: GitOverHttps, tmp_path: Path) -> None:
    known, other = (with_ssh(tmp_path / name, "ed25519") for name in ("known", "other"))
    repository = Repository.made(https.root, "dags")
    first = known.commit(repository, {"dags/a.py": "A = 1\n"})
    verify = {"publicKeys": [known.public]}
    home.apply(home.new("Bucket"), secret(home, https, "first"), source(home, https, verify=verify))
    home.wait_ready("DagSource")
    assert home.delivered() == {"dags/a.py": b"A = 1\n"}

    for push in (repository.commit, partial(other.commit, repository)):
        second = push({"dags/a.py": "A = 3\n"})
        home.look("DagSource")
        wanted = {"status": "False", "reason": "VerificationFailed", "message": f"commit {second}"}
        said = home.wait_condition("DagSource", "SourceFetched", **wanted)["message"]
        assert f"Until then main@sha1:{first} is served, and nothing is deleted." in said
        assert home.delivered() == {"dags/a.py": b"A = 1\n"}

    # the other key is added: that alone is enough
    home.edit("DagSource", git={"verify": {"publicKeys": [known.public, other.public]}})
    home.stack.wait(lambda: home.delivered() == {"dags/a.py": b"A = 3\n"}, "what the other has signed to be delivered")
    home.wait_ready("DagSource")
