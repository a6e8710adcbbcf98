"""The process dies at a write: the next one neither repeats what AWS has failed to do, nor loses what never arrived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mwaa_operator.aws import logs, mwaa
from mwaa_operator.core.annotation import RESTART_AT
from mwaa_operator.core.memory import recall
from mwaa_operator.core.policy import Policy
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import part_list

from ..crashing_aws import CrashingAws, Killed

MINUTE = 60.0
HIDDEN = {"custom.token": "one"}


async def die(stack: Any, when: str) -> None:
    """Run once with a process that dies before or after its write arrives: only what was announced is left of it."""
    aws = CrashingAws(stack.calls.append)
    setattr(aws, f"die_{when}", 1)
    dying = {each.TYPE: each for each in (*logs.adapters(aws), *mwaa.adapters(aws))}
    registry = replace(stack.registry, adapters={**stack.registry.adapters, **dying})
    graph = stack.kind.desired(stack.obj, stack.context)
    policy = Policy(stack.uid, "team/first", manual=stack.manual, approved=stack.approved)
    run = Run.of(registry, stack.obj, "us-east-1", graph, policy, stack.memory, datetime.now(UTC))

    async def announce() -> None:
        stack.memory = recall(part_list(run.graph, run.sights, run.memory))

    await run.observe()
    with pytest.raises(Killed):
        await run.act(announce)


async def fail(stack: Any, ending: str) -> None:
    """Let AWS fail to carry out a change."""
    stack.emulator.outcome("update", ending)
    stack.change(environmentClass="mw1.large")
    await stack.once()
    stack.emulator.advance(40 * MINUTE)
    await stack.once()


@pytest.mark.parametrize("ending", ["failed", "failed-available"])
async def test_what_failed_while_nobody_looked_is_not_sent_again(stack: Any, ending: str) -> None:
    await stack.settle()
    stack.emulator.outcome("update", ending)
    stack.change(environmentClass="mw1.medium")
    await die(stack, "after")
    stack.emulator.advance(40 * MINUTE)
    run = await stack.once()
    assert [need.reason for need in run.plan.step("environment").needs] == ["UpdateRolledBack"]
    assert len(stack.requests("UpdateEnvironment")) == 1


@pytest.mark.parametrize("ending", ["failed", "failed-available"])
async def test_an_older_failure_is_not_that_of_an_update_which_never_arrived(stack: Any, ending: str) -> None:
    await stack.settle()
    await fail(stack, ending)
    stack.change(environmentClass="mw1.medium")
    await die(stack, "before")
    await stack.settle()
    assert [each["EnvironmentClass"] for each in stack.requests("UpdateEnvironment")] == ["mw1.large", "mw1.medium"]


async def test_an_older_failure_is_not_that_of_an_update_whose_request_was_lost(stack: Any) -> None:
    await stack.settle()
    await fail(stack, "failed-available")
    stack.emulator.fault("mwaa", "UpdateEnvironment", code="ServiceUnavailableException", status=503, count=1)
    stack.change(environmentClass="mw1.medium")
    await stack.settle()
    carried_out = [call.params for call in stack.emulator.calls("mwaa", "UpdateEnvironment") if call.status == 200]
    assert [params["EnvironmentClass"] for params in carried_out] == ["mw1.large", "mw1.medium"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_value_that_aws_hides_is_sent_once(new_stack: Callable[..., Any], when: str) -> None:
    stack = new_stack({"airflowConfigurationOptions": HIDDEN})
    await stack.settle()
    stack.change(airflowConfigurationOptions={"custom.token": "two"})
    await die(stack, when)
    stack.emulator.advance(30 * MINUTE)
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 1
    stack.change(airflowConfigurationOptions=HIDDEN)
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 2, "it knows which value AWS has"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("word", ["2026-11-21T10:00:00Z", "once more"])
async def test_a_restart_is_made_once(stack: Any, when: str, word: str) -> None:
    stack.annotations[RESTART_AT] = "2026-01-01T00:00:00Z"
    await stack.settle()
    stack.annotations[RESTART_AT] = word
    await die(stack, when)
    stack.emulator.advance(30 * MINUTE)
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 1


async def test_a_restart_is_not_made_again_with_the_options(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowConfigurationOptions": HIDDEN})
    await stack.settle()
    stack.annotations[RESTART_AT] = "once more"
    await stack.settle()
    stack.change(airflowConfigurationOptions={"custom.token": "two"})
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_was_approved_need_not_be_approved_again_when_a_part_of_it_is_done(
    new_stack: Callable[..., Any], when: str
) -> None:
    stack = new_stack(manual=True)
    stack.approved = (await stack.once()).plan.hash
    await die(stack, when)
    await stack.settle()
    assert stack.writes()[-1] == "CreateEnvironment"
