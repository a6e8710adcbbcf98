"""A thing of three parts, one of which is looked at in each check, and all that the engine needs to check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

from mwaa_operator.core.adapter import Target
from mwaa_operator.core.change import Change
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.kind import Context, Object, Reference
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.part import Graph, Late, Model, Part, Ref, attr
from mwaa_operator.engine.ports import Body, Identity, Registry
from mwaa_operator.engine.queue import Key
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
    every = EVERY

    def references(self, spec: Any) -> Sequence[Reference]:
        return ()

    documents = secrets = references

    def desired(self, obj: Object[Any], context: Context) -> Graph:
        return Graph.of(
            Part("house", House()),
            Part("wall", Wall(self.colour), every=self.every),
            Part("question", Question(Ref("house", "id"), Ref("house", "status")), every=self.every),
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
    reads: int = 0
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

    async def check(self, *, asked: bool = True) -> tuple[int, int, int]:
        """Do one run, and tell how often house, wall and question were looked at."""
        before = [each.looks for each in (self.house, self.wall, self.question)]
        await self.reconciler.reconcile(KEY, "r", asked=asked)
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

    def edit(self, **metadata: Any) -> None:
        """Change the object as the API server does, with a new version."""
        meta = self.body["metadata"]
        self.body = {**self.body, "metadata": {**meta, "resourceVersion": str(int(meta["resourceVersion"]) + 1), **metadata}}

    def watch(self) -> set[Key]:
        """Let the watch show the object as it is."""
        return self.reconciler.world.update("Thing", self.body)

    async def get(self, key: Key) -> Body:
        self.reads += 1
        return self.body

    async def put_status(self, body: Body, status: Body) -> Body:
        self.writes += 1
        self.edit()
        self.body = {**self.body, "status": status}
        return self.body

    async def put_finalizers(self, body: Body, finalizers: Sequence[str]) -> Body:
        self.edit(finalizers=list(finalizers))
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


async def settled() -> Desk:
    """Give a house that stands as asked, in a process that has looked at all of it once."""
    meta = {"namespace": "default", "name": "x", "uid": "u-1", "resourceVersion": "1", "generation": 1}
    house = There("memory/house", sight=Observed("h-1", {"size": 1}, {"id": "h-1", "status": "AVAILABLE"}))
    question = There("memory/question", sight=Observed("h-1", outputs={"healthy": True}, message="well"))
    found = Desk({"kind": "Thing", "apiVersion": "v1", "metadata": meta, "spec": {}}, house, There("memory/wall"), question)
    await found.settle()
    return found
