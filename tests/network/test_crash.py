"""A process that dies at any write, or whose replies are lost: the next one goes on, and nothing is made twice."""

from __future__ import annotations

import random

import pytest

SEED = 20260711
CLEAN_WRITES = 26
"""A clean creation writes so often."""
LIMIT = 60


async def _until_killed(stack, killed) -> bool:
    """Run until the process dies; False when it did not."""
    try:
        await stack.settle()
    except killed:
        # what was under way ends: AWS carries out what it has received
        stack.aws.close()
        return True
    return False


async def _through_many_deaths(stack, killed, when) -> int:
    """Let process after process die within a few writes until one is done."""
    chance = random.Random(SEED)
    for deaths in range(LIMIT):
        stack.start()
        setattr(stack.aws, when, chance.randint(1, 5))
        if not await _until_killed(stack, killed):
            return deaths
    raise AssertionError("no progress")


@pytest.mark.row("A77")
@pytest.mark.parametrize("when", ["die_before", "die_after"])
@pytest.mark.parametrize("number", sorted(random.Random(SEED).sample(range(1, CLEAN_WRITES + 1), 3)))
async def test_a_process_that_died_once_is_taken_over(stack, account, complete, killed, when, number) -> None:
    setattr(stack.aws, when, number)
    assert await _until_killed(stack, killed)
    stack.start()
    await stack.settle()
    assert account.counts() == complete


@pytest.mark.row("A77")
async def test_a_network_interrupted_after_the_gateway_is_completed_without_duplicates(
    stack, account, complete, killed, emulator
) -> None:
    wanted = {"create_vpc", "modify_vpc_attribute", "create_internet_gateway"}
    number = 0
    while not wanted <= set(stack.taken()):
        emulator.reset()
        number += 1
        stack.memory = {}
        stack.start()
        stack.aws.die_after = number
        assert await _until_killed(stack, killed)
    assert account.counts()["internet gateway"] == 1
    stack.start()
    await stack.settle()
    assert account.counts() == complete


@pytest.mark.row("A77")
@pytest.mark.parametrize("when", ["die_before", "die_after"])
async def test_one_process_after_the_other_dies_and_still_it_gets_there(stack, account, complete, killed, when) -> None:
    assert await _through_many_deaths(stack, killed, when) > 3
    assert account.counts() == complete


@pytest.mark.row("A77")
async def test_lost_replies_make_nothing_twice(stack, account, complete, emulator) -> None:
    emulator.fault("ec2", write=True, reply_lost=True, rate=0.4, seed=SEED)
    for _ in range(12):
        await stack.once()
        emulator.advance(60)
    emulator.clear_faults()
    await stack.settle()
    assert account.counts() == complete


async def test_errors_and_throttling_are_outlived(stack, account, complete, emulator) -> None:
    emulator.fault("ec2", write=True, rate=0.3, code="RequestLimitExceeded", status=503, message="slow down", seed=SEED)
    emulator.fault("ec2", write=True, rate=0.2, code="InternalError", status=500, message="sorry", seed=SEED)
    for _ in range(8):
        await stack.once()
        emulator.advance(60)
    emulator.clear_faults()
    await stack.settle()
    assert account.counts() == complete


@pytest.mark.row("A78")
@pytest.mark.parametrize("when", ["die_before", "die_after"])
async def test_a_teardown_is_taken_over_too(stack, account, killed, when) -> None:
    await stack.settle()
    stack.deleting = True
    assert await _through_many_deaths(stack, killed, when) > 2
    assert account.left() == {}
