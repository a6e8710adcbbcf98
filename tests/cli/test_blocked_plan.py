"""A plan of which nothing can ever be done as things are says so, in its first line and by its exit code. Real AWS calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mwaa_operator.cli.checking import checked
from mwaa_operator.cli.plan_view import lines, view
from mwaa_operator.cli.planning import Planned
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.need import Need
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.part import Effect, Graph, Late, Model, Part, Ref, attr

from ..core.test_plan import MINE, Thing, plan, seen
from ..environment import conftest
from .test_standing import code, planned

emulator, account, plain, new_stack = conftest.emulator, conftest.account, conftest.plain, conftest.new_stack
server = conftest.server


@pytest.mark.parametrize("there", [True, False])
async def test_subnets_that_cannot_be_exchanged_change_nothing(new_stack: Callable[..., Any], there: bool) -> None:
    stack = new_stack()
    await stack.settle()
    before = len(stack.writes("ec2"))
    old = stack.account.subnets
    new = stack.account.subnet("10.192.22.0/24", "us-east-1c") if there else "subnet-0aaaaaaaaaaaaaaaa"
    before += there
    # without its group it is to get one of its own, which only it would use
    stack.change(subnetIds=[old[0], new], securityGroupIds=None)
    run = await stack.once()
    body = {"metadata": {"namespace": "team", "name": "first", "uid": stack.uid, "generation": 1}, "status": {}}
    made = Planned(body, stack.obj, run)
    shown = view(made, stack.registry, await checked(stack.registry, made))
    assert (code(shown), len(stack.writes("ec2"))) == (3, before)
    said = "\n".join(lines(shown))
    assert "Environment team/first: nothing can be done, plan " in said
    assert [step["part"] for step in shown["steps"]] == ["securityGroup", "environment"]
    assert [step["blocked"] for step in shown["steps"]] == [True, True]
    assert said.count(f"{json.dumps(sorted(old))} -> {json.dumps(sorted([old[0], new]))}") == 1
    assert "AWS cannot change subnetIds. Put the old value back" in " ".join(said.split())
    (need,) = [each for each in shown["steps"][1]["waitsFor"] if "AWS cannot change" in each]
    assert f"subnetIds (is {json.dumps(sorted(old))}, asked {json.dumps(sorted([old[0], new]))})" in need


@dataclass(frozen=True)
class User(Model):
    TYPE = "test/user"
    home: str = attr(Effect.REFUSED)
    group: str | Late | None = attr(default=None)


@pytest.mark.parametrize(
    ("home", "group", "due"),
    [
        ("there", Ref("group", "id"), False),
        # what it runs with is made anew if somebody has deleted it
        ("there", None, True),
        ("here", Ref("group", "id"), True),
    ],
)
def test_nothing_is_made_only_for_a_thing_that_cannot_take_it(home: str, group: Any, due: bool) -> None:
    graph = Graph.of(Part("group", Thing()), Part("user", User(home, group), after=frozenset({"group"})))
    there = Observed("u", {"home": "here", "group": "g"}, owner=MINE)
    made = plan(graph, {"user": there}).step("group")
    assert made.due is due
    if not due:
        assert made.needs[0].message.startswith("group is not made: only user would use it")


def test_what_is_read_only_holds_up_what_waits_for_it() -> None:
    failed = seen(state=State.FAILED, reason="ObjectNotFound", message="there is no x.txt")
    shown = planned(seen(), failed)
    assert (code(shown), next(iter(lines(shown)))) == (3, "Network team/x: nothing can be done")


NEED = Need("DependencyNotFound", "spec.networkRef: Network other does not exist", condition="ReferencesResolved")


def test_what_cannot_be_told_before_another_object_is_there_is_not_nothing() -> None:
    shown = planned(seen(), needs=(NEED,))
    assert "\n".join(lines(shown)) == (
        f"Network team/x: what is to do cannot be told yet\nnot known: DependencyNotFound: {NEED.message}"
    )
    assert code(shown) == 3


def test_notices_stand_below_the_steps() -> None:
    found = (Finding("N", "spec.x", "look", Severity.NOTICE), Finding("W", "spec.x", "look", Severity.WARNING))
    said = list(lines(planned(None, findings=found)))
    assert said[0] == "Warning W: spec.x: look"
    assert said[-2:] == ["", "Notice N: spec.x: look"]
