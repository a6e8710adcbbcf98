"""What checks with AWS have found stands in status until they are made again, and costs nothing meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.core.annotation import RECONCILE_AT
from mwaa_operator.core.condition import find
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.part import Graph, Part
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.reconcile import Reconciler
from mwaa_operator.engine.world import World

from .test_reconcile import KEY, Account, Box, Boxes, Cluster, Thing, parse

NAT = Finding("Costs", "spec.subnetIds", "a NAT gateway that nobody needs", Severity.WARNING, line=7)
ROLE = Finding("Shared", "spec.role", "two use it " * 300, Severity.WARNING, lacks=("iam:X",), conclusive=False)
UNSEEN = Finding("NotChecked", "spec.key", "not allowed", Severity.NOTICE)
BAD = Finding("NoRoute", "spec.subnetIds", "no way out")


class Checked(Thing):
    """A thing whose box is checked before it is made."""

    said: tuple[Finding, ...] = ()

    def desired(self, obj: Object[Any], context: Context) -> Graph:
        return Graph.of(Part("a", Box(), checks=("look",)), findings=self.said)


class Look:
    NAME = "look"

    def __init__(self) -> None:
        self.finds, self.times = [NAT, ROLE], 0

    async def findings(self, model: Any, region: str) -> Sequence[Finding]:
        self.times += 1
        return list(self.finds)


@dataclass
class Home:
    """One object, and the process that looks after it."""

    kind: Checked = field(default_factory=Checked)
    check: Look = field(default_factory=Look)
    boxes: Boxes = field(default_factory=Boxes)
    cluster: Cluster = field(default_factory=Cluster)
    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __post_init__(self) -> None:
        registry = Registry({"Thing": self.kind}, {Box.TYPE: self.boxes}, {"look": self.check}, parse)  # type: ignore[dict-item]
        meta = {"namespace": KEY.namespace, "name": KEY.name, "uid": "uid-x", "resourceVersion": "1", "generation": 1}
        self.cluster.objects[KEY] = {"kind": "Thing", "apiVersion": "v1", "metadata": meta, "spec": {}}
        self.reconciler = Reconciler(
            registry, self.cluster, Account(), World(registry), "us-east-1", {}, now=lambda: self.now
        )

    async def look(self, times: int = 1) -> Mapping[str, Any]:
        """Look a few times, ten minutes apart."""
        for _ in range(times):
            await self.reconciler.reconcile(KEY, "r")
            self.now += timedelta(minutes=10)
        status: Mapping[str, Any] = self.cluster.objects[KEY]["status"]
        return status

    @property
    def version(self) -> str:
        return str(self.cluster.objects[KEY]["metadata"]["resourceVersion"])

    def ask(self, when: str) -> None:
        meta = {**self.cluster.objects[KEY]["metadata"], "annotations": {RECONCILE_AT: when}}
        self.cluster.objects[KEY] = {**self.cluster.objects[KEY], "metadata": meta}


def preflight(status: Mapping[str, Any]) -> tuple[Any, Any, str]:
    condition = find(status["conditions"], "Preflight")
    assert condition
    return condition["status"], condition["reason"], str(condition["message"])


def codes(status: Mapping[str, Any]) -> list[str]:
    return [each["code"] for each in (status.get("findings") or {}).get("items", ())]


@pytest.fixture
def home() -> Home:
    return Home()


async def test_warnings_of_a_creation_stay_and_cost_neither_a_look_nor_a_write(home: Home) -> None:
    first = await home.look()
    version = home.version
    later = await home.look(12)
    assert (home.check.times, home.version) == (1, version)
    assert codes(first) == codes(later) == ["Costs", "Shared"]
    assert preflight(later)[:2] == ("True", "Costs")
    assert "a NAT gateway that nobody needs (found 2026-11-21 12:00 UTC; looked at anew before a" in preflight(later)[2]
    assert {each["since"] for each in later["findings"]["items"]} == {"2026-11-21T12:00:00+00:00"}
    assert find(later["conditions"], "Ready")["status"] == "True"  # type: ignore[index]


async def test_a_new_process_knows_them_from_the_status(home: Home) -> None:
    await home.look()
    status = home.cluster.objects[KEY]["status"]
    again = Home(boxes=home.boxes)
    again.cluster.objects[KEY] = {**again.cluster.objects[KEY], "status": status}
    assert codes(await again.look(2)) == ["Costs", "Shared"]


async def test_what_is_there_and_was_never_checked_is_checked_once(home: Home) -> None:
    home.boxes.there.add("a")
    home.check.finds = [NAT, BAD]
    status = await home.look(3)
    assert (home.check.times, codes(status)) == (1, ["Costs", "NoRoute"])
    assert {each["severity"] for each in status["findings"]["items"]} == {"Warning"}
    assert find(status["conditions"], "Ready")["status"] == "True"  # type: ignore[index]


async def test_checks_that_cannot_be_made_are_not_tried_in_each_look(home: Home) -> None:
    home.boxes.there.add("a")
    times = 0

    async def silent(model: Any, region: str) -> Sequence[Finding]:
        nonlocal times
        times += 1
        raise OutsideError(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "down"))

    home.check.findings = silent  # type: ignore[method-assign]
    assert (codes(await home.look(3)), times) == (["NotChecked"], 1)


async def test_who_asks_for_a_look_has_the_checks_made_again(home: Home) -> None:
    await home.look(2)
    home.check.finds = [ROLE, BAD, UNSEEN]
    home.ask("now")
    status = await home.look()
    assert home.check.times == 2
    # nothing is due that a fault could stop: the box goes on as it is
    assert [(each["code"], each["severity"]) for each in status["findings"]["items"]] == [
        ("Shared", "Warning"),
        ("NoRoute", "Warning"),
        ("NotChecked", "Notice"),
    ]
    assert [each["since"][:16] for each in status["findings"]["items"]] == ["2026-11-21T12:00"] + ["2026-11-21T12:20"] * 2
    assert find(status["conditions"], "Ready")["status"] == "True"  # type: ignore[index]
    home.check.finds = []
    home.ask("later")
    status = await home.look(3)
    assert (home.check.times, codes(status)) == (3, [])
    assert preflight(status) == ("True", "Passed", "the checks find nothing")
    home.ask("once more")
    await home.look()
    assert home.check.times == 3, "where nothing was found nothing needs to be looked for again"


async def test_what_could_not_be_looked_at_is_said(home: Home) -> None:
    home.check.finds = [UNSEEN]
    assert preflight(await home.look(3)) == (
        "True",
        "Passed",
        "the checks find nothing, and 1 of them could not be made: see status.findings",
    )


async def test_a_fault_stands_only_as_long_as_it_stops_something(home: Home) -> None:
    home.check.finds = [BAD, NAT]
    status = await home.look()
    version = home.version
    await home.look()
    assert (preflight(status)[1], home.check.times, home.version) == ("PreflightFailed", 2, version)
    home.boxes.there.add("a")
    home.check.finds = [NAT]
    assert codes(await home.look(2)) == ["Costs"]


async def test_what_the_spec_says_by_now_is_no_memory(home: Home) -> None:
    await home.look()
    home.kind.said = (NAT,)
    await home.look()
    home.kind.said = ()
    assert codes(await home.look()) == ["Shared"]


async def test_where_the_checks_could_not_be_made_what_is_known_stays(home: Home) -> None:
    home.check.finds = [BAD, NAT]
    await home.look()

    async def silent(model: Any, region: str) -> Sequence[Finding]:
        raise OutsideError(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "down"))

    home.check.findings = silent  # type: ignore[method-assign]
    assert codes(await home.look()) == ["Costs"]


async def test_one_that_goes_says_nothing_of_it_any_more(home: Home) -> None:
    await home.look()
    home.boxes.delete = _stays  # type: ignore[method-assign,assignment]
    going = {"deletionTimestamp": "2026-11-21T00:00:00Z"}
    body = home.cluster.objects[KEY]
    home.cluster.objects[KEY] = {**body, "metadata": {**body["metadata"], **going}}
    assert codes(await home.look()) == []


async def _stays(target: Any, observed: Any) -> None:
    """Let AWS take its time."""
