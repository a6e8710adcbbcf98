"""A network over a real AWS endpoint: the engine's own run, with a crash wherever a test wants one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.api.network import NetworkSpec, Routing
from mwaa_operator.aws.ec2 import adapters
from mwaa_operator.aws.session import Call
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.policy import Adoption, DriftPolicy, Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.network import NetworkKind

from ..crashing_aws import CrashingAws, Killed, session, taken

REGION = "us-east-1"
HOUR = 3600.0


@dataclass
class Stack:
    """One Network object and the operator's process that looks after it."""

    emulator: Emulator
    spec: NetworkSpec = field(default_factory=NetworkSpec)
    uid: str = "6f1c"
    adoption: Adoption = Adoption.NEVER
    drift: DriftPolicy = DriftPolicy.CORRECT
    retain: bool = False
    deleting: bool = False
    memory: dict[str, PartMemory] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    kind: NetworkKind = field(default_factory=NetworkKind)
    context: Context = field(default_factory=lambda: Context("123456789012", REGION, "aws"))

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start a new process: whatever the last one knew and did not write down is gone."""
        self.aws = CrashingAws(self.calls.append)
        self.registry = Registry({}, {each.TYPE: each for each in adapters(self.aws)}, {}, lambda kind, body: body)

    @property
    def obj(self) -> Object[NetworkSpec]:
        return Object("Network", "team", "net", self.uid, 1, self.spec, deleting=self.deleting)

    async def once(self) -> Run:
        """Run the object once. What it remembers is written down at the end, as in a status."""
        policy = Policy(self.uid, "team/net", self.adoption, self.drift, retain=self.retain, deleting=self.deleting)
        graph = self.kind.desired(self.obj, self.context)
        run = Run.of(self.registry, self.obj, REGION, graph, policy, self.memory)
        await run.observe()
        await run.act()
        self.memory = dict(run.memory)
        return run

    async def settle(self) -> Run:
        """Run until nothing is left to do, with time for AWS to work between the runs."""
        for _ in range(20):
            run = await self.once()
            if not run.plan.steps and not run.problems and not self.busy(run):
                return run
            self.emulator.advance(HOUR / 6)
        raise AssertionError(f"never settled: {run.plan.steps} {run.problems}")

    def busy(self, run: Run) -> list[str]:
        waits = (State.BUSY, State.GOING)
        return [name for name, sight in run.sights.items() if isinstance(sight, Observed) and sight.state in waits]

    def facts(self, run: Run) -> Mapping[str, Any]:
        return self.kind.facts(self.obj, self.context, run.sights)

    def id(self, part: str) -> str:
        known = self.memory[part].id
        assert known
        return known

    def taken(self, *, writes: bool = True) -> list[str]:
        """Name the calls so far, and forget them."""
        return taken(self.calls, writes=writes)

    def failed(self) -> list[str]:
        return [f"{call.operation}: {call.code}" for call in self.calls if call.code != "OK"]


@dataclass
class Account:
    """The account as AWS shows it, without what every account has (the default VPC)."""

    ec2: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ec2, name)

    def vpcs(self) -> list[dict[str, Any]]:
        return [vpc for vpc in self.ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]

    def left(self) -> dict[str, list[str]]:
        """List everything of ours that costs or stays."""
        vpcs = {vpc["VpcId"] for vpc in self.vpcs()}
        mine = [{"Name": "vpc-id", "Values": sorted(vpcs) or ["none"]}]
        tables = [
            table
            for table in self.ec2.describe_route_tables(Filters=mine)["RouteTables"]
            if not any(association["Main"] for association in table["Associations"])
        ]
        groups = self.ec2.describe_security_groups(Filters=mine)["SecurityGroups"]
        nats = [nat for nat in self.ec2.describe_nat_gateways()["NatGateways"] if nat["State"] != "deleted"]
        gateways = [
            gateway
            for gateway in self.ec2.describe_internet_gateways()["InternetGateways"]
            if not gateway["Attachments"] or gateway["Attachments"][0]["VpcId"] in vpcs
        ]
        points = self.ec2.describe_vpc_endpoints()["VpcEndpoints"]
        found = {
            "vpc": sorted(vpcs),
            "subnet": [subnet["SubnetId"] for subnet in self.ec2.describe_subnets(Filters=mine)["Subnets"]],
            "internet gateway": [gateway["InternetGatewayId"] for gateway in gateways],
            "address": [address["AllocationId"] for address in self.ec2.describe_addresses()["Addresses"]],
            "NAT gateway": [nat["NatGatewayId"] for nat in nats],
            "route table": [table["RouteTableId"] for table in tables],
            "security group": [group["GroupId"] for group in groups if group["GroupName"] != "default"],
            "VPC endpoint": [point["VpcEndpointId"] for point in points if point["VpcId"] in vpcs],
        }
        return {what: ids for what, ids in found.items() if ids}

    def counts(self) -> dict[str, int]:
        return {what: len(ids) for what, ids in self.left().items()}


COMPLETE = {
    "vpc": 1,
    "subnet": 4,
    "internet gateway": 1,
    "address": 2,
    "NAT gateway": 2,
    "route table": 3,
    "security group": 1,
}


WITHOUT_INTERNET = {"vpc": 1, "subnet": 2, "route table": 1, "security group": 1, "VPC endpoint": 10}


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    """One emulator with a stopped clock: AWS works on nothing until a test says so."""
    with Emulator.started(speed=0.0, checks=False) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    server.reset()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    yield server
    server.clear_faults()


@pytest.fixture
def account(emulator: Emulator) -> Account:
    """An empty account."""
    return Account(session().client("ec2"))


@pytest.fixture
def complete() -> dict[str, int]:
    """How many of what a complete network has."""
    return dict(COMPLETE)


@pytest.fixture
def without_internet() -> dict[str, int]:
    """How many of what a complete network without internet has."""
    return dict(WITHOUT_INTERNET)


@pytest.fixture
def new_stack(emulator: Emulator) -> Callable[..., Stack]:
    """Make a Network object in the account."""
    return partial(Stack, emulator)


@pytest.fixture
def stack(emulator: Emulator) -> Stack:
    """A Network object with an empty spec, not yet looked after."""
    return Stack(emulator)


@pytest.fixture
def private(new_stack: Callable[..., Stack]) -> Stack:
    """A Network object without internet, not yet looked after."""
    return new_stack(spec=NetworkSpec(routing=Routing.PRIVATE))


@pytest.fixture
def killed() -> type[BaseException]:
    return Killed
