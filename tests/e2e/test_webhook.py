"""From a push to an object in the bucket, told by a webhook, with the operator as it is deployed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from devcluster.processes import Running

from ..dag_source.git.served import Certificate, GitOverHttps, Repository

pytestmark = pytest.mark.cluster

TOKEN, MESSAGE = b"the sender's token", b'{"ref": "refs/heads/main"}'


@pytest.fixture
def https(tmp_path: Path) -> Iterator[GitOverHttps]:
    server = GitOverHttps(tmp_path, Certificate.made(tmp_path))
    yield server
    server.stop()


def secret(home: Any, name: str, **data: bytes) -> dict[str, Any]:
    coded = {key.replace("_", "."): base64.b64encode(value).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": home.name}, "data": coded}


def test_a_push_is_delivered_as_soon_as_its_sender_says_so(
    home: Any, https: GitOverHttps, other_operator: Callable[..., Running]
) -> None:
    other_operator("--webhooks")
    repository = Repository.made(https.root, "dags")
    repository.commit({"a.py": "A = 1\n"})
    # the interval is out of reach: what happens does so because of the message
    git = {"url": f"{https.url}/dags.git", "secretRef": {"name": "git"}, "interval": "10h"}
    hook = {"sender": "GitHub", "secretRef": {"name": "hook"}}
    home.apply(
        home.new("Bucket"),
        secret(home, "git", ca_crt=https.certificate.certificate.read_bytes()),
        secret(home, "hook", token=TOKEN),
        home.new("DagSource", bucketRef={"name": "quickstart"}, git=git, webhook=hook),
    )
    home.wait_ready("DagSource")
    port = (home.stack.directory / "operator.port").read_text()
    there = f"http://127.0.0.1:{port}/hook/{home.get('DagSource')['metadata']['uid']}"
    looks = https.looks()

    wrong = httpx.post(there, content=MESSAGE, headers={"X-Hub-Signature-256": "sha256=" + "0" * 64})
    unknown = httpx.post(f"http://127.0.0.1:{port}/hook/1", content=MESSAGE)
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (404, b"")

    commit = repository.commit({"a.py": "A = 2\n"})
    assert https.looks() == looks
    signature = "sha256=" + hmac.new(TOKEN, MESSAGE, hashlib.sha256).hexdigest()
    assert httpx.post(there, content=MESSAGE, headers={"X-Hub-Signature-256": signature}).status_code == 202
    s3, bucket = home.aws("s3"), home.status("Bucket")["bucketName"]
    home.stack.wait(
        lambda: s3.get_object(Bucket=bucket, Key="dags/a.py")["Body"].read() == b"A = 2\n", "the push to be delivered"
    )
    home.stack.wait(lambda: home.status("DagSource")["sourceRevision"].endswith(commit), "its revision to be said")
