"""Trees of objects whose delivery fails or is cut off half-way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.core.errors import Trouble

DAG = b"from airflow.sdk import DAG\n"
LIBRARY = b"def rows(): ...\n"
MANIFEST = ".mwaa-operator/team/src.json"


async def test_an_upload_that_fails_stops_the_rest_and_nothing_is_sent_twice(
    tree: Callable[..., Any], objects: Any, emulator: Emulator
) -> None:
    files = {f"m{number:02}.py": LIBRARY + bytes([number]) for number in range(20)} | {"etl.py": DAG}
    thing = tree(files)
    emulator.fault("s3", "PutObject", code="AccessDenied", status=403, after=10, count=1)
    run = await thing.desk.once()
    assert run.problems["tree"].trouble is Trouble.DENIED
    assert "dags/etl.py" not in objects.all()
    await thing.settle()
    assert objects.all() == {f"dags/{path}": content for path, content in files.items()}
    assert objects.versions() == 21


async def test_no_crash_uploads_identical_bytes_twice_or_forgets_an_object(
    tree: Callable[..., Any], objects: Any, emulator: Emulator, crash: Callable[..., Any]
) -> None:
    first = {"a.py": DAG, "lib.py": LIBRARY, "old.py": DAG + b"# old\n"}
    second = {"a.py": DAG + b"# new\n", "lib.py": LIBRARY + b"# new\n", "b.py": DAG}

    def fresh() -> Any:
        emulator.reset()
        return Updated(tree(first, prune=True), second)

    def whole(thing: Any) -> None:
        assert objects.all() == {f"dags/{path}": content for path, content in second.items()}
        assert objects.versions() == 6
        assert objects.markers() == 1
        assert json.loads(objects.all(MANIFEST)[MANIFEST])["files"].keys() == second.keys()

    assert await crash(fresh, whole) == 6


class Updated:
    """A tree that has been delivered once and then changes."""

    def __init__(self, tree: Any, files: dict[str, bytes]) -> None:
        self.tree, self.files, self.desk = tree, files, tree.desk
        self.begun = False

    async def settle(self) -> None:
        if not self.begun:
            aws = self.desk.aws
            moments = aws.die_before, aws.die_after
            aws.die_before = aws.die_after = None
            await self.tree.settle()
            aws.writes, self.begun, self.tree.files = 0, True, self.files
            aws.die_before, aws.die_after = moments
        await self.tree.settle()


async def test_a_crash_before_the_manifest_and_another_wish_leave_nothing_foreign(
    tree: Callable[..., Any], objects: Any, killed: type[BaseException]
) -> None:
    thing = tree({"a.py": DAG, "b.py": DAG}, prune=True)
    thing.desk.aws.die_before = 4
    with pytest.raises(killed):
        await thing.settle()
    assert objects.all().keys() == {"dags/a.py", "dags/b.py"}

    thing.desk.start()
    thing.files = {"a.py": DAG + b"# another\n", "b.py": DAG}
    await thing.settle()
    assert objects.all() == {"dags/a.py": DAG + b"# another\n", "dags/b.py": DAG}
