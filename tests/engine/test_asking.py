"""While one object's files are read, the others get on: what is asked of a kind that reads much is asked in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.part import Graph
from mwaa_operator.engine import asking
from mwaa_operator.engine.loop import STUCK_SECONDS, Loop, Pace
from mwaa_operator.engine.metrics import Metrics
from mwaa_operator.engine.ports import Body, Registry
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.reconcile import Reconciler
from mwaa_operator.engine.world import World
from mwaa_operator.kinds.dag_source import DagSourceKind
from mwaa_operator.resources.s3 import Tree

from .test_reconcile import Account, Box, Boxes, Thing, parse

LARGE, SMALL = Key("Large", "default", "x"), Key("Thing", "default", "y")
SOURCE = Key("DagSource", "default", "x")
PATIENCE = 20.0
"""Seconds until a test that fails ends."""


@dataclass
class Door:
    """Whoever comes to it waits until somebody opens it."""

    events: list[str]
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def pass_through(self) -> None:
        if not self.opened.is_set():
            self.events.append("one has begun to read")
            self.reached.set()
            self.events.append("it reads on" if self.opened.wait(PATIENCE) else "nobody else got on meanwhile")
            self.opened.set()


class Large(Thing):
    """A kind that says that it reads much, and stays at a door while it is asked for something."""

    NAME, PLURAL, HEAVY = "Large", "larges", True

    def __init__(self, slow: str, door: Door) -> None:
        self._slow, self._door = slow, door
        self.threads = dict[str, threading.Thread]()

    def desired(self, obj: Object[Any], context: Context) -> Graph:
        self._asked("desired")
        return super().desired(obj, context)

    def facts(self, obj: Object[Any], context: Context, sights: Mapping[str, Any]) -> Mapping[str, Any]:
        self._asked("facts")
        return super().facts(obj, context, sights)

    def _asked(self, what: str) -> None:
        self.threads[what] = threading.current_thread()
        if what == self._slow:
            self._door.pass_through()


class Small(Large):
    """One that has little to read."""

    NAME, PLURAL, HEAVY = "Small", "smalls", False


class Files(Mapping[str, bytes]):
    """A ConfigMap with many files. Its reader comes to a door on the way."""

    def __init__(self, door: Door, count: int) -> None:
        self._door = door
        self._files = {f"dag_{number}.py": b"# %d\nimport airflow\n" % number for number in range(count)}

    def __getitem__(self, name: str) -> bytes:
        if name == "dag_150.py":
            self._door.pass_through()
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@dataclass
class Cluster:
    """Objects in memory. What is written of them is taken as it comes."""

    objects: dict[Key, Body] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    async def get(self, key: Key) -> Body | None:
        return self.objects.get(key)

    async def put_status(self, body: Body, status: Body) -> Body:
        return self._put(body | {"status": dict(status)})

    async def put_finalizers(self, body: Body, finalizers: list[str]) -> Body:
        return self._put(body | {"metadata": body["metadata"] | {"finalizers": finalizers}})

    async def config_map(self, namespace: str, name: str) -> Mapping[str, bytes]:
        return self.files

    async def secret(self, namespace: str, name: str) -> None:
        return None

    async def event(self, body: Body, condition: Any) -> None:
        return None

    def put(self, key: Key, spec: Mapping[str, Any]) -> None:
        meta = {"namespace": key.namespace, "name": key.name, "uid": key.name, "resourceVersion": "1", "generation": 1}
        self.objects[key] = {"kind": key.kind, "metadata": meta, "spec": spec}

    def _put(self, body: Body) -> Body:
        self.objects[Key(body["kind"], body["metadata"]["namespace"], body["metadata"]["name"])] = body
        return body


@pytest.fixture
def door() -> Door:
    return Door([])


@pytest.fixture
def cluster(door: Door) -> Cluster:
    cluster = Cluster(files=Files(door, 300))
    cluster.put(LARGE, {})
    cluster.put(SMALL, {})
    cluster.put(SOURCE, {"bucketRef": {"name": "bucket"}, "configMapRefs": [{"name": "many"}]})
    return cluster


def reconciler(cluster: Cluster, kind: Any) -> Reconciler:
    def parsed(name: str, spec: Body, of: str) -> Any:
        return DagSourceSpec.model_validate(spec) if name == "DagSource" else parse(name, spec, of)

    boxes = Boxes()
    kinds = {kind.NAME: kind, "Thing": Thing()}
    registry = Registry(kinds, {Box.TYPE: boxes, Tree.TYPE: boxes}, {}, parsed)  # type: ignore[arg-type,dict-item]
    return Reconciler(registry, cluster, Account(), World(registry), "us-east-1", {})  # type: ignore[arg-type]


async def both(engine: Reconciler, slow: Key, door: Door) -> list[str]:
    """Run one object until it stands at the door, then another one, then let the first one pass."""
    first = asyncio.create_task(engine.reconcile(slow, "r1"))
    assert await asyncio.to_thread(door.reached.wait, PATIENCE)
    door.events.append((await engine.reconcile(SMALL, "r2")).outcome)
    door.opened.set()
    door.events.append((await first).outcome)
    return door.events


@pytest.mark.parametrize("slow", ["desired", "facts"])
async def test_another_object_gets_on_while_one_is_asked(slow: str, cluster: Cluster, door: Door) -> None:
    engine = reconciler(cluster, Large(slow, door))
    assert await both(engine, LARGE, door) == ["one has begun to read", "steady", "it reads on", "steady"]


async def test_another_object_gets_on_while_the_files_of_a_dag_source_are_read(cluster: Cluster, door: Door) -> None:
    engine = reconciler(cluster, DagSourceKind())
    events = await both(engine, SOURCE, door)
    assert events[:3] == ["one has begun to read", "steady", "it reads on"]
    said = {entry["reason"] for entry in cluster.objects[SOURCE]["status"]["conditions"]}
    assert "InternalError" not in said and "DependencyNotFound" in said, "the bucket, which is not there"


@pytest.mark.parametrize(("kind", "here"), [(Large, False), (Small, True)])
async def test_only_who_reads_much_is_asked_in_a_thread(kind: type[Large], here: bool, cluster: Cluster, door: Door) -> None:
    small_or_large = kind("nothing", door)
    key = Key(kind.NAME, "default", "x")
    cluster.put(key, {})
    await reconciler(cluster, small_or_large).reconcile(key, "r1")
    assert {what: thread is threading.current_thread() for what, thread in small_or_large.threads.items()} == {
        "desired": here,
        "facts": here,
    }


async def test_what_a_kind_raises_in_a_thread_is_a_fault_of_our_own(cluster: Cluster, door: Door) -> None:
    cluster.put(LARGE, {"explode": True})
    assert (await reconciler(cluster, Large("nothing", door)).reconcile(LARGE, "r1")).outcome == "error"
    said = cluster.objects[LARGE]["status"]["conditions"]
    assert any(entry["reason"] == "InternalError" and "RecursionError" in entry["message"] for entry in said)


async def test_a_long_read_is_a_sign_of_life_but_not_for_ever(
    cluster: Cluster, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 2 * asking.BEAT_SECONDS < STUCK_SECONDS < asking.BEAT_SECONDS * asking.BEATS
    engine, beats = reconciler(cluster, Large("desired", door)), list[str]()
    loop = Loop(engine, Metrics(), Pace())
    assert engine.beat == loop.beat
    engine.beat = lambda: beats.append("it gets on")
    monkeypatch.setattr(asking, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr(asking, "BEATS", 3)
    run = asyncio.create_task(engine.reconcile(LARGE, "r1"))
    for _ in range(1000):
        await asyncio.sleep(0)
    assert not run.done() and len(beats) == 3
    door.opened.set()
    assert (await run).outcome == "steady"
