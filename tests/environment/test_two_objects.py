"""Two objects that both declare one environment with `adoption: Always`: the second stops and says why."""

from __future__ import annotations

from collections.abc import Callable

import boto3

from mwaa_operator.core.policy import Adoption

from .conftest import MINUTE, REGION, Stack
from .endpoint_steps import CUSTOMER, conditions, endpoints

ALWAYS = {"adoption": "Always", "name": "first"}


async def test_the_second_object_stops_and_names_the_first(new_stack: Callable[..., Stack]) -> None:
    first = new_stack({**ALWAYS, "maxWorkers": 4}, adoption=Adoption.ALWAYS)
    boto3.client("mwaa", region_name=REGION).create_environment(**first.account.request())
    first.emulator.advance(30 * MINUTE)
    await first.settle()
    first.emulator.clear_calls()
    second = new_stack({**ALWAYS, "maxWorkers": 6}, adoption=Adoption.ALWAYS, called="second", uid="7a2d")
    second.address = "team/second"
    run = await second.once()
    for _ in range(3):
        run = await second.once()
        await first.once()
        first.emulator.advance(30 * MINUTE)
    assert first.emulator.writes() == []
    said = conditions(run)
    assert (said["Ready"].reason, said["Stalled"].reason) == ("NotOurs", "NotOurs")
    assert "team/first" in said["Ready"].message
    assert "deletionPolicy: Retain" in said["Ready"].message
    assert second.facts(run)["environmentArn"] is None


async def test_two_that_keep_it_as_it_is_part_at_the_first_change(new_stack: Callable[..., Stack]) -> None:
    kept = {**ALWAYS, "deletionPolicy": "Retain"}
    first = new_stack(kept, adoption=Adoption.ALWAYS, retain=True)
    boto3.client("mwaa", region_name=REGION).create_environment(**first.account.request())
    first.emulator.advance(30 * MINUTE)
    second = new_stack(kept, adoption=Adoption.ALWAYS, retain=True, called="second", uid="7a2d")
    second.address = "team/second"
    await first.settle()
    await second.settle()
    first.change(maxWorkers=7)
    await first.settle()
    first.emulator.clear_calls()
    run = await second.once()
    assert run.plan.due == ()
    second.change(maxWorkers=9)
    run = await second.once()
    assert [need.reason for need in run.plan.steps[0].needs] == ["NotOurs"]
    assert first.emulator.writes() == []


async def test_the_same_object_of_a_restored_cluster_goes_on(new_stack: Callable[..., Stack]) -> None:
    first = new_stack()
    await first.settle()
    again = new_stack(ALWAYS, adoption=Adoption.ALWAYS, uid="another")
    run = await again.settle()
    assert run.sights["environment"].owner == "another"


async def test_no_endpoints_are_made_to_an_environment_of_somebody_else(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack({**CUSTOMER, "name": "first"})
    boto3.client("mwaa", region_name=REGION).create_environment(**stack.account.request(EndpointManagement="CUSTOMER"))
    stack.emulator.advance(30 * MINUTE)
    for _ in range(3):
        run = await stack.once()
    assert conditions(run)["Ready"].reason == "NotOurs"
    assert endpoints(stack) == []
