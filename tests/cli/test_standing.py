"""What a plan says beside its steps: what is in the way, in the words of the condition, and with which exit code."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.network import NetworkSpec
from mwaa_operator.cli.checking import checked
from mwaa_operator.cli.plan_view import is_broken, is_standing, lines, view, would_change
from mwaa_operator.cli.planning import Planned
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.finding import Finding
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.need import Need
from mwaa_operator.core.observed import Observed, Sight, State, Unreadable
from mwaa_operator.core.part import Effect, Graph, Model, Part, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.resolve import Holder
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.environment import EnvironmentKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Thing(Model):
    TYPE = "test/thing"
    size: int = attr(Effect.RESTART, default=1)


@dataclass(frozen=True)
class Question(Model):
    TYPE = "test/question"
    READ_ONLY = True


class Things:
    TYPE = Thing.TYPE
    CALLS = {"create": "test:Create", "update": "test:Update"}


def seen(**more: Any) -> Observed:
    return Observed("id", {"size": 1}, owner="uid-1", **more)


def planned(
    *sights: Sight,
    conditions: tuple[dict[str, Any], ...] = (),
    findings: tuple[Finding, ...] = (),
    needs: tuple[Need, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """Plan a thing, and a question beside it when there are two sights."""
    about = {"namespace": "team", "name": "x", "uid": "uid-1", "generation": 3}
    body = {"metadata": about, "spec": {}, "status": {"conditions": list(conditions)}}
    obj = Object("Network", "team", "x", "uid-1", 3, NetworkSpec())
    parts = [Part("thing", Thing(), needs=needs), Part("question", Question())][: len(sights)]
    graph = Graph.of(*parts, findings=findings)
    registry = Registry({}, {each: Things() for each in (Thing.TYPE, Question.TYPE)}, {}, lambda *_: None)  # type: ignore
    run = Run.of(registry, obj, "us-east-1", graph, Policy("uid-1", "team/x"), {}, NOW)
    run.sights = dict(zip(("thing", "question"), sights, strict=False))
    run.plan = make_plan(graph, run.sights, run.memory, run.policy, NOW)
    made = Planned(body, obj, run, **more)
    return view(made, registry, asyncio.run(checked(registry, made)))


def code(shown: dict[str, Any]) -> int:
    return 1 if is_broken(shown) else 2 if would_change(shown) else 3 if is_standing(shown) else 0


FAILED = seen(state=State.FAILED, reason="Unavailable", message="It can only be deleted")


@pytest.mark.parametrize(
    ("sights", "said", "code_"),
    [
        ([seen(), seen()], "Network team/x: nothing to do", 0),
        ([FAILED], "Network team/x: nothing can be done\nblocked: Unavailable: thing: It can only be deleted", 3),
        (
            [seen(), seen(state=State.FAILED, reason="ObjectNotFound", message="there is no x.txt")],
            "Network team/x: nothing can be done\nblocked: ObjectNotFound: question: there is no x.txt",
            3,
        ),
        (
            [seen(state=State.BUSY, reason="Updating", message="AWS is updating it")],
            "Network team/x: nothing to do\non the way: Updating: thing: AWS is updating it",
            3,
        ),
    ],
)
def test_without_steps_a_plan_says_what_is_in_the_way(sights: list[Sight], said: str, code_: int) -> None:
    shown = planned(*sights)
    assert "\n".join(lines(shown)) == said
    assert code(shown) == code_


def test_with_steps_it_says_so_too_and_each_thing_once() -> None:
    shown = planned(None, replace(FAILED, reason="TooFewPrivateSubnets", message="spec.vpcId: has none"))
    assert [each["reason"] for each in shown["standing"]] == ["TooFewPrivateSubnets"]
    assert "blocked: TooFewPrivateSubnets: question: spec.vpcId: has none" in list(lines(shown))
    assert code(shown) == 2
    error = Finding("OtherBucket", "spec.dagS3Path", "wrong bucket")
    assert planned(None, findings=(error,))["standing"] == [], "a finding is shown as one"


def test_what_only_you_may_not_ask_is_no_obstacle() -> None:
    denied = Unreadable(Problem(Trouble.DENIED, "AccessDenied", "airflow:InvokeRestApi"))
    shown = planned(seen(), denied)
    assert (shown["standing"], shown["unseen"], code(shown)) == ([], [], 0)


STOPPED = {
    "type": "Stalled",
    "status": "True",
    "reason": "PreflightFailed",
    "message": "NoRoute: add one",
    "observedGeneration": 3,
}


@pytest.mark.parametrize(
    ("condition", "as_stored", "said"),
    [
        (STOPPED, True, ["PreflightFailed"]),
        ({**STOPPED, "observedGeneration": 2}, True, []),
        (STOPPED, False, []),
    ],
    ids=["now", "an earlier spec", "a file"],
)
def test_what_stopped_the_operator_is_said_of_the_spec_that_it_speaks_of(
    condition: dict[str, Any], as_stored: bool, said: list[str]
) -> None:
    shown = planned(None, conditions=(condition,), as_stored=as_stored)
    assert [each["reason"] for each in shown["standing"]] == said


def test_one_that_is_held_says_by_whom() -> None:
    shown = planned(seen(), holders=(Holder(Key("Environment", "team", "y"), False),))
    assert shown["standing"][0]["reason"] == "InUse"
    assert "team/y" in shown["standing"][0]["message"]
    assert code(shown) == 3


def test_the_hash_of_a_file_is_the_one_that_counts_once_its_role_covers_it() -> None:
    subnets = ["subnet-1", "subnet-2"]
    given = {"subnetIds": subnets, "securityGroupIds": ["sg-1"], "sourceBucketArn": "arn:aws:s3:::b"}
    spec = EnvironmentSpec.model_validate({**given, "executionRoleRef": {"name": "r"}, "approval": "Manual"})
    obj = Object("Environment", "team", "first", "uid-1", 1, spec)

    def hash_(covers: list[str], *, foreseen: bool) -> str:
        facts = {"roleArn": "arn:aws:iam::123456789012:role/r", "environments": covers}
        there = {("ExecutionRole", "r"): Neighbour("ExecutionRole", "r", None, facts)}
        context = Context("123456789012", "us-east-1", "aws", targets=there, foreseen=foreseen)
        graph = EnvironmentKind().desired(obj, context)
        return make_plan(graph, {}, {}, Policy("uid-1", "team/first", manual=True), NOW).hash

    reviewed = hash_([], foreseen=True)
    assert reviewed == hash_(["first"], foreseen=False)
    assert reviewed != hash_([], foreseen=False), "until then the operator waits, and has another plan"
