"""What a delivery asks of S3, to the last request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_emulator.client import Emulator

DAG = b"from airflow.sdk import DAG\n"
LIBRARY = b"def rows(): ...\n"
MANY = {f"{number:02}.py": DAG for number in range(12)}
"""Three pages of a list."""


@pytest.mark.parametrize(
    ("files", "writes"),
    [
        ({**MANY, "03.py": LIBRARY}, {"PutObject": 2}),
        ({**MANY, "12.py": LIBRARY}, {"PutObject": 2}),
        ({path: content for path, content in MANY.items() if path != "11.py"}, {"PutObject": 1, "DeleteObjects": 1}),
    ],
    ids=["changed", "new", "removed"],
)
async def test_a_delivery_lists_once_and_writes_what_changed_and_the_manifest(
    tree: Callable[..., Any], emulator: Emulator, files: dict[str, bytes], writes: dict[str, int]
) -> None:
    thing = tree(MANY, prune=True)
    await thing.settle()
    emulator.clear_calls()
    thing.files = files
    run = await thing.desk.once()
    # the manifest is read, and asked at the end when it was written
    least = {"ListObjectsV2": 3, "GetObject": 1, "HeadObject": 1}
    assert Counter(call.operation for call in emulator.calls("s3")) == {**least, **writes}
    # what was answered is what a list shows
    assert run.sights["tree"] == (await thing.desk.once()).sights["tree"]
