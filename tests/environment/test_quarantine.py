"""What an environment could not be built with is quarantined, and by policy the last good version stands in its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from mwaa_operator.aws.install_logs import InstallLogReader
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.annotation import RESTART_AT
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

from .test_artefacts_of_sources import ALL, Source, updates
from .test_installs import INSTALL, LOUD, MISSING

HOUR = 3600.0
VERSION = "RequirementsS3ObjectVersion"
GOOD = {"requirements": ALL["requirements"]}
OTHER = {"requirements": {"packages": ["boto3"], "constraint": "None"}}
BAD = {"packages": ["nosuchthing==9.9"], "constraint": "None"}


@dataclass
class Beside:
    """An environment that runs well with the files of one source."""

    stack: Any
    source: Source
    later: timedelta = timedelta(0)
    other: Source | None = None
    """Where it lists two."""

    async def fail(self, outcome: str = "rolled-back", **spec: Any) -> Any:
        """Deliver something else, and let AWS fail the update with it."""
        next_second()
        self.stack.emulator.outcome("update", outcome, code="INCORRECT_CONFIGURATION", message="does not start")
        self.source.change(**(spec or {"requirements": BAD}))
        await self.source.deliver()
        return await self.end()

    async def end(self) -> Any:
        """Send what is due, let AWS end it, and look until what was learnt has been heeded."""
        await self.stack.once()
        await self.stack.once()
        self.stack.emulator.advance(HOUR)
        await self.stack.once()
        await self.stack.once()
        run = await self.stack.once()
        await self.source.deliver()
        return run

    @property
    def runs_with(self) -> str:
        return str(boto3.client("mwaa").get_environment(Name="first")["Environment"][VERSION])


def next_second() -> None:
    """Let the second pass: AWS tells updates apart by it."""
    last = boto3.client("mwaa").get_environment(Name="first")["Environment"].get("LastUpdate")
    while last and datetime.now(UTC) < last["CreatedAt"].replace(microsecond=0) + timedelta(seconds=1):
        time.sleep(0.05)


def conditions(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


@pytest.fixture
def beside(new_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Make an environment that runs well with the files of a source."""

    async def make(spec: dict[str, Any] | None = None, **environment: Any) -> Beside:
        stack = new_stack({"dagSourceRefs": [{"name": "etl"}], "maxWorkers": 5, **environment})
        both = Beside(stack, Source(stack, spec or GOOD))
        reader = InstallLogReader(Aws("test", stack.calls.append), lambda: datetime.now(UTC) + both.later)
        stack.registry.adapters[reader.TYPE] = reader
        both.source.show()
        await both.source.deliver()
        if len(stack.spec["dagSourceRefs"]) > 1:
            both.other = Source(stack, OTHER, "other")
            both.other.show()
            await both.other.deliver()
        await stack.settle()
        both.later = timedelta(minutes=3)
        await stack.once()
        return both

    return make


def failures(both: Beside) -> list[dict[str, Any]]:
    return list(both.stack.published.get("quarantined", ()))


@pytest.mark.parametrize("outcome", ["failed", "rolled-back", "failed-available", "rolled-back-available"])
async def test_a_failed_update_quarantines_exactly_its_version(beside: Callable[..., Any], outcome: str) -> None:
    both = await beside()
    good = both.source.version("requirements")
    run = await both.fail(outcome)
    bad = both.source.entry("requirements")
    assert updates(both.stack) == [{VERSION: bad["versionId"]}]
    [entry] = failures(both)
    assert (entry["file"], entry["s3ObjectVersion"], entry["sha256"]) == ("requirements", bad["versionId"], bad["sha256"])
    assert (entry["sources"], entry["reason"]) == ({"etl": bad["sha256"]}, "INCORRECT_CONFIGURATION: does not start")
    [kept] = both.stack.published["goodFiles"]
    assert (kept["file"], kept["s3Path"], kept["s3ObjectVersion"]) == (
        "requirements",
        "mwaa/team/etl/requirements.txt",
        good,
    )
    said = conditions(run)
    assert (said["Ready"].status, said["Ready"].reason) == (Truth.FALSE, "FileQuarantined")
    assert said["Quarantined"].status is Truth.TRUE
    for words in ("requirements.txt", "DagSource etl", bad["versionId"], "INCORRECT_CONFIGURATION: does not start", good):
        assert words in said["Quarantined"].message
    assert bad["quarantinedIn"] == ["first"]


