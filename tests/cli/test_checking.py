"""A plan and the preflight have one list of findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mwaa_operator.api.network import NetworkSpec
from mwaa_operator.checks.tenancy import same_bucket, same_role
from mwaa_operator.cli.checking import checked
from mwaa_operator.cli.commands import preflight
from mwaa_operator.cli.plan_view import is_broken, lines, view
from mwaa_operator.cli.planning import Planned
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.kind import Object
from mwaa_operator.core.part import Graph, Model, Part, attr
from mwaa_operator.core.policy import Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run

SAID = Finding("WayIn", "spec.x", "build one", Severity.WARNING)
FOUND = Finding("NoDns", "spec.y", "switch it on")


@dataclass(frozen=True)
class Thing(Model):
    TYPE = "test/thing"
    size: int = attr(default=1)


class Things:
    TYPE = Thing.TYPE
    CALLS = {"create": "test:Create"}


class Asks:
    def __init__(self, *found: Finding) -> None:
        self.found = found

    async def findings(self, model: Model, region: str) -> Sequence[Finding]:
        if not self.found:
            raise OutsideError(Problem(Trouble.DENIED, "AccessDenied", "not allowed"))
        return self.found


REGISTRY = Registry({}, {Thing.TYPE: Things()}, {"a": Asks(SAID, FOUND), "b": Asks(FOUND), "c": Asks()}, lambda *_: None)  # type: ignore


def planned(*, deleting: bool = False, findings: tuple[Finding, ...] = (SAID,)) -> Planned:
    about = {"namespace": "team", "name": "x", "uid": "uid-1", "generation": 3}
    obj = Object("Network", "team", "x", "uid-1", 3, NetworkSpec(), deleting=deleting)
    graph = Graph.of(Part("thing", Thing(), checks=("a", "b", "c")), findings=findings)
    run = Run.of(REGISTRY, obj, "us-east-1", graph, Policy("uid-1", "team/x"), {}, datetime(2026, 11, 21, tzinfo=UTC))
    return Planned({"metadata": about, "spec": {}, "status": {}}, obj, run)


async def test_both_show_what_the_spec_and_the_checks_say_once() -> None:
    found = await checked(REGISTRY, planned())
    assert [(each["code"], each.get("check")) for each in found["findings"]] == [("WayIn", None), ("NoDns", "a")]
    assert [each["check"] for each in found["notMade"]] == ["c"]
    shown = view(planned(), REGISTRY, found)
    about: dict[str, Any] = {"kind": "Network", "namespace": "team", "name": "x", **found}
    for each in (lines(shown), preflight.lines(about)):
        text = " ".join(" ".join(each).split())
        assert text.count("Warning WayIn") == text.count("Error NoDns") == 1
    assert "1 check could not be made: `kubectl mwaa preflight` says why" in lines(shown)


async def test_a_plan_with_what_only_stops_a_step_is_a_plan() -> None:
    found = await checked(REGISTRY, planned())
    assert not is_broken(view(planned(), REGISTRY, found))
    wrong = planned(findings=(replace(SAID, severity=Severity.ERROR),))
    assert is_broken(view(wrong, REGISTRY, await checked(REGISTRY, wrong)))


async def test_nothing_is_checked_of_what_goes() -> None:
    found = await checked(REGISTRY, planned(deleting=True))
    assert ([each["code"] for each in found["findings"]], found["notMade"]) == (["WayIn"], [])


@pytest.mark.parametrize("names", [("one",), ("one", "two")])
def test_one_and_several_who_share_are_spoken_of_as_such(names: tuple[str, ...]) -> None:
    who, other = ("environment one has", "other") if len(names) == 1 else ("environments one, two have", "others")
    (role,) = same_role("arn", dict.fromkeys(names, "arn"))
    (bucket,) = same_bucket("arn", dict.fromkeys(names, "arn"))
    assert role.message.startswith(f"the {who} the role arn") and role.message.endswith(f" of the {other}.")
    assert bucket.message.startswith(f"the {who} the bucket arn") and bucket.message.endswith(f" of the {other}.")
