"""What an environment says once another has taken its place: the same at every look, and nothing that is not so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from mwaa_operator.api import parse
from mwaa_operator.core.annotation import APPROVE
from mwaa_operator.core.report import Next
from mwaa_operator.engine.ports import Body, ConflictError, Identity
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.reconcile import Reconciler
from mwaa_operator.engine.world import World

from .conftest import REGION, Stack

OLD, NEW = Key("Environment", "team", "first"), Key("Environment", "team", "second")
HEALTHY = {"airflowHealthy": True, "environmentStatus": "AVAILABLE"}


class Crash(BaseException):
    """The process ends."""


@dataclass
class Home:
    """Two objects with versions, as an API server keeps them, and the loop body over a real AWS endpoint."""

    stack: Stack
    objects: dict[Key, dict[str, Any]] = field(default_factory=dict)
    writes: int = 0
    events: list[str] = field(default_factory=list)
    crash_after: Callable[[], bool] = field(default=lambda: False)

    def __post_init__(self) -> None:
        self.put(OLD, self.stack.spec)
        self.start()

    def start(self) -> None:
        """Begin a process: it remembers nothing."""
        registry = replace(self.stack.registry, kinds={"Environment": self.stack.kind}, parse=parse)
        self.world = World(registry)
        for body in self.objects.values():
            self.world.update("Environment", body)
        self.reconciler = Reconciler(registry, self, self, self.world, REGION, {}, now=lambda: datetime.now(UTC))

    def put(self, key: Key, spec: Mapping[str, Any], status: Mapping[str, Any] | None = None, **meta: Any) -> None:
        there = self.objects.get(key, {})
        before = there.get("metadata", {"resourceVersion": "0", "generation": 0})
        version, generation = int(before["resourceVersion"]) + 1, before["generation"] + 1
        names = {"namespace": key.namespace, "name": key.name, "uid": f"uid-{key.name}"}
        metadata = {**before, **names, "resourceVersion": str(version), "generation": generation, **meta}
        told = there.get("status", {}) if status is None else status
        self.objects[key] = {"kind": "Environment", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": told}
        if hasattr(self, "world"):
            self.world.update("Environment", self.objects[key])

    def succeed(self, **facts: Any) -> None:
        """Let the second environment say that it takes the place of the first."""
        spec = {**self.stack.spec, "name": "second", "replaces": "first", "adoption": "Never", "deletionPolicy": "Delete"}
        self.put(NEW, spec, {**HEALTHY, **facts})

    def approve(self) -> None:
        annotations = {APPROVE: self.status["plan"]["hash"]}
        body = self.objects[OLD]
        self.put(OLD, body["spec"], annotations=annotations, generation=body["metadata"]["generation"])

    async def look(self, times: int = 1) -> Next | None:
        for _ in range(times):
            said = (await self.reconciler.reconcile(OLD, "r")).next
            self.stack.emulator.advance(600)
        return said

    async def replaced(self) -> None:
        """Let the first be made, and taken down with approval as the second takes its place."""
        await self.look(8)
        assert self.said("Ready")["reason"] == "Ready"
        self.succeed()
        await self.look(2)
        assert self.said("Ready")["reason"] == "AwaitingApproval"
        self.approve()
        await self.look(6)

    async def steady(self) -> None:
        """Look five times: nothing may be written or said."""
        version, told = self.objects[OLD]["metadata"]["resourceVersion"], list(self.events)
        for _ in range(5):
            assert await self.look() is Next.STEADY
        assert self.objects[OLD]["metadata"]["resourceVersion"] == version
        assert self.events == told
        assert "InternalError" not in told

    @property
    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.objects[OLD]["status"]
        return status

    def said(self, type_: str) -> dict[str, Any]:
        return next((dict(entry) for entry in self.status["conditions"] if entry["type"] == type_), {})

    async def get(self, key: Key) -> Body | None:
        return self.objects.get(key)

    async def put_status(self, body: Body, status: Mapping[str, Any]) -> Body:
        return self._put(body, {**body, "status": dict(status)})

    async def put_finalizers(self, body: Body, finalizers: Sequence[str]) -> Body:
        return self._put(body, {**body, "metadata": {**body["metadata"], "finalizers": list(finalizers)}})

    async def event(self, body: Body, condition: Any) -> None:
        self.events.append(condition.reason)

    async def config_map(self, namespace: str, name: str) -> None:
        return None

    secret = config_map

    async def whoami(self, region: str) -> Identity:
        return Identity("123456789012", "aws")

    def _put(self, body: Body, new: dict[str, Any]) -> Body:
        key = Key("Environment", body["metadata"]["namespace"], body["metadata"]["name"])
        if self.crash_after():
            raise Crash
        version = self.objects[key]["metadata"]["resourceVersion"]
        if version != body["metadata"]["resourceVersion"]:
            raise ConflictError("changed")
        self.objects[key] = {**new, "metadata": {**new["metadata"], "resourceVersion": str(int(version) + 1)}}
        self.writes += 1
        return self.objects[key]


@pytest.fixture
def home(new_stack: Callable[..., Stack]) -> Home:
    return Home(new_stack())


async def test_one_that_is_gone_says_the_same_at_every_look(home: Home) -> None:
    await home.replaced()
    assert home.stack.emulator.environments() == []
    assert (home.said("Ready")["status"], home.status["replacedBy"]) == ("True", "second")
    assert "taken its place" in home.said("Ready")["message"]
    await home.steady()


async def test_a_crash_in_its_end_does_not_bring_it_back(home: Home) -> None:
    await home.look(8)
    home.succeed()
    await home.look()
    home.approve()
    # the process ends at the first write to the API server after AWS was asked to delete something
    home.crash_after = lambda: "DeleteEnvironment" in home.stack.writes()
    with pytest.raises(Crash):
        await home.look()
    home.crash_after = lambda: False
    home.succeed(airflowHealthy=False)
    home.start()
    home.stack.emulator.clear_calls()
    await home.look(6)
    assert "CreateEnvironment" not in home.stack.writes()
    assert home.stack.emulator.environments() == []
    assert (home.said("Ready")["status"], home.status["replacedBy"]) == ("True", "second")


async def test_an_approval_is_written_down_before_the_first_of_it_goes(home: Home) -> None:
    await home.look(8)
    home.succeed()
    await home.look()
    assert "replacedBy" not in home.status
    home.approve()
    home.stack.emulator.fault("mwaa", "DeleteEnvironment", code="InternalServerException", status=500)
    await home.look()
    assert home.status["replacedBy"] == "second"
    home.stack.emulator.clear_faults()
    # the user has approved: what becomes of the second later changes nothing in that
    home.succeed(airflowHealthy=False)
    await home.look(6)
    assert home.stack.emulator.environments() == []
    await home.steady()


async def test_one_that_is_kept_says_that_it_was_let_go(new_stack: Callable[..., Stack]) -> None:
    home = Home(new_stack({"deletionPolicy": "Retain"}))
    await home.replaced()
    [kept] = home.stack.emulator.environments()
    assert kept["name"] == "first"
    assert (home.status["replacedBy"], home.status["letGo"]) == ("second", True)
    ready = home.said("Ready")
    assert ready["status"] == "True"
    assert "first was let go: it stays in AWS, and is looked after no more" in ready["message"]
    assert "None" not in ready["message"]
    await home.steady()


def adopted(home: Home, *, group: bool) -> Home:
    """Take the environment over with another object, as somebody else has made it; of the log groups all or but one."""
    mwaa, logs = boto3.client("mwaa", region_name=REGION), boto3.client("logs", region_name=REGION)
    environment = mwaa.get_environment(Name="first")["Environment"]
    mwaa.untag_resource(ResourceArn=environment["Arn"], tagKeys=list(environment["Tags"]))
    groups = logs.describe_log_groups()["logGroups"]
    for each in groups[1:] if group else groups:
        arn = each["arn"].removesuffix(":*")
        logs.untag_resource(resourceArn=arn, tagKeys=list(logs.list_tags_for_resource(resourceArn=arn)["tags"]))
    spec = {**home.stack.spec, "adoption": "Always", "deletionPolicy": "Retain"}
    uid = {"uid": "uid-first"}
    del home.objects[OLD]
    home.put(OLD, spec, **uid)
    home.start()
    return home


async def test_one_that_was_taken_over_is_let_go_with_what_was_made_for_it(home: Home) -> None:
    await home.look(8)
    adopted(home, group=True)
    await home.look(3)
    assert home.said("Ready")["status"] == "True", home.said("Ready")
    home.succeed()
    await home.look(2)
    assert home.said("Ready")["reason"] == "AwaitingApproval"
    home.approve()
    await home.look(3)
    assert (home.status["replacedBy"], home.status["letGo"]) == ("second", True)
    assert "first was let go" in home.said("Ready")["message"]
    await home.steady()


async def test_one_of_which_nothing_is_ours_is_looked_after_until_its_object_goes(home: Home) -> None:
    await home.look(8)
    adopted(home, group=False)
    await home.look(3)
    home.succeed()
    await home.look(2)
    assert home.said("Ready")["reason"] == "Ready"
    assert "replacedBy" not in home.status
    home.put(OLD, {**home.objects[OLD]["spec"], "maxWorkers": 7})
    await home.look(2)
    assert [request["MaxWorkers"] for request in home.stack.requests("UpdateEnvironment")] == [7]


async def test_the_way_from_airflow_2_to_3_that_an_error_names_is_open(new_stack: Callable[..., Stack]) -> None:
    home = Home(new_stack({"airflowVersion": "2.10.3"}))
    await home.look(8)
    home.put(OLD, {**home.stack.spec, "airflowVersion": "3.0.6"})
    await home.look(3)
    assert home.said("Ready")["reason"] == "NoUpgradePath"
    home.succeed()
    await home.look(2)
    assert home.said("AwaitingApproval")["status"] == "True"
    assert "delete environment" in home.said("AwaitingApproval")["message"]
    home.approve()
    await home.look(6)
    assert home.stack.emulator.environments() == []
    assert (home.said("Ready")["status"], home.status["replacedBy"]) == ("True", "second")
    await home.steady()
