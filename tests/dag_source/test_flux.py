"""What Flux has fetched: which artifact a source names, and what becomes of the archive behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.api.dag_source import DagSourceSpec, DagSourceStatus
from mwaa_operator.app.registry import KINDS as OUR_KINDS
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.origin import Fetched, Origin, Publisher
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.resolve import fetched
from mwaa_operator.engine.world import World
from mwaa_operator.fetch.flux import FluxFetcher
from mwaa_operator.fetch.limits import MIB
from mwaa_operator.fetch.revision import SourceRevisions
from mwaa_operator.fetch.stored import Store
from mwaa_operator.kinds.dag_source import DagSourceKind
from mwaa_operator.kinds.dag_source_git import source_part, source_revision
from mwaa_operator.kube.flux import GROUP, PLURALS, artifact_of

from ..flux import KINDS, Files, serving
from .oci.served import tar

ORIGIN = Origin("flux", "spec.fluxRef", "GitRepository dags")
FILES = {"dags/a.py": "A = 1\n", "dags/team/b.py": "B = 1\n"}


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    with serving(tmp_path / "artifacts") as files:
        yield files


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store", 100 * MIB)
    yield store
    store.close()


def coded(artifact: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode() for name, value in artifact.items()}


def fetch(store: Store, artifact: dict[str, str], origin: Origin = ORIGIN) -> Fetched:
    fetcher = FluxFetcher()
    told = coded(artifact)
    return fetcher.fetch(origin, told, fetcher.look(origin, told), store.new())


def refused(store: Store, artifact: dict[str, str], origin: Origin = ORIGIN) -> Problem:
    before = store.taken
    with pytest.raises(OutsideError) as error:
        fetch(store, artifact, origin)
    assert store.taken == before
    return error.value.problem


def test_an_artifact_is_fetched_checked_and_unpacked(files: Files, store: Store) -> None:
    found = fetch(store, files.put("1.tar.gz", tar(FILES)))
    assert found.revision == "main@sha1:1.tar.gz"
    assert dict(found.files) == {path: text.encode() for path, text in FILES.items()}
    below = Origin("flux", "spec.fluxRef", "GitRepository dags", path="dags/team")
    assert dict(fetch(store, files.put("1.tar.gz", tar(FILES)), below).files) == {"b.py": b"B = 1\n"}


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512", ""])
def test_the_digest_may_be_of_any_sha_and_is_sha256_without_a_name(files: Files, store: Store, name: str) -> None:
    data = tar(FILES)
    artifact = files.put("1.tar.gz", data)
    value = hashlib.new(name or "sha256", data).hexdigest()
    artifact["digest"] = f"{name}:{value}" if name else value
    assert len(fetch(store, artifact).files) == 2
    artifact["digest"] = artifact["digest"][:-1] + ("0" if value[-1] != "0" else "1")
    problem = refused(store, artifact)
    assert (problem.trouble, problem.reason) == (Trouble.UNAVAILABLE, "SourceAltered")


@pytest.mark.parametrize("digest", ["", "sha256:", "md5:d41d8cd98f00b204e9800998ecf8427e", "blake3:af1349b9"])
def test_without_a_digest_that_can_be_checked_nothing_is_even_asked_for(files: Files, store: Store, digest: str) -> None:
    artifact = files.put("1.tar.gz", tar(FILES)) | {"digest": digest}
    problem = refused(store, artifact)
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "VerificationFailed")
    assert problem.message.startswith("spec.fluxRef: GitRepository dags names no digest") and files.asked == []


def test_an_artifact_that_is_gone_is_looked_up_again(files: Files, store: Store) -> None:
    artifact = files.put("1.tar.gz", tar(FILES))
    (files.root / "1.tar.gz").unlink()
    problem = refused(store, artifact)
    assert (problem.trouble, problem.reason) == (Trouble.NOT_YET, "ArtifactReplaced")


def test_what_is_no_archive_is_refused(files: Files, store: Store) -> None:
    assert refused(store, files.put("layer", b"as it is")).reason == "NotAnArchive"


def source(kind: str = "GitRepository", **status: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "dags", "generation": 2}, "status": status}


ARTIFACT = {"url": "http://h/1.tar.gz", "digest": "sha256:1", "revision": "main@sha1:1", "path": "x", "size": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_of_each_kind_ready_and_the_artifact_are_all_that_counts(kind: str) -> None:
    told = coded({name: str(ARTIFACT[name]) for name in ("url", "digest", "revision")})
    for conditions in ([], [{"type": "Ready", "status": "True"}], [{"type": "Ready", "status": "Unknown"}]):
        assert artifact_of(source(kind, artifact=ARTIFACT, conditions=conditions), "here") == told


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({}, "spec.fluxRef: GitRepository team/dags has no artifact yet"),
        ({"artifact": {"url": "", "revision": "x"}}, "has no artifact yet"),
        (
            {"artifact": ARTIFACT, "conditions": [{"type": "Ready", "status": "False", "message": "no such branch"}]},
            "is not ready: no such branch. What is wrong is to be mended there.",
        ),
    ],
)
def test_of_a_source_that_fails_nothing_is_taken(status: dict[str, Any], said: str) -> None:
    with pytest.raises(OutsideError) as error:
        artifact_of(source(**status), "spec.fluxRef: GitRepository team/dags")
    assert (error.value.problem.trouble, error.value.problem.reason) == (Trouble.NOT_YET, "SourceNotReady")
    assert said in error.value.problem.message


def obj(**flux: Any) -> Object[DagSourceSpec]:
    reference = {"kind": "GitRepository", "name": "dags", **flux}
    spec = DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "fluxRef": reference})
    return Object("DagSource", "team", "hello", "1", 1, spec)


@dataclass
class Flux:
    """What sources say, as a test sets it."""

    says: dict[str, str] | Problem
    asked: list[tuple[str, Publisher, str]] = field(default_factory=list)

    async def artifact(self, where: str, publisher: Publisher, namespace: str) -> dict[str, bytes]:
        self.asked.append((where, publisher, namespace))
        if isinstance(self.says, Problem):
            raise OutsideError(self.says)
        return coded(self.says)


async def test_a_new_revision_is_fetched_at_once_and_a_fault_takes_nothing_away(files: Files, store: Store) -> None:
    first = files.put("1.tar.gz", tar({"a.py": "A = 1\n"}))
    flux = Flux(first)
    fetching = Fetching({"flux": FluxFetcher()}, store.new, patience=30)
    fetching.published = flux.artifact
    [origin] = DagSourceKind().origins(obj().spec)

    async def look() -> Fetched:
        return (await fetched(DagSourceKind(), obj(), {}, fetching, False))[origin]

    assert dict((await look()).files) == {"a.py": b"A = 1\n"}
    assert flux.asked == [("spec.fluxRef", Publisher(GROUP, "GitRepository", "dags"), "team")]
    await look()
    assert files.asked == ["/1.tar.gz"], "what is known is not fetched again"

    # no interval has passed
    flux.says = files.put("2.tar.gz", tar({"a.py": "A = 2\n"}))
    assert dict((await look()).files) == {"a.py": b"A = 2\n"}

    # replaced before it was fetched: what was good is served, soon it is read again
    flux.says = files.put("3.tar.gz", tar({"a.py": "A = 3\n"}))
    (files.root / "3.tar.gz").unlink()
    found = await look()
    assert dict(found.files) == {"a.py": b"A = 2\n"} and found.fault and found.fault.reason == "ArtifactReplaced"
    assert found.again <= timedelta(seconds=10)
    flux.says = files.put("4.tar.gz", tar({"a.py": "A = 4\n"}))
    assert dict((await look()).files) == {"a.py": b"A = 4\n"}

    flux.says = Problem(Trouble.NOT_FOUND, "DependencyNotFound", "gone")
    found = await look()
    assert dict(found.files) == {"a.py": b"A = 4\n"} and found.fault and found.fault.reason == "DependencyNotFound"
    fetching.close()


def test_who_names_a_source_is_woken_by_it_and_by_no_bucket_of_ours() -> None:
    parse = {"DagSource": DagSourceSpec.model_validate}
    world = World(Registry({kind.NAME: kind for kind in OUR_KINDS}, {}, {}, lambda kind, raw, name: parse[kind](raw)))
    meta = {"namespace": "team", "name": "hello", "uid": "1", "resourceVersion": "1"}
    for number, flux in enumerate(({"name": "dags"}, {"name": "dags", "namespace": "flux-system"})):
        named = {**meta, "name": f"hello-{number}"}
        spec = {"bucketRef": {"name": "b"}, "fluxRef": {"kind": "Bucket", **flux}}
        world.update("DagSource", {"metadata": named, "spec": spec})
    assert world.published(f"Bucket.{GROUP}", "team", "dags") == {Key("DagSource", "team", "hello-0")}
    assert world.published(f"Bucket.{GROUP}", "flux-system", "dags") == {Key("DagSource", "team", "hello-1")}
    assert world.referrers(Key("Bucket", "team", "dags")) == []


@pytest.mark.parametrize("revision", ["main@sha1:" + "0" * 40, "x" * 253, "x" * 254, f"{'feature/' * 400}@sha1:{'0' * 40}"])
async def test_a_revision_of_any_length_fits_into_status(revision: str) -> None:
    spec = DagSourceSpec.model_validate(
        {"bucketRef": {"name": "b"}, "fluxRef": {"kind": "GitRepository", "name": "dags"}},
    )
    [origin] = DagSourceKind().origins(spec)
    obj = Object("DagSource", "team", "hello", "u-1", 1, spec)
    context = Context("123456789012", "us-east-1", "aws", fetched={origin: Fetched(revision)})
    [part] = source_part(spec, context)
    target = Target("source", part.model, obj.owner, "us-east-1")
    seen = (await SourceRevisions().read([target]))["source"]  # type: ignore[list-item]
    status = {"sourceRevision": source_revision(obj, context), "parts": [{"name": "s", "type": "t", "id": seen.id}]}
    said = DagSourceStatus.model_validate(status).source_revision
    assert said == seen.outputs["revision"] and said and said[-40:] == revision[-40:]
    assert (said == revision) is (len(revision) <= 253)


def test_the_kinds_are_those_of_flux() -> None:
    assert PLURALS == KINDS
