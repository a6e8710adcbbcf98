"""DAGs out of what Flux has fetched, with the operator as it is deployed. Flux's controllers are not here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..dag_source.oci.served import tar
from ..flux import GROUP, KINDS, Files, definitions, serving

pytestmark = pytest.mark.cluster


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    with serving(tmp_path) as files:
        yield files


def says(home: Any, kind: str, artifact: dict[str, str], ready: str = "True", message: str = "") -> None:
    """Publish an artifact, as the controller of that kind does."""
    about = {"name": "dags", "namespace": home.name}
    home.apply({"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": about, "spec": {}})
    condition = {"type": "Ready", "status": ready, "reason": "Test", "message": message}
    status = json.dumps({"status": {"artifact": artifact, "conditions": [condition]}})
    there = f"{KINDS[kind]}.{GROUP}"
    home.stack.kubectl("-n", home.name, "patch", there, "dags", "--type=merge", "--subresource=status", "--patch", status)


def test_an_artifact_of_flux_is_delivered_as_it_is_published(home: Any, files: Files) -> None:
    # Flux is not installed yet: that is said, and is no error of anything else
    reference = {"kind": "GitRepository", "name": "dags"}
    home.apply(home.new("Bucket"), home.new("DagSource", bucketRef={"name": "quickstart"}, fluxRef=reference, prune=True))
    said = home.wait_condition("DagSource", "SourceFetched", status="False", reason="DependencyNotFound")["message"]
    assert f"GitRepository {home.name}/dags does not exist, or {GROUP}/v1 is not installed" in said

    home.apply(*definitions())
    names = [f"crd/{plural}.{GROUP}" for plural in KINDS.values()]
    home.stack.kubectl("wait", "--for=condition=Established", "--timeout=60s", *names)
    says(home, "GitRepository", files.put("1.tar.gz", tar({"a.py": "A = 1\n", "old.py": "O = 1\n"})))
    home.look("DagSource")
    home.wait_ready("DagSource")
    assert home.delivered() == {"dags/a.py": b"A = 1\n", "dags/old.py": b"O = 1\n"}
    assert home.status("DagSource")["sourceRevision"] == "main@sha1:1.tar.gz"

    # nobody asks for a look: the new revision alone is enough, with the watch that began when the definitions came
    says(home, "GitRepository", files.put("2.tar.gz", tar({"a.py": "A = 2\n"})))
    home.stack.wait(lambda: home.delivered() == {"dags/a.py": b"A = 2\n"}, "the next revision to be delivered")

    # its source fails: what was good stays, and it is said where to look
    says(home, "GitRepository", files.put("2.tar.gz", tar({"a.py": "A = 2\n"})), "False", "no such branch")
    said = home.wait_condition("DagSource", "SourceFetched", reason="SourceNotReady")["message"]
    assert "no such branch" in said and "nothing is deleted" in said
    assert home.delivered() == {"dags/a.py": b"A = 2\n"}

    # another kind of the same name
    says(home, "ExternalArtifact", files.put("3.tar.gz", tar({"a.py": "A = 3\n"})))
    home.edit("DagSource", fluxRef={"kind": "ExternalArtifact", "name": "dags"})
    home.stack.wait(lambda: home.delivered() == {"dags/a.py": b"A = 3\n"}, "the artifact of another kind")
    home.wait_ready("DagSource")


def test_a_source_of_another_namespace_is_not_read(home: Any) -> None:
    elsewhere = {"kind": "Bucket", "name": "dags", "namespace": "default"}
    home.apply(home.new("Bucket"), home.new("DagSource", bucketRef={"name": "quickstart"}, fluxRef=elsewhere))
    said = home.wait_condition("DagSource", "SourceFetched", status="False", reason="CrossNamespaceReference")["message"]
    assert "spec.fluxRef: Bucket default/dags is in another namespace" in said and "crossNamespaceSources" in said