async def test_the_source_says_which_environment_holds_it_back(beside: Callable[..., Any]) -> None:
    both = await beside()
    await both.fail()
    graph = both.source.graph
    [finding] = [each for each in graph.findings if each.condition == "Quarantined"]
    for words in ("requirements.txt", both.source.version("requirements"), "Environment first", "does not start", "restart"):
        assert words in finding.message
    both.source.change(requirements={"packages": ["boto3"], "constraint": "None"})
    await both.source.deliver()
    await both.source.deliver()
    assert not [each for each in both.source.graph.findings if each.condition == "Quarantined"], "these are other bytes"
    assert "quarantinedIn" not in both.source.entry("requirements")


async def test_it_is_not_offered_again_whatever_else_changes(beside: Callable[..., Any]) -> None:
    both = await beside()
    await both.fail()
    before = len(updates(both.stack))
    both.stack.change(maxWorkers=7)
    await both.end()
    assert updates(both.stack)[before:] == [{"MaxWorkers": 7}]
    # the same bytes as another version
    [key] = {each["s3Path"] for each in failures(both)}
    boto3.client("s3").delete_object(Bucket="my-bucket", Key=key)
    old = both.source.version("requirements")
    both.source.memory = {}
    await both.source.deliver()
    assert both.source.version("requirements") != old
    await both.end()
    assert len(updates(both.stack)) == before + 1


async def test_other_bytes_are_offered(beside: Callable[..., Any]) -> None:
    both = await beside()
    await both.fail()
    next_second()
    both.source.change(requirements={"packages": ["boto3"], "constraint": "None"})
    await both.source.deliver()
    run = await both.end()
    assert updates(both.stack)[-1] == {VERSION: both.source.version("requirements")}
    assert both.runs_with == both.source.version("requirements")
    assert (conditions(run)["Ready"].status, "Quarantined" in conditions(run)) == (Truth.TRUE, False)


async def test_to_go_back_to_the_good_bytes_is_no_update(beside: Callable[..., Any]) -> None:
    both = await beside()
    good = both.source.version("requirements")
    await both.fail()
    both.source.change(**GOOD)
    await both.source.deliver()
    run = await both.end()
    assert both.source.version("requirements") != good, "another version of the same bytes"
    assert (both.runs_with, len(updates(both.stack))) == (good, 1)
    assert conditions(run)["Ready"].status is Truth.TRUE


async def test_a_restart_offers_it_once_more(beside: Callable[..., Any]) -> None:
    both = await beside()
    await both.fail()
    bad, before = both.source.version("requirements"), len(updates(both.stack))
    next_second()
    both.stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="still does not")
    both.stack.annotations[RESTART_AT] = "once more"
    await both.end()
    assert [each.get(VERSION) for each in updates(both.stack)[before:]] == [bad]
    [entry] = failures(both)
    assert entry["reason"].endswith("still does not")
    await both.end()
    assert len(updates(both.stack)) == before + 1, "once, and no more"
    next_second()
    both.stack.annotations[RESTART_AT] = "and now it is mended"
    await both.end()
    assert both.runs_with == bad
    assert failures(both) == []


async def test_by_policy_the_last_good_version_stands_in_its_place(beside: Callable[..., Any]) -> None:
    both = await beside(onBadFiles="LastGood")
    good = both.source.version("requirements")
    run = await both.fail()
    said = conditions(run)
    assert (said["Ready"].status, said["Quarantined"].status) == (Truth.TRUE, Truth.TRUE)
    assert f"Version {good}, with which it last ran well, stands in its place" in said["Quarantined"].message
    assert (both.runs_with, len(updates(both.stack))) == (good, 1), "AWS has restored it already"


