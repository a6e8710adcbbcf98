"""Parts in S3, IAM and Logs over a real AWS endpoint: the engine's own run, with a crash wherever a test wants one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.aws import iam, kms, logs, s3
from mwaa_operator.aws.session import Call
from mwaa_operator.core.adapter import Adapter
from mwaa_operator.core.kind import Context, Kind, Neighbour, Object
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.owner import Owner
from mwaa_operator.core.part import Graph, Part
from mwaa_operator.core.policy import Adoption, DriftPolicy, Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.resources.s3 import Tree, manifest_key, sha256

from ..crashing_aws import CrashingAws, Killed, taken

REGION = "us-east-1"


@dataclass
class Desk:
    """One object, and the operator's process that looks after it."""

    emulator: Emulator
    graph: Callable[[Desk], Graph]
    kind: str = "Bucket"
    name: str = "src"
    uid: str = "6f1c"
    region: str = REGION
    adoption: Adoption = Adoption.IF_TAGGED
    drift: DriftPolicy = DriftPolicy.CORRECT
    retain: bool = False
    deleting: bool = False
    memory: dict[str, PartMemory] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start a new process: whatever the last one knew and did not write down is gone."""
        self.aws = CrashingAws(self.calls.append)
        adapters: Sequence[Adapter[Any]] = tuple(each for one in (s3, iam, logs, kms) for each in one.adapters(self.aws))
        self.registry = Registry({}, {each.TYPE: each for each in adapters}, {}, lambda kind, body: body)

    @property
    def owner(self) -> Owner:
        return Owner(self.kind, "team", self.name, self.uid)

    def obj(self, spec: Any = None) -> Object[Any]:
        return Object(self.kind, "team", self.name, self.uid, 1, spec, deleting=self.deleting)

    async def once(self) -> Run:
        """Run the object once. What it remembers is written down at the end, as in a status."""
        policy = Policy(self.uid, f"team/{self.name}", self.adoption, self.drift, retain=self.retain, deleting=self.deleting)
        run = Run.of(self.registry, self.obj(), self.region, self.graph(self), policy, self.memory)
        await run.observe()
        await run.act()
        self.memory = dict(run.memory)
        return run

    async def settle(self) -> Run:
        """Run until nothing is left to do."""
        for _ in range(5):
            run = await self.once()
            if not run.plan.steps and not run.problems:
                return run
        raise AssertionError(f"never settled: {run.plan.steps} {run.problems}")

    def taken(self, *, writes: bool = True) -> list[str]:
        """Name the calls so far, and forget them."""
        return taken(self.calls, writes=writes)


@dataclass
class Declared:
    """One declared object of a kind."""

    kind: Kind[Any]
    spec: Any
    desk: Desk
    context: Context

    def facts(self, run: Run) -> Mapping[str, Any]:
        return self.kind.facts(self.desk.obj(self.spec), self.context, run.sights)

    async def settle(self) -> Run:
        return await self.desk.settle()


@dataclass
class Files:
    """One tree of files in a bucket that is there already."""

    desk: Desk
    files: dict[str, bytes] = field(default_factory=dict)
    bucket: str = "lake"
    prefix: str = "dags"
    prune: bool = False
    kept: frozenset[str] = frozenset()
    allow_empty: bool = False
    overwrite: bool = False

    @property
    def model(self) -> Tree:
        return Tree(
            bucket=self.bucket,
            prefix=self.prefix,
            files={path: sha256(content) for path, content in self.files.items()},
            tags=self.desk.owner.tags("tree"),
            manifest_key=manifest_key("team", self.desk.name),
            contents=dict(self.files),
            prune=self.prune,
            kept=self.kept,
            allow_empty=self.allow_empty,
            overwrite=self.overwrite,
        )

    async def settle(self) -> Run:
        return await self.desk.settle()


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    """One emulator whose S3 lists come in short pages, so that every test turns some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "5")
        with Emulator.started(checks=False) as emulator:
            yield emulator


