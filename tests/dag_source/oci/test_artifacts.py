"""Artifacts by tag and digest, whoever packed them, out of a real registry."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from mwaa_operator.core.errors import Trouble

from .conftest import Oci
from .served import INDEX, MANIFEST, TAR_GZIP, sha256, tar

FILES = {"a.py": "A = 1\n", "team/b.py": "B = 1\n"}


def content(files: dict[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


def test_a_tag_is_followed_and_a_digest_stays(oci: Oci) -> None:
    first = oci.registry.push("moves", "v1", FILES)
    assert oci.look(oci.origin("moves")) == f"v1@{first}"
    fetched = oci.fetch(oci.origin("moves"))
    assert (fetched.revision, dict(fetched.files), fetched.findings) == (f"v1@{first}", content(FILES), ())
    second = oci.registry.push("moves", "v1", {"a.py": "A = 2\n"})
    assert oci.look(oci.origin("moves")) == f"v1@{second}" != f"v1@{first}"
    assert dict(oci.fetch(oci.origin("moves")).files) == {"a.py": b"A = 2\n"}
    by_digest = oci.origin("moves", reference=("digest", first))
    assert oci.look(by_digest) == first
    assert dict(oci.fetch(by_digest).files) == content(FILES)


def test_what_is_looked_up_is_what_is_fetched_although_the_tag_moves_on(oci: Oci) -> None:
    from mwaa_operator.fetch.oci import OciFetcher

    oci.registry.push("races", "v1", FILES)
    fetcher, origin = OciFetcher(), oci.origin("races")
    seen = fetcher.look(origin, {})
    oci.registry.push("races", "v1", {"other.py": ""})
    assert dict(fetcher.fetch(origin, {}, seen, oci.store.new()).files) == content(FILES)


def test_a_folder_of_it_may_be_all_that_is_wanted(oci: Oci) -> None:
    oci.registry.push("folder", "v1", FILES)
    assert dict(oci.fetch(oci.origin("folder", path="team")).files) == {"b.py": b"B = 1\n"}
    problem = oci.refused(oci.origin("folder", path="tea"))
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "SourcePathNotFound")
    assert problem.message.startswith("spec.oci.path: oci://127.0.0.1:") and "has no file below tea" in problem.message


def test_layers_lie_upon_each_other_and_plain_tar_is_read(oci: Oci) -> None:
    below = oci.registry.layer("layers", tar(FILES))
    above = oci.registry.layer("layers", tar({"a.py": "A = 9\n"}, zipped=False), "application/vnd.oci.image.layer.v1.tar")
    oci.registry.manifest("layers", "v1", [below, above])
    assert dict(oci.fetch(oci.origin("layers")).files) == {"a.py": b"A = 9\n", "team/b.py": b"B = 1\n"}


def test_what_oras_pushes_is_files_by_name_and_folders_as_archives(oci: Oci) -> None:
    title = "org_opencontainers_image_title"
    plain = oci.registry.layer("oras", b"A = 1\n", "text/x-python", **{title: "dags/a.py"})
    packed = oci.registry.layer(
        "oras", tar({"lib/b.py": "B = 1\n"}), TAR_GZIP, **{title: "lib", "io_deis_oras_content_unpack": "true"}
    )
    out = oci.registry.layer("oras", b"no", "text/plain", **{title: "../up.py"})
    oci.registry.manifest("oras", "v1", [plain, packed, out], artifactType="application/vnd.example.dags")
    fetched = oci.fetch(oci.origin("oras"))
    assert dict(fetched.files) == {"dags/a.py": b"A = 1\n", "lib/b.py": b"B = 1\n"}
    assert [finding.code for finding in fetched.findings] == ["ArchiveBadPath"]
    assert fetched.refused == {"../up.py"}


def test_an_index_with_one_manifest_is_followed_and_one_with_more_refused(oci: Oci) -> None:
    digest = oci.registry.push("index", "one", FILES)
    size = 0
    described = {"mediaType": MANIFEST, "digest": digest, "size": size}
    for count, tag in ((1, "v1"), (2, "v2")):
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [described] * count}
        oci.registry.put("index", tag, json.dumps(document).encode(), INDEX)
    assert dict(oci.fetch(oci.origin("index")).files) == content(FILES)
    problem = oci.refused(oci.origin("index", tag="v2"))
    assert problem.reason == "NotAnArtifact" and "Name the digest of one" in problem.message


@pytest.mark.parametrize("reference", [("tag", "gone"), ("digest", sha256(b"nothing"))])
def test_what_is_not_there_is_said(oci: Oci, reference: tuple[str, str]) -> None:
    oci.registry.push("there", "v1", FILES)
    problem = oci.refused(oci.origin("there", reference=reference))
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "SourceNotFound")
    assert reference[1] in problem.message and problem.message.startswith("spec.oci: ")


def test_a_layer_that_is_neither_an_archive_nor_a_file_is_refused(oci: Oci) -> None:
    oci.registry.manifest("strange", "v1", [oci.registry.layer("strange", b"x", "application/octet-stream")])
    problem = oci.refused(oci.origin("strange"))
    assert problem.reason == "NotAnArtifact" and "'application/octet-stream'" in problem.message


def test_a_layer_of_another_content_than_its_digest_says_is_refused(oci: Oci) -> None:
    registry = oci.registry
    registry.push("altered", "v1", {"a.py": "before\n"})
    layer = sha256(tar({"a.py": "before\n"}))
    kept = registry.directory / "data/docker/registry/v2/blobs/sha256" / layer[7:9] / layer[7:] / "data"
    kept.write_bytes(tar({"a.py": "after!\n"}))
    problem = oci.refused(oci.origin("altered"))
    assert (problem.trouble, problem.reason) == (Trouble.UNAVAILABLE, "SourceAltered")
    assert layer in problem.message


def test_what_is_too_large_is_refused_before_it_is_fetched(oci: Oci) -> None:
    oci.registry.push("large", "v1", {"a.bin": os.urandom(4096)})
    oci.limits = replace(oci.limits, pack=4000)
    problem = oci.refused(oci.origin("large"))
    assert problem.reason == "SourceTooLarge" and "its layers have" in problem.message


def test_a_registry_that_is_not_there_is_no_fault_of_anybody(oci: Oci) -> None:
    problem = oci.refused(replace(oci.origin(), url="oci://127.0.0.1:1/dags"))
    assert (problem.trouble, problem.reason) == (Trouble.UNAVAILABLE, "SourceUnreachable")


def test_without_a_word_nothing_is_sent_unencrypted(oci: Oci) -> None:
    problem = oci.refused(replace(oci.origin(), options=frozenset()))
    # it is asked by TLS, which a server without it cannot answer
    assert problem.reason == "SourceUnreachable" and "https://" in problem.message