@pytest.mark.parametrize("policy", ["Report", "LastGood"])
async def test_what_the_logs_say_is_not_installed_is_taken_back(beside: Callable[..., Any], policy: str) -> None:
    both = await beside(onBadFiles=policy, loggingConfiguration=LOUD)
    for component in ("Scheduler", "Worker", "WebServer"):
        write(component, "Successfully installed pandas-2.1.4")
    both.stack.memory = {name: known for name, known in both.stack.memory.items() if not name.startswith("started/")}
    await both.stack.once()
    good = both.source.version("requirements")
    assert [each["s3ObjectVersion"] for each in both.stack.published["goodFiles"]] == [good]
    next_second()
    both.source.change(requirements=BAD)
    await both.source.deliver()
    await both.stack.once()
    both.stack.emulator.advance(HOUR)
    for component in ("Scheduler", "Worker", "WebServer"):
        write(component, MISSING)
    both.later = timedelta(minutes=6)
    await both.stack.once()
    bad = both.source.version("requirements")
    assert failures(both) == [], "a component may be started anew"
    both.later = timedelta(minutes=30)
    await both.stack.once()
    [entry] = failures(both)
    assert (entry["s3ObjectVersion"], "No matching distribution found" in entry["reason"]) == (bad, True)
    assert [each["s3ObjectVersion"] for each in both.stack.published["goodFiles"]] == [good]
    await both.stack.once()
    expected = [{VERSION: bad}] + [{VERSION: good}] * (policy == "LastGood")
    assert updates(both.stack) == expected


async def test_requirements_of_two_sources_are_held_back_until_one_of_them_changes(beside: Callable[..., Any]) -> None:
    both = await beside(dagSourceRefs=[{"name": "etl"}, {"name": "other"}], onBadFiles="LastGood")
    other = both.other
    assert other
    good = both.runs_with
    assert [each["s3ObjectVersion"] for each in both.stack.published["goodFiles"]] == [good]
    run = await both.fail()
    [entry] = failures(both)
    assert set(entry["sources"]) == {"etl", "other"}
    assert (conditions(run)["Ready"].status, both.runs_with) == (Truth.TRUE, good)
    await other.deliver()
    await other.deliver()
    assert other.entry("requirements")["quarantinedIn"] == ["first"]
    assert both.source.entry("requirements")["quarantinedIn"] == ["first"]
    before = len(updates(both.stack))
    next_second()
    both.source.change(requirements=ALL["requirements"])
    await both.source.deliver()
    await both.end()
    await both.source.deliver()
    assert "quarantinedIn" not in both.source.entry("requirements")
    assert (both.runs_with, len(updates(both.stack))) == (good, before), "these bytes were good"


async def test_an_update_that_changed_more_blames_no_file(beside: Callable[..., Any]) -> None:
    both = await beside()
    both.stack.change(environmentClass="mw1.large")
    run = await both.fail()
    assert failures(both) == []
    assert conditions(run)["Ready"].reason == "UpdateRolledBack"


async def test_an_update_that_never_arrived_blames_no_file(beside: Callable[..., Any]) -> None:
    """The process dies between writing down what it sends and sending it, after another update had failed."""
    both = await beside()
    next_second()
    both.stack.emulator.outcome("update", "failed-available", code="INCORRECT_CONFIGURATION", message="too large")
    both.stack.change(environmentClass="mw1.large")
    await both.end()
    both.stack.change(environmentClass=None)
    known = both.stack.memory["environment"]
    last = boto3.client("mwaa").get_environment(Name="first")["Environment"]["LastUpdate"]["CreatedAt"].isoformat()
    sent = {"file/requirements": "v2 mwaa/team/etl/requirements.txt", "filesSentAfter": last}
    both.stack.memory["environment"] = replace(known, remember={**known.remember, **sent})
    await both.stack.once()
    assert failures(both) == []


def write(component: str, line: str) -> None:
    """Write a line into the log of a component, as its container does after the last update has begun."""
    there = boto3.client("mwaa").get_environment(Name="first")["Environment"]
    begun = (there.get("LastUpdate") or there)["CreatedAt"]
    logs, group = boto3.client("logs"), f"airflow-first-{component}"
    stream = f"{INSTALL}-{begun.timestamp()}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    at = int((begun + timedelta(seconds=1)).timestamp() * 1000)
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": at, "message": line}])
