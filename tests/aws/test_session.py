"""The one way to AWS: reads are repeated, writes never, every call is counted, and the budget keeps the peace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.aws.budget import BURST_SECONDS, RATE, Budget
from mwaa_operator.aws.session import Aws, Call
from mwaa_operator.core.errors import OutsideError, Trouble


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.started() as emulator:
        yield emulator


@pytest.fixture
def aws(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Aws, list[Call]]]:
    emulator.reset()
    emulator.clear_faults()
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    calls: list[Call] = []
    aws = Aws("test", calls.append)
    yield aws, calls
    aws.close()


async def test_a_write_whose_reply_is_lost_is_made_once(aws: tuple[Aws, list[Call]], emulator: Emulator) -> None:
    emulator.fault("ec2", "CreateVpc", reply_lost=True)
    with pytest.raises(OutsideError) as caught:
        await aws[0].call("us-east-1", "ec2", "create_vpc", CidrBlock="10.0.0.0/16")
    assert caught.value.problem.trouble is Trouble.UNAVAILABLE
    assert len(emulator.calls("ec2", "CreateVpc")) == 1


async def test_a_read_is_repeated_until_it_answers(aws: tuple[Aws, list[Call]], emulator: Emulator) -> None:
    emulator.fault("ec2", "DescribeVpcs", reply_lost=True, count=2)
    assert (await aws[0].call("us-east-1", "ec2", "describe_vpcs"))["Vpcs"]
    assert len(emulator.calls("ec2", "DescribeVpcs")) == 3


async def test_every_call_is_counted_with_its_result(aws: tuple[Aws, list[Call]]) -> None:
    await aws[0].call("us-east-1", "iam", "list_roles")
    with pytest.raises(OutsideError):
        await aws[0].call("us-east-1", "iam", "get_role", RoleName="nobody")
    assert [(call.operation, call.code) for call in aws[1]] == [("list_roles", "OK"), ("get_role", "NoSuchEntity")]


async def test_it_knows_who_it_is_and_asks_once(aws: tuple[Aws, list[Call]]) -> None:
    first, second = await aws[0].identity("us-east-1"), await aws[0].identity("eu-west-1")
    assert first == second
    assert (first.account, first.partition) == ("123456789012", "aws")
    assert len(aws[1]) == 1


async def test_half_of_the_credentials_are_as_good_as_none(
    aws: tuple[Aws, list[Call]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for look in (aws[0].call("us-east-1", "ec2", "describe_vpcs"), aws[0].pages("us-east-1", "iam", "list_roles", "Roles")):
        with pytest.raises(OutsideError) as caught:
            await look
        assert (caught.value.problem.trouble, caught.value.problem.reason) == (Trouble.DENIED, "NoCredentials")
        assert "AWS_SECRET_ACCESS_KEY" in caught.value.problem.message
    assert [call.code for call in aws[1]] == ["PartialCredentialsError"] * 2
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    assert (await aws[0].call("us-east-1", "ec2", "describe_vpcs"))["Vpcs"]


async def test_every_page_is_a_call_with_its_turn(
    aws: tuple[Aws, list[Call]], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []
    turn = Budget.turn

    async def noted(budget: Budget, region: str, service: str, operation: str) -> None:
        turns.append(service)
        await turn(budget, region, service, operation)

    monkeypatch.setattr(Budget, "turn", noted)
    await aws[0].call("us-east-1", "s3", "create_bucket", Bucket="many-pages")
    for key in "abcde":
        await aws[0].call("us-east-1", "s3", "put_object", Bucket="many-pages", Key=key)
    aws[1].clear()
    turns.clear()
    found = await aws[0].pages("us-east-1", "s3", "list_objects_v2", "Contents", Bucket="many-pages", MaxKeys=2)
    assert [each["Key"] for each in found] == list("abcde")
    assert [(call.operation, call.code) for call in aws[1]] == [("list_objects_v2", "OK")] * 3
    assert turns == ["s3"] * len(emulator.calls("s3", "ListObjectsV2")) == ["s3"] * 3


@pytest.mark.looptime
async def test_calls_beyond_the_budget_wait_their_turn_and_other_operations_do_not() -> None:
    budget, clock = Budget(), asyncio.get_running_loop().time
    for _ in range(int(RATE * BURST_SECONDS)):
        await budget.turn("us-east-1", "ec2", "create_vpc")
    begun = clock()
    await budget.turn("us-east-1", "ec2", "create_subnet")
    await budget.turn("us-east-1", "iam", "create_vpc")
    await budget.turn("eu-west-1", "ec2", "create_vpc")
    assert clock() == begun
    await budget.turn("us-east-1", "ec2", "create_vpc")
    assert clock() > begun
