"""The samples of DAG sources, each from its place into the bucket, with the operator as it is deployed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from devcluster.stack.deployment import REPOSITORY

from ..dag_source.oci.served import Registry, basic, htpasswd, public

pytestmark = pytest.mark.cluster


def sample(home: Any, name: str, block: str = "", **changed: Any) -> dict[str, Any]:
    """Give the DagSource of a sample, with what in its block must be another place in a test."""
    [document] = yaml.safe_load_all((REPOSITORY / "manifests" / "samples" / f"{name}.yaml").read_text())
    made: dict[str, Any] = home.new("DagSource", **document["spec"])
    if block:
        made["spec"][block] |= changed
    return made


def secret(home: Any, name: str, **data: str) -> dict[str, Any]:
    coded = {key.replace("__", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": home.name}, "data": coded}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    auth = htpasswd(tmp_path / "auth", "me", "let-me-in")
    made = Registry(tmp_path / "registry", auth=auth, authorization=lambda repository: basic("me", "let-me-in"))
    yield made
    made.stop()


def test_what_is_pushed_to_a_registry_and_signed_is_delivered(home: Any, registry: Registry) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    first = registry.push("data/dags", "production", {"a.py": "A = 1\n", "old.py": "O = 1\n"})
    registry.sign("data/dags", first, key)
    there = {"url": f"{registry.url}/data/dags", "insecure": True, "interval": "10h"}
    source = sample(home, "dags-from-oci", "oci", **there, verify={"publicKeys": [public(key)]})
    home.apply(home.new("Bucket"), source)
    said = home.wait_condition("DagSource", "SourceFetched", status="False", reason="DependencyNotFound")["message"]
    assert "Secret pull" in said

    home.apply(secret(home, "pull", username="me", password="let-me-in"))
    home.wait_ready("DagSource")
    assert home.delivered() == {"dags/a.py": b"A = 1\n", "dags/old.py": b"O = 1\n"}
    assert home.status("DagSource")["sourceRevision"] == f"production@{first}"

    # what nobody has signed is not taken, and what was stays; signed it is
    second = registry.push("data/dags", "production", {"a.py": "A = 2\n"})
    home.look("DagSource")
    said = home.wait_condition("DagSource", "SourceFetched", status="False", reason="VerificationFailed")["message"]
    assert second in said and f"Until then production@{first} is served, and nothing is deleted." in said
    assert home.delivered() == {"dags/a.py": b"A = 1\n", "dags/old.py": b"O = 1\n"}
    registry.sign("data/dags", second, key)
    home.look("DagSource")
    home.stack.wait(lambda: home.delivered() == {"dags/a.py": b"A = 2\n"}, "the signed artifact to be delivered")

    # the operator's own rights are lent to nobody whom its administrator has not named
    ecr = {"url": "oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/dags", "secretRef": None, "insecure": False}
    home.edit("DagSource", oci=ecr)
    home.wait_condition("DagSource", "SourceFetched", status="False", reason="SourceRegistryNotAllowed")
    assert home.delivered() == {"dags/a.py": b"A = 2\n"}
    assert not home.stack.emulator.calls("ecr")


def test_what_a_build_leaves_in_s3_is_copied(home: Any) -> None:
    home.apply(home.new("Bucket"))
    home.wait_ready("Bucket")
    s3, bucket = home.aws("s3"), home.status("Bucket")["bucketName"]
    for path, text in {"a.py": "A = 1\n", "team/b.py": "B = 1\n"}.items():
        s3.put_object(Bucket=bucket, Key=f"builds/current/{path}", Body=text.encode())
    home.apply(sample(home, "dags-from-s3"))
    home.wait_ready("DagSource")
    assert home.delivered() == {"dags/a.py": b"A = 1\n", "dags/team/b.py": b"B = 1\n"}

    # an edit of the same size, and a file that goes
    s3.put_object(Bucket=bucket, Key="builds/current/a.py", Body=b"A = 2\n")
    s3.delete_object(Bucket=bucket, Key="builds/current/team/b.py")
    home.look("DagSource")
    home.stack.wait(lambda: home.delivered() == {"dags/a.py": b"A = 2\n"}, "the next build to be copied")

    # a bucket of somebody else
    home.edit("DagSource", s3={"bucket": "build-results"})
    home.wait_condition("DagSource", "SourceFetched", status="False", reason="SourceBucketNotAllowed")
    assert home.delivered() == {"dags/a.py": b"A = 2\n"}


def test_a_file_of_a_secret_is_delivered_and_followed(home: Any) -> None:
    source = sample(home, "dags-from-secrets")
    home.apply(home.new("Bucket"), source)
    said = home.wait_condition("DagSource", "ReferencesResolved", status="False", reason="DependencyNotFound")["message"]
    assert "Secret kube" in said and home.delivered() == {}

    home.apply(secret(home, "kube", config="first: 1\n"))
    home.wait_ready("DagSource")
    dag = source["spec"]["files"]["pods.py"].encode()
    assert home.delivered() == {"dags/kube_config.yaml": b"first: 1\n", "dags/pods.py": dag}

    # nothing but the Secret changes; then it goes, and nothing with it
    second = {"dags/kube_config.yaml": b"second: 2\n", "dags/pods.py": dag}
    home.apply(secret(home, "kube", config="second: 2\n"))
    home.stack.wait(lambda: home.delivered() == second, "the new Secret to be delivered")
    home.stack.kubectl("-n", home.name, "delete", "secret", "kube")
    home.wait_condition("DagSource", "ReferencesResolved", status="False", message="Secret kube does not exist")
    assert home.delivered() == second
