"""What a revision is while some of its files are held back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mwaa_operator.core.annotation import ROLLBACK_TO

from .test_rollback import deliver, keys, look


async def test_a_file_that_is_held_back_stays_in_the_revision(new_stack: Callable[..., Any]) -> None:
    """Status tells what lies in the bucket, and that is the last good version of the file too."""
    stack = new_stack()
    good = {"a.py": "a = 1\n", "b.py": "b = 1\n"}
    one, both = await deliver(stack, {"a.py": "a = 1\n"}, good)
    before = stack.published["history"]
    assert await deliver(stack, {"a.py": "a = 1\n", "b.py": "def (:\n"}) == [both]
    assert (stack.published["fileCount"], stack.published["history"]) == (2, before)

    # the others go on: with the old version they are a revision, which can be brought back
    [mixed] = await deliver(stack, {"a.py": "a = 2\n", "b.py": "def (:\n", "c.py": "def (:\n"})
    assert keys() == {"dags/a.py": b"a = 2\n", "dags/b.py": b"b = 1\n"}
    assert [(each["revision"], each["fileCount"]) for each in stack.published["history"]] == [
        (mixed, 2),
        (both, 2),
        (one, 1),
    ]
    assert await deliver(stack, {"a.py": "a = 2\n", "b.py": "b = 1\n"}) == [mixed], "it has that name when all is well, too"
    await deliver(stack, {"a.py": "a = 3\n"})
    stack.annotations = {ROLLBACK_TO: mixed}
    await look(stack)
    assert keys() == {"dags/a.py": b"a = 2\n", "dags/b.py": b"b = 1\n"}
    assert stack.published["revision"] == mixed
