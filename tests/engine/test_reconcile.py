"""One run of one object in every situation, on a cluster and an account in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from mwaa_operator.core.adapter import Target
from mwaa_operator.core.change import Change
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.kind import Context, Object, Reference
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.part import Graph, Model, Part, attr
from mwaa_operator.core.report import Next
from mwaa_operator.engine.ports import Body, ConflictError, Identity, Registry
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.reconcile import FINALIZER, Reconciler
from mwaa_operator.engine.world import World

KEY = Key("Thing", "default", "x")
USER = Key("Thing", "default", "user")


@dataclass(frozen=True)
class Box(Model):
    TYPE = "memory/box"
    size: int = attr(default=1)


class Boxes:
    """An account with boxes, and a hand that makes calls fail."""

    TYPE = Box.TYPE
    CALLS: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.fails: BaseException | None = None

    async def read(self, targets: Sequence[Target[Box]]) -> Mapping[str, Observed]:
        return {t.name: Observed(t.name, {"size": 1}, {"id": t.name}) for t in targets if t.name in self.there}

    async def create(self, target: Target[Box]) -> Observed:
        if self.fails:
            raise self.fails
        self.there.add(target.name)
        return Observed(target.name, {"size": 1}, {"id": target.name})

    async def update(self, target: Target[Box], observed: Observed, changes: Sequence[Change]) -> Observed:
        return observed

    async def delete(self, target: Target[Box], observed: Observed) -> None:
        self.there.discard(target.name)


class Thing:
    NAME, PLURAL = "Thing", "things"
    SPEC = SimpleNamespace(model_fields={"deletion_policy": SimpleNamespace(default="Delete")})
    REFERENCES: ClassVar[Mapping[str, str]] = {}
    REFERRERS: ClassVar[tuple[str, ...]] = ()

    def references(self, spec: Any) -> Sequence[Reference]:
        return [Reference("Thing", name, "ref", namespace) for namespace, name in spec.refs]

    def documents(self, spec: Any) -> Sequence[str]:
        return ()

    def secrets(self, spec: Any) -> Sequence[str]:
        return ()

    def desired(self, obj: Object[Any], context: Context) -> Graph:
        if obj.spec.explode:
            raise RecursionError("too deep")
        return Graph.of(Part("a", Box()), Part("b", Box()))

    def facts(self, obj: Object[Any], context: Context, sights: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"thingId": "a" if sights.get("a") else None}

    def summary(self, facts: Mapping[str, Any]) -> str:
        return "all is well"


def parse(kind: str, spec: Mapping[str, Any], name: str) -> Any:
    if spec.get("bad"):
        raise ValueError("spec.bad: must not be")
    defaults = {"adoption": "Never", "drift_policy": "Correct", "approval": "Automatic", "deletion_policy": "Delete"}
    own = {"suspend": False, "region": None, "refs": (), "explode": False}
    return SimpleNamespace(**{**defaults, **own, **spec})


@dataclass
class Cluster:
    """Objects in memory, with versions; a hand may change one between the read and the write."""

    objects: dict[Key, dict[str, Any]] = field(default_factory=dict)
    edit_before_write: bool = False
    events: list[str] = field(default_factory=list)

    async def get(self, key: Key) -> Body | None:
        return self.objects.get(key)

    async def put_status(self, body: Body, status: Body) -> Body:
        return self._put(body, {**body, "status": dict(status)})

    async def put_finalizers(self, body: Body, finalizers: Sequence[str]) -> Body:
        meta = {**body["metadata"], "finalizers": list(finalizers)}
        return self._put(body, {**body, "metadata": meta}, edited=False)

    async def config_map(self, namespace: str, name: str) -> None:
        return None

    async def secret(self, namespace: str, name: str) -> None:
        return None

    async def event(self, body: Body, condition: Any) -> None:
        self.events.append(condition.reason)

    def _put(self, body: Body, new: dict[str, Any], edited: bool = True) -> Body:
        key = Key("Thing", body["metadata"]["namespace"], body["metadata"]["name"])
        if edited and self.edit_before_write:
            self.edit_before_write = False
            meta = self.objects[key]["metadata"]
            version = str(int(meta["resourceVersion"]) + 1)
            self.objects[key] = {**self.objects[key], "metadata": {**meta, "resourceVersion": version, "generation": 2}}
        if self.objects[key]["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise ConflictError("changed")
        version = str(int(body["metadata"]["resourceVersion"]) + 1)
        self.objects[key] = {**new, "metadata": {**new["metadata"], "resourceVersion": version}}
        return self.objects[key]


class Account:
    def __init__(self) -> None:
        self.problem: Problem | None = None

    async def whoami(self, region: str) -> Identity:
        if self.problem:
            raise OutsideError(self.problem)
        return Identity("123456789012", "aws")


@dataclass
class Desk:
    cluster: Cluster
    boxes: Boxes
    account: Account
    world: World
    reconciler: Reconciler
    time: list[datetime]

    def put(self, key: Key = KEY, *, status: Any = None, seen: bool = True, spec: Any = None, **meta: Any) -> None:
        metadata = {"namespace": key.namespace, "name": key.name, "uid": f"uid-{key.name}", "resourceVersion": "1"}
        body = {"kind": "Thing", "apiVersion": "v1", "metadata": {**metadata, "generation": 1, **meta}, "spec": spec or {}}
        self.cluster.objects[key] = body | ({"status": status} if status else {})
        if seen:
            self.world.update("Thing", self.cluster.objects[key])

    async def run(self) -> Next | None:
        return (await self.reconciler.reconcile(KEY, "r1")).next

    def said(self, type_: str) -> dict[str, Any]:
        conditions = self.cluster.objects[KEY].get("status", {}).get("conditions", ())
        return next((dict(entry) for entry in conditions if entry["type"] == type_), {})


@pytest.fixture
def desk() -> Desk:
    cluster, boxes, account = Cluster(), Boxes(), Account()
    registry = Registry({"Thing": Thing()}, {Box.TYPE: boxes}, {}, parse)  # type: ignore[dict-item]
    world, time = World(registry), [datetime(2026, 11, 21, 12, tzinfo=UTC)]
    reconciler = Reconciler(registry, cluster, account, world, "us-east-1", {}, now=lambda: time[0])
    return Desk(cluster, boxes, account, world, reconciler, time)


GOING = {"deletionTimestamp": "2026-11-21T00:00:00Z", "finalizers": [FINALIZER]}


async def test_a_new_object_gets_its_finalizer_before_the_first_write_and_is_ready(desk: Desk) -> None:
    desk.put()
    desk.boxes.fails = OutsideError(Problem(Trouble.REFUSED, "AwsRefused", "no"))
    await desk.run()
    assert desk.cluster.objects[KEY]["metadata"]["finalizers"] == [FINALIZER]
    desk.boxes.fails = None
    assert await desk.run() is Next.STEADY
    assert desk.said("Ready")["status"] == "True"
    assert desk.cluster.objects[KEY]["status"]["thingId"] == "a"


async def test_a_second_run_writes_nothing(desk: Desk) -> None:
    desk.put()
    await desk.run()
    version = desk.cluster.objects[KEY]["metadata"]["resourceVersion"]
    await desk.run()
    assert desk.cluster.objects[KEY]["metadata"]["resourceVersion"] == version


async def test_an_edit_meanwhile_keeps_what_the_run_has_made(desk: Desk) -> None:
    desk.put()
    desk.cluster.edit_before_write = True
    with pytest.raises(ConflictError):
        await desk.run()
    parts = desk.cluster.objects[KEY]["status"]["parts"]
    assert [(part["name"], part["id"], "made" in part) for part in parts] == [("a", "a", True), ("b", "b", True)]


async def test_a_fault_of_our_own_is_shown_and_tried_again(desk: Desk) -> None:
    desk.put(spec={"explode": True})
    assert await desk.run() is Next.RETRY
    assert desk.said("Ready")["reason"] == "InternalError"
    assert "RecursionError" in desk.said("Ready")["message"]


async def test_a_fault_in_one_step_hides_nothing_of_the_others(desk: Desk) -> None:
    desk.put()
    made = desk.boxes.create

    async def create(target: Target[Box]) -> Observed:
        if target.name == "a":
            raise ZeroDivisionError("bug")
        return await made(target)

    desk.boxes.create = create  # type: ignore[method-assign]
    await desk.run()
    assert desk.said("Ready")["reason"] == "InternalError"
    states = {part["name"]: part["state"] for part in desk.cluster.objects[KEY]["status"]["parts"]}
    assert states == {"a": "Absent", "b": "Ready"}


async def test_what_is_in_use_is_not_taken_down(desk: Desk) -> None:
    desk.boxes.there = {"a", "b"}
    desk.put(**GOING)
    desk.put(USER, spec={"refs": [("", "x")]})
    await desk.run()
    assert desk.said("Ready")["reason"] == "InUse"
    assert desk.boxes.there == {"a", "b"}
    del desk.cluster.objects[USER]  # its end was missed by the watch
    await desk.run()
    assert desk.boxes.there == set()
    assert FINALIZER not in desk.cluster.objects[KEY]["metadata"]["finalizers"]


async def test_two_of_a_kind_that_name_each_other_do_not_hold_each_other_once_both_go(desk: Desk) -> None:
    desk.boxes.there = {"a", "b"}
    desk.put(spec={"refs": [("", "user")]}, **GOING)
    desk.put(USER, spec={"refs": [("", "x")]})
    await desk.run()
    assert desk.said("Ready")["reason"] == "InUse"
    desk.put(USER, spec={"refs": [("", "x")]}, **GOING)
    desk.boxes.there = {"a", "b"}
    assert (await desk.reconciler.reconcile(KEY, "r1")).outcome == "deleted"
    assert desk.boxes.there == set()


async def test_a_reference_to_another_namespace_is_refused_and_never_holds_a_deletion(desk: Desk) -> None:
    desk.put(spec={"refs": [("elsewhere", "y")]})
    await desk.run()
    assert desk.said("Stalled")["reason"] == "CrossNamespaceReference"
    assert desk.boxes.there == set()
    desk.boxes.there = {"a", "b"}
    desk.put(spec={"refs": [("elsewhere", "y")]}, **GOING)
    await desk.run()
    assert desk.boxes.there == set()


async def test_a_suspended_object_keeps_the_word_of_the_generation_it_was_said_of(desk: Desk) -> None:
    desk.put()
    await desk.run()
    done = desk.cluster.objects[KEY]
    desk.put(spec={"suspend": True}, status=done["status"], generation=2, finalizers=[FINALIZER])
    await desk.run()
    assert desk.said("Suspended")["status"] == "True"
    assert desk.said("Ready")["observedGeneration"] == 1
    assert desk.cluster.objects[KEY]["status"]["observedGeneration"] == 1


async def test_a_missing_permission_is_stuck_after_a_grace(desk: Desk) -> None:
    desk.put()
    desk.boxes.fails = OutsideError(Problem(Trouble.DENIED, "AccessDenied", "ec2:CreateVpc"))
    await desk.run()
    assert (desk.said("Ready")["status"], desk.said("Stalled")) == ("False", {})
    desk.time[0] = datetime(2026, 11, 21, 12, 11, tzinfo=UTC)
    assert await desk.run() is Next.SLOW
    assert desk.said("Stalled")["reason"] == "AccessDenied"
    desk.boxes.fails = None
    await desk.run()
    assert (desk.said("Ready")["status"], desk.said("Stalled")) == ("True", {})


@pytest.mark.parametrize(
    ("trouble", "ready", "next_"), [(Trouble.DENIED, "False", Next.SLOW), (Trouble.UNAVAILABLE, "True", Next.RETRY)]
)
async def test_trouble_before_the_first_look_leaves_facts_as_they_are(
    desk: Desk, trouble: Trouble, ready: str, next_: Next
) -> None:
    desk.put()
    await desk.run()
    desk.account.problem = Problem(trouble, "X", "no credentials")
    assert await desk.run() is next_
    assert desk.said("Ready")["status"] == ready
    assert desk.cluster.objects[KEY]["status"]["thingId"] == "a"


async def test_a_verdict_on_another_generation_is_none_on_this_one(desk: Desk) -> None:
    desk.put()
    await desk.run()
    status = desk.cluster.objects[KEY]["status"]
    desk.put(status=status, generation=2, finalizers=[FINALIZER])
    desk.boxes.there = set()
    desk.boxes.fails = OutsideError(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "503"))
    await desk.run()
    assert (desk.said("Ready")["status"], desk.said("Ready")["observedGeneration"]) == ("Unknown", 2)
    desk.put(status=status, generation=2, finalizers=[FINALIZER])
    desk.account.problem = Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "503")
    await desk.run()
    assert desk.said("Ready")["status"] == "Unknown"


async def test_what_cannot_be_looked_at_keeps_what_was_said_of_it_and_when(desk: Desk) -> None:
    desk.put()
    await desk.run()
    before = desk.said("Synced")
    desk.time[0] = datetime(2026, 11, 21, 13, tzinfo=UTC)
    desk.put(spec={"bad": True}, status=desk.cluster.objects[KEY]["status"], generation=2, finalizers=[FINALIZER])
    await desk.run()
    assert desk.said("Synced") == before
    assert desk.said("Stalled")["observedGeneration"] == 2


async def test_a_fault_of_our_own_in_a_look_loses_nothing(desk: Desk) -> None:
    desk.put()
    await desk.run()
    look = desk.boxes.read

    async def read(targets: Sequence[Target[Box]]) -> Mapping[str, Observed]:
        raise KeyError("State")

    desk.boxes.read = read  # type: ignore[method-assign]
    assert await desk.run() is Next.RETRY
    assert desk.said("Ready")["reason"] == "InternalError"
    assert {part["id"] for part in desk.cluster.objects[KEY]["status"]["parts"]} == {"a", "b"}
    desk.boxes.read = look  # type: ignore[method-assign]
    assert await desk.run() is Next.STEADY


async def test_an_object_with_a_bad_spec_asks_before_it_goes_where_that_was_asked_for(desk: Desk) -> None:
    desk.put()
    await desk.run()
    status = desk.cluster.objects[KEY]["status"]
    desk.put(spec={"bad": True, "approval": "Manual"}, status=status, **GOING)
    await desk.run()
    assert desk.boxes.there == {"a", "b"}
    hash_ = desk.said("Ready")["message"].split("waits for approval")[0].split()[-1]
    status = desk.cluster.objects[KEY]["status"]
    approved = {"annotations": {"mwaa-operator.dev/approve": hash_}}
    desk.put(spec={"bad": True, "approval": "Manual"}, status=status, **GOING, **approved)
    await desk.run()
    assert desk.boxes.there == set()


async def test_an_object_with_a_bad_spec_is_stalled_and_can_go(desk: Desk) -> None:
    desk.put()
    await desk.run()
    status = desk.cluster.objects[KEY]["status"]
    desk.put(spec={"bad": True}, status=status, finalizers=[FINALIZER])
    await desk.run()
    assert desk.said("Stalled")["reason"] == "InvalidSpec"
    desk.put(spec={"bad": True}, status=status, **GOING)
    await desk.run()
    assert desk.boxes.there == set()


async def test_an_object_that_is_gone_is_forgotten(desk: Desk) -> None:
    desk.put()
    del desk.cluster.objects[KEY]
    assert await desk.run() is None
    assert desk.world.neighbour(KEY) is None
