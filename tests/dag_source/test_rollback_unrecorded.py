"""Revisions of which nothing was recorded, since nothing was to be done for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mwaa_operator.core.annotation import ROLLBACK_TO
from mwaa_operator.core.observed import Unreadable

from .test_rollback import deliver, keys, look


async def test_a_revision_that_only_lacks_files_can_be_gone_back_to(new_stack: Callable[..., Any]) -> None:
    """Nothing was done for it, so nothing was recorded then: without `prune` the files stay that it lacks."""
    stack = new_stack()
    trees = (
        {"a.py": "a = 1\n", "b.py": "b = 1\n", "c.py": "c = 1\n"},
        {"a.py": "a = 1\n", "b.py": "b = 1\n"},
        {"a.py": "a = 1\n"},
    )
    _, second, third = await deliver(stack, *trees, prune=False)
    there = {"dags/a.py": b"a = 1\n", "dags/b.py": b"b = 1\n", "dags/c.py": b"c = 1\n"}

    # at once, ...
    stack.annotations = {ROLLBACK_TO: second}
    run = await look(stack)
    assert (keys(), stack.published["revision"], run.plan.steps) == (there, second, ())

    # ... and when something else was delivered since
    stack.annotations = {}
    await deliver(stack, {"a.py": "a = 2\n", "d.py": "d = 1\n"}, prune=False)
    for name in (second, third):
        stack.annotations = {ROLLBACK_TO: name}
        for _ in range(2):
            run = await look(stack)
            assert (keys(), stack.published["revision"]) == (there, name)
        assert run.plan.steps == ()


async def test_a_record_that_was_lost_is_not_made_up(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack()
    _, second = await deliver(stack, {"a.py": "a = 1\n"}, {"a.py": "a = 2\n"}, prune=False)
    bucket.Object(f".mwaa-operator/team/hello/revisions/{second}.json").delete()
    third = {"a.py": "a = 3\n"}
    await deliver(stack, third, prune=False)
    stack.annotations = {ROLLBACK_TO: second}
    sight = (await stack.once()).sights["tree"]
    assert isinstance(sight, Unreadable) and sight.problem.reason == "RevisionUnknown"
    assert keys() == {"dags/a.py": b"a = 3\n"}
