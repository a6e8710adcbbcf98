"""A DagSource over a real AWS endpoint, with its bucket there and an environment that lists it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.airflow.dagrun import DagRunAdapter
from mwaa_operator.airflow.imports import ImportsAdapter
from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.aws import s3
from mwaa_operator.aws.session import Aws, Call
from mwaa_operator.core.adapter import Adapter
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.origin import Fetched, Origin
from mwaa_operator.core.policy import Adoption, Policy
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.fetch.constraints import Constraints
from mwaa_operator.fetch.limits import MIB
from mwaa_operator.fetch.resolution import Resolver
from mwaa_operator.fetch.stored import Store
from mwaa_operator.kinds.dag_source import DagSourceKind

from .asker import Asker

REGION = "us-east-1"
BUCKET = "my-bucket"
DAG = """\
from airflow.sdk import DAG

with DAG("{name}", schedule=None):
    pass
# {remark}
"""


@dataclass
class Stack:
    """One DagSource object and the operator's process that looks after it."""

    emulator: Emulator
    spec: dict[str, Any]
    version: str = "3.3.1"
    documents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    uid: str = "9a2b"
    deleting: bool = False
    retain: bool = False
    published: Mapping[str, Any] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    fetched: Mapping[Origin, Fetched] = field(default_factory=dict)
    memory: dict[str, PartMemory] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    settings: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    kind: DagSourceKind = field(default_factory=DagSourceKind)

    def __post_init__(self) -> None:
        self.aws = Aws("test", self.calls.append)
        adapters: list[Adapter[Any]] = [
            *s3.adapters(self.aws),
            ImportsAdapter(self.aws, lambda: self.now()),
            DagRunAdapter(self.aws, lambda: self.now()),
        ]
        self.registry = Registry({}, {each.TYPE: each for each in adapters}, {}, lambda *body: body)

    @property
    def obj(self) -> Object[DagSourceSpec]:
        spec = DagSourceSpec.model_validate({"bucketRef": {"name": "bucket"}, **self.spec})
        about = {"annotations": self.annotations, "deleting": self.deleting, "facts": self.published}
        return Object("DagSource", "team", "hello", self.uid, 1, spec, **about)

    @property
    def context(self) -> Context:
        bucket = Neighbour("Bucket", "bucket", None, {"bucketName": BUCKET, "bucketArn": f"arn:aws:s3:::{BUCKET}"})
        return Context(
            "123456789012",
            REGION,
            "aws",
            targets={("Bucket", "bucket"): bucket},
            referrers=tuple(self._environment(name, settings) for name, settings in self.environments.items()),
            documents=self.documents,
            fetched=self.fetched,
            settings=self.settings,
        )

    def _environment(self, name: str, settings: Mapping[str, Any]) -> Neighbour:
        spec = {
            "networkRef": {"name": "net"},
            "bucketRef": {"name": "bucket"},
            "executionRoleRef": {"name": "role"},
            "dagSourceRefs": [{"name": "hello"}],
            **settings.get("spec", {}),
        }
        facts = {
            "environmentName": name,
            "bucketArn": f"arn:aws:s3:::{BUCKET}",
            "airflowVersion": self.version,
            "airflowHealthy": True,
            **settings.get("facts", {}),
        }
        return Neighbour("Environment", name, EnvironmentSpec.model_validate(spec), facts)

    async def once(self) -> Run:
        """Run the object once. What it remembers is written down at the end, as in a status."""
        graph = self.kind.desired(self.obj, self.context)
        adoption = Adoption(self.obj.spec.adoption)
        policy = Policy(self.uid, "team/hello", adoption, retain=self.retain, deleting=self.deleting)
        run = Run.of(self.registry, self.obj, REGION, graph, policy, self.memory)
        await run.observe()
        await run.act()
        self.memory = dict(run.memory)
        return run

    def facts(self, run: Run) -> Mapping[str, Any]:
        return self.kind.facts(self.obj, self.context, run.sights)

    def summary(self, run: Run) -> str:
        return self.kind.summary(self.facts(run))

    def asked(self) -> list[str]:
        """Name the questions to Airflow so far, and forget them."""
        found = self.emulator.calls("mwaa", "InvokeRestApi")
        self.emulator.clear_calls()
        return [f"{call.params['Method']} {call.params['Path']}" for call in found]

    def seen(self, run: Run, part: str = "imports/first") -> Observed:
        sight = run.sights[part]
        assert isinstance(sight, Observed), sight
        return sight


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    with Emulator.started(speed=0.0) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    server.reset()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    yield server
    server.clear_faults()


@pytest.fixture
def bucket(emulator: Emulator) -> Any:
    """The bucket, as boto3 shows it."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return boto3.resource("s3").Bucket(BUCKET)


@pytest.fixture
def new_stack(emulator: Emulator, bucket: Any) -> Callable[..., Stack]:
    """Make a DagSource in an account that has a bucket and no environment."""

    def make(spec: dict[str, Any] | None = None, **settings: Any) -> Stack:
        return Stack(emulator, spec or {"files": {"hello.py": DAG.format(name="hello", remark="first")}}, **settings)

    return make


@pytest.fixture
def stack(emulator: Emulator) -> Stack:
    """A DagSource with one DAG, and one environment that lists it; its Airflow answers what a test says."""
    account = PreparedAccount(boto3.client)
    account.s3.delete_object(Bucket=account.bucket, Key="dags/hello.py")
    account.s3.put_object(Bucket=account.bucket, Key="dags/")
    boto3.client("mwaa").create_environment(**account.request())
    emulator.advance(3600)
    emulator.clear_calls()
    files = {"hello.py": DAG.format(name="hello", remark="first")}
    return Stack(emulator, {"files": files}, environments={"first": {}})


@pytest.fixture
def dag() -> Callable[[str, str], str]:
    """Write a DAG file."""
    return lambda name, remark="": DAG.format(name=name, remark=remark)


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Asker]:
    """Give what asks outside on behalf of a source: of constraints, and whether requirements go together."""
    store = Store(tmp_path / "store", 100 * MIB)
    fetchers = {"resolution": Resolver(loopback=True), "constraints": Constraints(loopback=True)}
    fetching = Fetching(fetchers, store.new, patience=60)
    yield Asker(fetching, store)
    fetching.close()
    store.close()
