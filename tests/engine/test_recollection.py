"""What a check of a steady object leaves unlooked at, and what has everything looked at again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from mwaa_operator.core.adapter import Target
from mwaa_operator.core.annotation import APPROVE, FLUX_RECONCILE_AT, RECONCILE_AT
from mwaa_operator.core.change import Change
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.kind import Context, Object, Reference
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.part import Graph, Late, Model, Part, Ref, attr
from mwaa_operator.engine.ports import Body, Identity, Registry
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.recollection import Recalled
from mwaa_operator.engine.reconcile import Reconciler
from mwaa_operator.engine.world import World

KEY = Key("Thing", "default", "x")
EVERY = 3


@dataclass(frozen=True)
class House(Model):
    TYPE = "memory/house"
    size: int = attr(default=1)


@dataclass(frozen=True)
class Wall(Model):
    TYPE = "memory/wall"
    colour: str = attr(default="white")


@dataclass(frozen=True)
class Question(Model):
    TYPE, AFTER_NEEDS, READ_ONLY = "memory/question", True, True
    house: str | Late = attr(compare=False)
    status: str | Late = attr(compare=False)


@dataclass
class There:
    """One type of thing that is there, as a test says it is."""

    type_: str
    TYPE: ClassVar[str] = ""
    CALLS: ClassVar[Mapping[str, str]] = {}
    sight: Observed | None = None
    looks: int = 0
    fails: bool = False

    async def read(self, targets: Sequence[Target[Any]]) -> Mapping[str, Observed]:
        self.looks += 1
        if self.fails:
            raise OutsideError(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "503"))
        return {target.name: self.sight for target in targets if self.sight}

    async def create(self, target: Target[Any]) -> Observed:
        self.sight = Observed(target.name, {"colour": "white"}, {"id": target.name})
        return self.sight

    async def update(self, target: Target[Any], observed: Observed, changes: Sequence[Change]) -> Observed:
        self.sight = Observed(observed.id, {**observed.fields, **{c.path: c.desired for c in changes}}, observed.outputs)
        return self.sight

    async def delete(self, target: Target[Any], observed: Observed) -> None:
        self.sight = None


class Thing:
    """A house that is looked at in each check, its wall and a question to it in every third."""

    NAME, PLURAL = "Thing", "things"
    SPEC = SimpleNamespace(model_fields={"deletion_policy": SimpleNamespace(default="Delete")})
    REFERENCES: ClassVar[Mapping[str, str]] = {}
    REFERRERS: ClassVar[tuple[str, ...]] = ()
    colour = "white"

    def references(self, spec: Any) -> Sequence[Reference]:
        return ()

    documents = secrets = references

    def desired(self, obj: Object[Any], context: Context) -> Graph:
        return Graph.of(
            Part("house", House()),
            Part("wall", Wall(self.colour), every=EVERY),
            Part("question", Question(Ref("house", "id"), Ref("house", "status")), every=EVERY),
        )

    def facts(self, obj: Object[Any], context: Context, sights: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: sight.id for name, sight in sights.items() if sight}

    def summary(self, facts: Mapping[str, Any]) -> str:
        return "all is well"


@dataclass
class Desk:
    body: dict[str, Any]
    house: There
    wall: There
    question: There
    thing: Thing = field(default_factory=Thing)
    writes: int = 0

    def __post_init__(self) -> None:
        self.adapters = {"memory/house": self.house, "memory/wall": self.wall, "memory/question": self.question}
        self.start()

    def start(self) -> None:
        """Begin a process: it remembers nothing."""
        registry = Registry({"Thing": self.thing}, self.adapters, {}, parse)  # type: ignore[dict-item]
        self.reconciler = Reconciler(
            registry, self, self, World(registry), "us-east-1", {}, now=lambda: datetime(2026, 11, 21, tzinfo=UTC)
        )

    async def check(self) -> tuple[int, int, int]:
        """Do one run, and tell how often house, wall and question were looked at."""
        before = [each.looks for each in (self.house, self.wall, self.question)]
        await self.reconciler.reconcile(KEY, "r")
        house, wall, question = (each.looks - n for each, n in zip(self.adapters.values(), before, strict=True))
        return house, wall, question

    async def settle(self) -> None:
        """Make what is missing, and let a new process look at everything once."""
        await self.check()
        self.start()
        assert await self.check() == (1, 1, 1)

    def said(self, type_: str) -> str:
        found = [c["status"] for c in self.body.get("status", {}).get("conditions", ()) if c["type"] == type_]
        return str(found[0]) if found else ""

    async def get(self, key: Key) -> Body:
        return self.body

    async def put_status(self, body: Body, status: Body) -> Body:
        self.writes += 1
        self.body = {**self.body, "status": status}
        return self.body

    async def put_finalizers(self, body: Body, finalizers: Sequence[str]) -> Body:
        self.body = {**self.body, "metadata": {**self.body["metadata"], "finalizers": list(finalizers)}}
        return self.body

    async def event(self, body: Body, condition: Any) -> None:
        return None

    async def whoami(self, region: str) -> Identity:
        return Identity("123456789012", "aws")

    async def config_map(self, namespace: str, name: str) -> None:
        return None

    secret = config_map


def parse(kind: str, spec: Mapping[str, Any], name: str) -> Any:
    defaults = {"adoption": "Never", "drift_policy": "Correct", "approval": "Automatic", "deletion_policy": "Delete"}
    return SimpleNamespace(**{**defaults, "suspend": False, "region": None, **spec})


@pytest.fixture
async def desk() -> Desk:
    meta = {"namespace": "default", "name": "x", "uid": "u-1", "resourceVersion": "1", "generation": 1}
    house = There("memory/house", sight=Observed("h-1", {"size": 1}, {"id": "h-1", "status": "AVAILABLE"}))
    question = There("memory/question", sight=Observed("h-1", outputs={"healthy": True}, message="well"))
    found = Desk({"kind": "Thing", "apiVersion": "v1", "metadata": meta, "spec": {}}, house, There("memory/wall"), question)
    await found.settle()
    return found


async def test_a_steady_object_is_looked_at_by_its_main_part_alone_and_by_the_others_in_every_third_check(
    desk: Desk,
) -> None:
    writes = desk.writes
    seen = [await desk.check() for _ in range(4 * EVERY)]
    assert all(house == 1 for house, _, _ in seen)
    for first in range(len(seen) - EVERY + 1):
        # never longer apart than that, wherever one begins to count
        assert [sum(column) for column in zip(*seen[first : first + EVERY], strict=True)] == [EVERY, 1, 1]
    assert desk.writes == writes
    assert desk.said("Ready") == "True"


async def test_many_objects_do_not_ask_in_the_same_check(desk: Desk) -> None:
    asked = []
    for number in range(30):
        desk.body["metadata"]["uid"] = f"u-{number}"
        desk.start()
        await desk.settle()
        asked.append([question for _, _, question in [await desk.check() for _ in range(EVERY)]].index(1))
    assert set(asked) == {0, 1, 2}


def edited(desk: Desk) -> None:
    desk.body["metadata"]["generation"] = 2


def annotated(name: str) -> Callable[[Desk], None]:
    def ask(desk: Desk) -> None:
        desk.body["metadata"]["annotations"] = {name: "now"}

    return ask


def replaced(desk: Desk) -> None:
    desk.body["metadata"]["uid"] = "u-2"


def in_maintenance(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 1}, {"id": "h-1", "status": "MAINTENANCE"})


def touched(desk: Desk) -> None:
    seen = {"id": "h-1", "status": "AVAILABLE", "last_update": "by somebody else"}
    desk.house.sight = Observed("h-1", {"size": 1}, seen)


def failed(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 1}, {"id": "h-1", "status": "AVAILABLE"}, State.FAILED, "Broken", "broken")


def drifted(desk: Desk) -> None:
    desk.house.sight = Observed("h-1", {"size": 2}, {"id": "h-1", "status": "AVAILABLE"})


@pytest.mark.parametrize(
    "event",
    [
        edited,
        annotated(RECONCILE_AT),
        annotated(FLUX_RECONCILE_AT),
        annotated(APPROVE),
        replaced,
        in_maintenance,
        touched,
        drifted,
        Desk.start,
    ],
)
async def test_everything_is_looked_at_at_once_after(desk: Desk, event: Callable[[Desk], None]) -> None:
    while await desk.check() == (1, 0, 0):
        pass  # after it was their turn, the next check would leave both out
    event(desk)
    assert await desk.check() == (1, 1, 1)


async def test_a_failure_of_the_main_part_is_no_ground_to_believe_what_was_seen_before(desk: Desk) -> None:
    failed(desk)
    house, wall, _ = await desk.check()
    assert (house, wall) == (1, 1)
    assert desk.said("Ready") == "False"


async def test_a_part_that_is_asked_for_otherwise_is_looked_at_and_changed_without_a_new_generation(desk: Desk) -> None:
    desk.thing.colour = "blue"  # as when a Secret or another object says so
    await desk.check()
    assert desk.wall.sight
    assert desk.wall.sight.fields["colour"] == "blue"


async def test_a_check_that_could_not_look_leaves_nothing_that_the_next_one_believes(desk: Desk) -> None:
    desk.house.fails = True
    await desk.check()
    assert desk.said("Ready") == "True"  # trouble that passes
    desk.house.fails = False
    assert await desk.check() == (1, 1, 1)


async def test_what_was_seen_to_be_wrong_is_looked_at_in_each_check(desk: Desk) -> None:
    assert desk.question.sight
    desk.question.sight = Observed("h-1", state=State.FAILED, reason="Unwell", message="the scheduler is dead")
    for _ in range(EVERY):
        await desk.check()
    assert desk.said("Ready") == "False"
    looks = [await desk.check() for _ in range(EVERY)]
    assert looks == [(1, 1, 1)] * EVERY


async def test_the_end_of_an_object_leaves_nothing_behind(desk: Desk) -> None:
    body, graph = desk.body, desk.thing.desired(None, None)  # type: ignore[arg-type]
    desk.body = None  # type: ignore[assignment]
    await desk.reconciler.reconcile(KEY, "r")
    assert desk.reconciler.recollection.take(KEY, body, graph) == Recalled()
