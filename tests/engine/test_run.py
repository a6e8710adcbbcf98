"""Runs against a small account in memory: whatever breaks, the end is the same and nothing is made twice or left over."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.core.adapter import Target
from mwaa_operator.core.change import Change
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.kind import Object
from mwaa_operator.core.memory import PartMemory, recall
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.part import Graph, Late, Model, Part, Ref, attr
from mwaa_operator.core.policy import Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import part_list


@dataclass(frozen=True)
class Box(Model):
    TYPE = "memory/box"
    size: int = attr(default=1)
    inside: str | Late | None = attr(default=None)
    tags: Mapping[str, str] = attr(subset=True, default_factory=dict)


@dataclass(frozen=True)
class Announced(Box):
    """A box of which AWS makes a second one when it is asked twice, and shows none for a while."""

    ANNOUNCED = True


class Crash(BaseException):
    """The process is killed."""


@dataclass
class Account:
    """Boxes, which take a few looks to get ready and to go; and a hand that breaks the n-th write."""

    boxes: dict[str, dict[str, Any]] = field(default_factory=dict)
    break_at: dict[int, str] = field(default_factory=dict)
    writes: int = 0
    made: int = 0
    ids: Any = field(default_factory=itertools.count)
    lag: int = 0
    """How many looks a new box stays unseen: reads are only consistent in the end."""

    def write(self, work: Any) -> None:
        """Do a write, unless the hand breaks it before, after, or loses the reply."""
        self.writes += 1
        how = self.break_at.get(self.writes)
        if how == "crash before":
            raise Crash
        if how == "refused":
            raise OutsideError(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "down"))
        work()
        if how == "crash after":
            raise Crash
        if how == "reply lost":
            raise OutsideError(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "no reply"))


class BoxAdapter:
    TYPE = Box.TYPE
    CALLS: ClassVar[Mapping[str, str]] = {"create": "memory:CreateBox"}

    def __init__(self, account: Account) -> None:
        self.account = account

    async def read(self, targets: Sequence[Target[Box]]) -> Mapping[str, Observed]:
        found = {}
        for target in targets:
            for id_, box in list(self.account.boxes.items()):
                if box["unseen"] > 0:
                    box["unseen"] -= 1
                    continue
                if id_ == target.id or (box["owner"], box["part"]) == (target.owner.uid, target.name):
                    box["age"] += 1
                    if box["going"] and box["age"] > 2:
                        del self.account.boxes[id_]
                        continue
                    found[target.name] = self.seen(id_)
        return found

    def seen(self, id_: str) -> Observed:
        box = self.account.boxes[id_]
        state = State.GOING if box["going"] else State.READY if box["age"] >= 1 else State.BUSY
        fields = {"size": box["size"], "inside": box["inside"]}
        return Observed(id_, fields, {"id": id_}, state, owner=box["owner"])

    async def create(self, target: Target[Box]) -> Observed:
        id_ = f"box-{next(self.account.ids)}"
        model = target.want

        def make() -> None:
            self.account.made += 1
            # one call cannot set everything: the size is set by an update, as with a VPC's attributes
            self.account.boxes[id_] = {
                "owner": target.owner.uid, "part": target.name, "inside": model.inside, "size": 0, "age": 0, "going": False,
                "unseen": self.account.lag,
            }  # fmt: skip

        self.account.write(make)
        return self.seen(id_)

    async def update(self, target: Target[Box], observed: Observed, changes: Sequence[Change]) -> Observed:
        def change() -> None:
            for each in changes:
                self.account.boxes[observed.id][each.path] = each.desired

        self.account.write(change)
        return self.seen(observed.id)

    async def delete(self, target: Target[Box], observed: Observed) -> None:
        self.account.write(lambda: self.account.boxes[observed.id].update(going=True, age=0))


def graph(links: Sequence[int | None], model: type[Box] = Box) -> Graph:
    parts = [
        Part(f"p{index}", model(inside=None if parent is None else Ref(f"p{parent}", "id")))
        for index, parent in enumerate(links)
    ]
    return Graph.of(*parts)


def registry(account: Account) -> Registry:
    return Registry(kinds={}, adapters={Box.TYPE: BoxAdapter(account)}, checks={}, parse=lambda kind, spec, name: spec)


OBJECT: Object[Any] = Object("Test", "default", "x", "uid-1", 1, None)
BEGUN = datetime(2026, 11, 21, tzinfo=UTC)
POLICY = Policy(uid="uid-1", address="default/x")


def drive(
    account: Account, wanted: Graph, policy: Policy, memory: Mapping[str, PartMemory], runs: int = 60, patience: int = 0
) -> Any:
    """Run again and again, as the loop does; a crash loses what the run has not written into status yet."""
    for second in range(runs):
        now = BEGUN + timedelta(seconds=second)
        run = Run.of(registry(account), OBJECT, "us-east-1", wanted, policy, memory, now, timedelta(seconds=patience))

        written = [memory]

        async def announce(run: Run = run, written: list[Any] = written) -> None:
            written.append(recall(part_list(run.graph, run.sights, run.memory)))

        async def once(run: Run = run) -> None:
            await run.observe()
            await run.act(announce)

        try:
            asyncio.run(once())
        except Crash:
            memory = written[-1]
            continue
        memory = recall(part_list(run.graph, run.sights, run.memory))
        busy = any(not isinstance(s, Observed) or s.state is not State.READY for s in run.sights.values() if s)
        if not run.plan.steps and not busy and not run.problems:
            return memory
    raise AssertionError("it never came to rest")


links = st.integers(1, 6).flatmap(lambda n: st.tuples(*(st.sampled_from([None, *range(i)]) for i in range(n))))
breaks = st.dictionaries(
    st.integers(1, 20), st.sampled_from(["crash before", "crash after", "reply lost", "refused"]), max_size=6
)


@settings(max_examples=150, deadline=None)
@given(links, breaks, breaks)
def test_whatever_breaks_the_end_is_the_same_and_nothing_is_made_twice(
    links: tuple[int | None, ...], making: dict[int, str], unmaking: dict[int, str]
) -> None:
    account, wanted = Account(break_at=making), graph(links)
    memory = drive(account, wanted, POLICY, {})
    assert account.made == len(account.boxes) == len(links)
    by_part = {box["part"]: id_ for id_, box in account.boxes.items()}
    for index, parent in enumerate(links):
        box = account.boxes[by_part[f"p{index}"]]
        assert box["size"] == 1
        assert box["inside"] == (None if parent is None else by_part[f"p{parent}"])
    account.break_at, account.writes = unmaking, 0
    drive(account, wanted, replace(POLICY, deleting=True), memory)
    assert account.boxes == {}


@given(links)
@settings(max_examples=30, deadline=None)
def test_a_steady_object_writes_nothing(links: tuple[int | None, ...]) -> None:
    account = Account()
    memory = drive(account, graph(links), POLICY, {})
    account.writes = 0
    drive(account, graph(links), POLICY, memory)
    assert account.writes == 0


@given(links, st.data())
@settings(max_examples=50, deadline=None)
def test_a_spec_that_shrinks_and_grows_leaves_no_orphan(links: tuple[int | None, ...], data: st.DataObject) -> None:
    account = Account()
    memory = drive(account, graph(links), POLICY, {})
    fewer = links[: data.draw(st.integers(0, len(links)))]
    memory = drive(account, graph(fewer), POLICY, memory)
    assert sorted(box["part"] for box in account.boxes.values()) == [f"p{index}" for index in range(len(fewer))]
    drive(account, graph(links), POLICY, memory)
    assert len(account.boxes) == len(links)


def test_losing_all_memory_costs_no_correctness() -> None:
    account = Account()
    drive(account, graph((None, 0)), POLICY, {})
    drive(account, graph((None, 0)), POLICY, {})
    assert account.made == 2
    drive(account, graph((None, 0)), replace(POLICY, deleting=True), {})
    assert account.boxes == {}


def test_what_aws_does_not_show_yet_is_waited_for_and_not_made_again() -> None:
    hasty, patient = Account(lag=4), Account(lag=4)
    drive(patient, graph((None, 0)), POLICY, {}, patience=20)
    assert patient.made == 2
    drive(hasty, graph((None,)), POLICY, {}, patience=0)
    assert hasty.made > 1


@settings(max_examples=100, deadline=None)
@given(links, breaks, st.integers(0, 5))
def test_what_is_announced_is_never_made_twice_though_aws_shows_it_late(
    links: tuple[int | None, ...], making: dict[int, str], lag: int
) -> None:
    """A process that dies between the call and the status leaves a word for the next one."""
    account = Account(break_at=making, lag=lag)
    drive(account, graph(links, Announced), POLICY, {}, runs=300, patience=20)
    assert account.made == len(account.boxes) == len(links)


def test_a_crash_before_aws_shows_what_was_made_is_what_announcing_is_for() -> None:
    quiet, told = (Account(break_at={1: "crash after"}, lag=2) for _ in range(2))
    drive(quiet, graph((None,)), POLICY, {}, patience=20)
    drive(told, graph((None,), Announced), POLICY, {}, patience=20)
    assert (quiet.made, told.made) == (2, 1)


def test_what_aws_does_not_show_yet_is_not_forgotten_when_its_object_goes() -> None:
    account = Account(lag=3)
    run = Run.of(registry(account), OBJECT, "us-east-1", graph((None,)), POLICY, {}, BEGUN, timedelta(seconds=20))

    async def once() -> None:
        await run.observe()
        await run.act()

    asyncio.run(once())
    drive(account, graph((None,)), replace(POLICY, deleting=True), run.memory, patience=20)
    assert account.boxes == {}


def test_what_stays_unseen_is_made_again_in_the_end() -> None:
    account = Account()
    memory = drive(account, graph((None,)), POLICY, {}, patience=20)
    account.boxes.clear()
    drive(account, graph((None,)), POLICY, memory, patience=20)
    assert (account.made, len(account.boxes)) == (2, 1)


async def test_a_run_that_is_cancelled_begins_nothing_more() -> None:
    """What is under way in AWS cannot be taken back, but whoever stops the process need wait for no more than that."""
    account, begun, answered = Account(), asyncio.Event(), asyncio.Event()

    class SlowAdapter(BoxAdapter):
        async def create(self, target: Target[Box]) -> Observed:
            begun.set()
            await answered.wait()
            return await super().create(target)

    there = Registry({}, {Box.TYPE: SlowAdapter(account)}, {}, lambda kind, spec, name: spec)
    run = Run.of(there, OBJECT, "us-east-1", graph((None, None)), POLICY, {}, BEGUN)
    await run.observe()
    acting = asyncio.create_task(run.act())
    await begun.wait()
    acting.cancel()
    answered.set()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    assert acting.cancelled()
    assert account.made == 0
