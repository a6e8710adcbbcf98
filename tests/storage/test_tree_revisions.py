"""Whatever is edited, delivered and gone back to, and wherever the process dies: the folder is what is wanted last."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaa_operator.core.part import Graph, Part
from mwaa_operator.resources.s3 import Tree, revision

FOREIGN = {"dags/theirs.py": b"theirs", "dags/lib/theirs.py": b"theirs"}
PATHS = st.sampled_from(["a.py", "b.py", "lib/c.py", "lib/d.sql"])
CONTENT = st.sampled_from([b"from airflow import DAG # 1", b"from airflow import DAG # 2", b"x = 1\n"])
TREES = st.dictionaries(PATHS, CONTENT, min_size=1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), TREES),
        st.tuples(st.just("back"), st.integers(0, 5)),
        st.tuples(st.just("tamper"), PATHS),
        st.tuples(st.just("die"), st.integers(1, 6)),
    ),
    min_size=2,
    max_size=8,
)
_numbers = itertools.count(1)


class Wish:
    """What is wanted of one tree, as its kind would want it."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        self.back = ""
        self.delivered: dict[str, dict[str, bytes]] = {}
        thing.desk.graph = lambda desk: Graph.of(Part("tree", self.model))

    @property
    def model(self) -> Tree:
        model: Tree = replace(self.thing.model, records=9, about=lambda files: {"word": "kept"})
        return replace(model, files={}, contents={}, revision=self.back) if self.back else model

    @property
    def wanted(self) -> dict[str, bytes]:
        return self.delivered[self.back] if self.back else self.thing.files

    async def settle(self) -> None:
        await self.thing.desk.settle()
        self.delivered.setdefault(self.back or revision(self.thing.model.files), dict(self.wanted))

    async def settle_after_a_crash(self, write: int, killed: type[BaseException]) -> None:
        """Die at one of the writes, if there are so many, and start again."""
        aws = self.thing.desk.aws
        aws.die_before, aws.writes = write or None, 0
        try:
            await self.settle()
        except killed:
            self.thing.desk.start()
            await self.settle()
        aws.die_before = None


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_folder_ends_as_the_wanted_revision(
    tree: Callable[..., Any], objects: Any, killed: type[BaseException], steps: list[tuple[str, Any]]
) -> None:
    number = next(_numbers)
    folder = f"dags/{number}"
    foreign = {key.replace("dags", folder): content for key, content in FOREIGN.items()}
    wish = Wish(tree({"a.py": b"x = 1\n"}, name=f"src{number}", prefix=folder, prune=True))

    async def play() -> None:
        write = 0
        for key, content in foreign.items():
            objects.put(key, content)
        await wish.settle()
        for word, value in steps:
            if word == "deliver":
                wish.thing.files, wish.back = value, ""
            elif word == "back":
                wish.back = sorted(wish.delivered)[value % len(wish.delivered)]
            elif word == "tamper" and value in wish.wanted:
                objects.put(f"{folder}/{value}", b"by hand")
            elif word == "die":
                write = value
                continue
            await wish.settle_after_a_crash(write, killed)
            write = 0
            assert objects.all(f"{folder}/") == {
                **{f"{folder}/{path}": text for path, text in wish.wanted.items()},
                **foreign,
            }

    asyncio.run(play())


@pytest.mark.parametrize("moment", ["die_before", "die_after"])
async def test_a_crash_at_any_write_of_going_back_ends_as_without(
    tree: Callable[..., Any], objects: Any, killed: type[BaseException], moment: str
) -> None:
    """Copies, the record, the manifest, the deletions and the manifest again."""
    old, new = {"a.py": b"x = 1\n", "lib/c.py": b"y = 1\n"}, {"a.py": b"x = 2\n", "b.py": b"z = 1\n"}
    for number in itertools.count(1):
        wish = Wish(tree(old, name=f"{moment}{number}".replace("_", ""), prefix=f"dags/{moment}{number}", prune=True))
        await wish.settle()
        wish.thing.files = new
        await wish.settle()
        wish.back = revision(replace(wish.thing, files=old).model.files)
        aws = wish.thing.desk.aws
        aws.writes = 0
        setattr(aws, moment, number)
        try:
            await wish.settle()
        except killed:
            wish.thing.desk.start()
            await wish.settle()
        else:
            assert number == 7, "each of the six writes was a place to die at"
            break
        folder = wish.thing.prefix
        assert objects.all(f"{folder}/") == {f"{folder}/{path}": text for path, text in old.items()}
        wish.thing.desk.taken()
        await wish.settle()
        assert wish.thing.desk.taken() == []
