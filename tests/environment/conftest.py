"""An Environment over a real AWS endpoint, with everything it refers to already there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.airflow.health import HealthAdapter
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.aws import ec2, logs, mwaa, s3
from mwaa_operator.aws.session import Aws, Call
from mwaa_operator.core.adapter import Adapter
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.memory import PartMemory, recall
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.policy import Adoption, DriftPolicy, Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import part_list
from mwaa_operator.kinds.environment import CHECKS, EnvironmentKind

REGION = "us-east-1"
MINUTE = 60.0


@dataclass
class Stack:
    """One Environment object and the operator's process that looks after it."""

    emulator: Emulator
    account: PreparedAccount
    spec: Mapping[str, Any]
    uid: str = "6f1c"
    address: str = "team/first"
    called: str = "first"
    adoption: Adoption = Adoption.NEVER
    drift: DriftPolicy = DriftPolicy.CORRECT
    deleting: bool = False
    retain: bool = False
    manual: bool = False
    approved: str | None = None
    annotations: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    later: timedelta = timedelta(0)
    """How far the operator's clock is ahead of the real one."""
    memory: dict[str, PartMemory] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    kind: EnvironmentKind = field(default_factory=EnvironmentKind)
    published: Mapping[str, Any] = field(default_factory=dict)
    context: Context = field(default_factory=lambda: Context("123456789012", REGION, "aws"))

    def __post_init__(self) -> None:
        aws = Aws("test", self.calls.append)
        adapters: list[Adapter[Any]] = [each for service in (ec2, logs, mwaa, s3) for each in service.adapters(aws)]
        adapters.append(HealthAdapter(aws))
        self.registry = Registry(
            {}, {each.TYPE: each for each in adapters}, dict.fromkeys(CHECKS, NoCheck()), lambda *body: body
        )

    @property
    def obj(self) -> Object[EnvironmentSpec]:
        spec = EnvironmentSpec.model_validate(self.spec)
        told = {"facts": self.published, "labels": self.labels}
        return Object("Environment", "team", self.called, self.uid, 1, spec, self.annotations, self.deleting, **told)

    async def once(self) -> Run:
        """Run the object once. What it remembers is written down at the end, as in a status."""
        policy = Policy(
            self.uid,
            self.address,
            self.adoption,
            self.drift,
            self.manual,
            self.approved,
            retain=self.retain,
            deleting=self.deleting,
        )
        graph = self.kind.desired(self.obj, self.context)
        run = Run.of(self.registry, self.obj, REGION, graph, policy, self.memory, datetime.now(UTC) + self.later)
        await run.observe()
        await run.act()
        run.found()
        self.memory = recall(part_list(run.graph, run.sights, run.memory))
        self.published = {name: value for name, value in self.facts(run).items() if value is not None}
        return run

    async def settle(self) -> Run:
        """Run until nothing is left to do, with time for AWS to work between the runs."""
        for _ in range(20):
            run = await self.once()
            if not run.plan.steps and not run.problems and not self.busy(run):
                return run
            self.emulator.advance(10 * MINUTE)
        raise AssertionError(f"never settled: {run.plan.steps} {run.problems}")

    async def settle_on(self, reason: str) -> Run:
        """Run a few times, and give the last run: the environment must wait for that reason alone, and go on doing so."""
        for _ in range(3):
            run = await self.once()
            step = run.plan.step("environment")
            assert step and [need.reason for need in step.needs] == [reason]
            self.emulator.advance(10 * MINUTE)
        return run

    def busy(self, run: Run) -> list[str]:
        waits = (State.BUSY, State.WAITING, State.GOING)
        return [name for name, sight in run.sights.items() if isinstance(sight, Observed) and sight.state in waits]

    def facts(self, run: Run) -> Mapping[str, Any]:
        return self.kind.facts(replace(self.obj, facts={**self.published, **run.left}), self.context, run.sights)

    def change(self, **fields: Any) -> None:
        self.spec = {name: value for name, value in {**self.spec, **fields}.items() if value is not None}

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """Give the parameters of the calls that AWS received."""
        return [dict(call.params) for call in self.emulator.calls("mwaa", operation)]

    def writes(self, service: str = "mwaa") -> list[str]:
        return [call.operation for call in self.emulator.writes(service)]


class NoCheck:
    """Stands for the preflight checks, which have tests of their own."""

    NAME = "none"

    async def findings(self, model: Any, region: str) -> list[Any]:
        return []


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    """One emulator with a stopped clock: AWS works on nothing until a test says so."""
    with Emulator.started(speed=0.0) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    server.reset()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    yield server
    server.clear_faults()
    server.clear_outcomes()


@pytest.fixture
def account(emulator: Emulator) -> PreparedAccount:
    """An account with all that an environment needs."""
    return PreparedAccount(boto3.client)


@pytest.fixture
def plain(account: PreparedAccount) -> dict[str, Any]:
    """A spec that refers to nothing."""
    return {
        "subnetIds": account.subnets,
        "securityGroupIds": [account.group],
        "sourceBucketArn": f"arn:aws:s3:::{account.bucket}",
        "executionRoleArn": account.role_arn,
    }


@pytest.fixture
def new_stack(emulator: Emulator, account: PreparedAccount, plain: dict[str, Any]) -> Callable[..., Stack]:
    """Make an Environment object in the account, with fields beside those that every one must have."""

    def make(spec: Mapping[str, Any] | None = None, **settings: Any) -> Stack:
        return Stack(emulator, account, {**plain, **(spec or {})}, **settings)

    return make


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    return new_stack()


@pytest.fixture
def neighbour() -> Callable[..., Neighbour]:
    return partial(Neighbour, spec=None)