@pytest.fixture
def emulator(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    server.reset()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    yield server
    server.clear_faults()


@pytest.fixture
def client(emulator: Emulator) -> Callable[..., Any]:
    """Make a boto3 client: somebody else's view of the account."""
    return boto3.client


@pytest.fixture
def bucket_client(client: Callable[..., Any]) -> Any:
    return client("s3")


@pytest.fixture
def stranger(client: Callable[..., Any]) -> Any:
    """A client for S3 in another account."""
    role = client("sts").assume_role(RoleArn="arn:aws:iam::999999999999:role/stranger", RoleSessionName="stranger")
    keys = role["Credentials"]
    return client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


@pytest.fixture
def declared(emulator: Emulator) -> Callable[..., Declared]:
    """Declare an object of a kind, not yet looked after."""

    def make(kind: Kind[Any], spec: Any, *, referrers: Sequence[Neighbour] = (), **about: Any) -> Declared:
        settings = about.pop("settings", {"iam": "enabled"})
        desk = Desk(emulator, lambda desk: thing.kind.desired(desk.obj(thing.spec), thing.context), kind.NAME, **about)
        context = Context("123456789012", desk.region, "aws", referrers=referrers, settings=settings)
        thing = Declared(kind, spec, desk, context)
        return thing

    return make


@pytest.fixture
def parts(emulator: Emulator) -> Callable[..., Desk]:
    """Look after parts that no kind of these tests declares."""

    def make(*parts: Part, **about: Any) -> Desk:
        return Desk(emulator, lambda desk: Graph.of(*parts), **about)

    return make


@pytest.fixture
def tree(emulator: Emulator, bucket_client: Any) -> Callable[..., Files]:
    """A tree in a versioned bucket, not yet looked after."""

    def make(files: Mapping[str, bytes], **about: Any) -> Files:
        if "lake" not in [bucket["Name"] for bucket in bucket_client.list_buckets()["Buckets"]]:
            bucket_client.create_bucket(Bucket="lake")
            bucket_client.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        desk_about = {key: about.pop(key) for key in ("uid", "name", "adoption") if key in about}
        desk = Desk(emulator, lambda desk: Graph.of(Part("tree", thing.model)), "DagSource", **desk_about)
        thing = Files(desk, dict(files), **about)
        return thing

    return make


@pytest.fixture
def killed() -> type[BaseException]:
    return Killed


@dataclass
class Objects:
    """What a bucket has."""

    client: Any
    bucket: str = "lake"

    def all(self, prefix: str = "dags/") -> dict[str, bytes]:
        keys = [item["Key"] for item in self._pages("list_objects_v2", "Contents", prefix)]
        return {key: self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def versions(self, prefix: str = "dags/") -> int:
        return len(self._pages("list_object_versions", "Versions", prefix))

    def markers(self, prefix: str = "dags/") -> int:
        return len(self._pages("list_object_versions", "DeleteMarkers", prefix))

    def _pages(self, operation: str, result: str, prefix: str) -> list[dict[str, Any]]:
        pages = self.client.get_paginator(operation).paginate(Bucket=self.bucket, Prefix=prefix)
        return [item for page in pages for item in page.get(result, [])]


@pytest.fixture
def objects(bucket_client: Any) -> Objects:
    return Objects(bucket_client)


@pytest.fixture
def crash(killed: type[BaseException]) -> Callable[..., Any]:
    """Let the process die at each of its writes in turn, before it or before its reply, and start again after each."""

    async def everywhere(make: Callable[[], Any], after: Callable[[Any], None]) -> int:
        thing = make()
        await thing.settle()
        writes: int = thing.desk.aws.writes
        for number in range(1, writes + 1):
            for moment in ("die_before", "die_after"):
                thing = make()
                setattr(thing.desk.aws, moment, number)
                with pytest.raises(killed):
                    await thing.settle()
                thing.desk.start()
                await thing.settle()
                after(thing)
        return writes

    return everywhere


@pytest.fixture
def neighbour() -> Callable[..., Neighbour]:
    """An Environment that refers to a role."""
    return partial(Neighbour, "Environment")
