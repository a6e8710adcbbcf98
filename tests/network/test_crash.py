"""A process that dies at any write, or whose replies are lost: the next one goes on, and nothing is made twice."""

from __future__ import annotations

import random

import pytest

SEED = 20260711
CLEAN_WRITES = 26
"""The writes of a clean creation: see the test of that name."""


async def _until_killed(stack, killed) -> bool:
    """Run until the process dies; False when it did not."""
    try:
        await stack.settle()
    except killed:
        # what was under way ends: AWS carries out what it has received
        stack.aws.close()
        return True
    return False


async def test_clean_writes(stack) -> None:
    await stack.settle()
    assert len(stack.taken()) == CLEAN_WRITES


@pytest.mark.row("A77")
@pytest.mark.parametrize("when", ["die_before", "die_after"])
@pytest.mark.parametrize("number", sorted(random.Random(SEED).sample(range(1, CLEAN_WRITES + 1), 4)))
async def test_a_process_that_died_once_is_taken_over(stack, account, complete, killed, when, number) -> None:
    setattr(stack.aws, when, number)
    assert await _until_killed(stack, killed)
    stack.start()
    await stack.settle()
    assert account.counts() == complete


@pytest.mark.row("A77")
@pytest.mark.parametrize("when", ["die_before", "die_after"])
async def test_a_process_that_dies_at_each_and_every_write_still_gets_there(stack, account, complete, killed, when) -> None:
    deaths = 0
    while True:
        setattr(stack.aws, when, 2 if when == "die_before" else 1)
        if not await _until_killed(stack, killed):
            break
        deaths += 1
        assert deaths <= 2 * CLEAN_WRITES
        stack.start()
    assert deaths > CLEAN_WRITES / 4
    assert account.counts() == complete


@pytest.mark.row("A77")
async def test_lost_replies_make_nothing_twice(stack, account, complete, emulator) -> None:
    emulator.fault("ec2", write=True, reply_lost=True, rate=0.4, seed=SEED)
    for _ in range(30):
        await stack.once()
        emulator.advance(60)
    emulator.clear_faults()
    await stack.settle()
    assert account.counts() == complete


async def test_errors_and_throttling_are_outlived(stack, account, complete, emulator) -> None:
    emulator.fault("ec2", rate=0.2, code="RequestLimitExceeded", status=503, message="slow down", seed=SEED)
    emulator.fault("ec2", rate=0.1, code="InternalError", status=500, message="sorry", seed=SEED)
    for _ in range(15):
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
    for _ in range(60):
        stack.start()
        setattr(stack.aws, when, 1 if when == "die_after" else 2)
        if not await _until_killed(stack, killed):
            break
    assert account.left() == {}
