"""What the check of shared roles and buckets costs among many environments, and that it never holds up a creation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mwaa_operator.aws.mwaa_names import EnvironmentNames
from mwaa_operator.aws.sharing_facts import KEPT_SECONDS, LISTED_SECONDS, MOST, SharingFacts
from mwaa_operator.checks.secrets_backend import BACKEND, MANAGER
from mwaa_operator.checks.sharing import SharingCheck
from mwaa_operator.core.finding import Finding, Severity

from .test_before_create import Owner, by_ids


@dataclass
class Process:
    """The check as one process of the operator makes it, at a time that a test says."""

    place: Any
    now: float = 0.0

    def __post_init__(self) -> None:
        names = EnvironmentNames(self.place.aws, self.clock)
        self.check = SharingCheck(SharingFacts(self.place.aws, names, self.clock))

    def clock(self) -> float:
        return self.now

    async def look(self) -> tuple[list[Finding], int, int]:
        """Give what is found, and how often environments were listed and shown."""
        self.place.emulator.clear_calls()
        found = await self.check.findings(self.place.environment(), "us-east-1")
        calls = [len(self.place.emulator.calls("mwaa", name)) for name in ("ListEnvironments", "GetEnvironment")]
        return list(found), calls[0], calls[1]


@pytest.fixture
def process(place: Any) -> Process:
    return Process(place)


def others(place: Any, *names: str) -> None:
    for name in names:
        place.client("mwaa").create_environment(**place.account.request(name))


async def test_of_each_other_environment_one_look_serves_every_check_for_an_hour(place: Any, process: Process) -> None:
    others(place, "a", "b", "c")
    found, listed, shown = await process.look()
    assert [each.code for each in found] == ["RoleShared", "BucketShared"]
    assert (listed, shown) == (1, 3)
    assert (await process.look())[1:] == (0, 0)
    process.now = LISTED_SECONDS
    others(place, "d")
    found, listed, shown = await process.look()
    assert (listed, shown) == (1, 1)
    assert "the environments a, b, c, d have" in found[0].message
    process.now = KEPT_SECONDS + LISTED_SECONDS
    assert (await process.look())[1:] == (1, 4)


async def test_one_check_looks_at_a_few_only_says_so_and_the_next_goes_on(place: Any, process: Process) -> None:
    others(place, *(f"e{number}" for number in range(MOST + 2)))
    found, _, shown = await process.look()
    assert shown == MOST
    notice = found[-1]
    assert (notice.code, notice.severity) == ("NotChecked", Severity.NOTICE)
    assert "a later one goes on" in notice.message
    found, listed, shown = await process.look()
    assert (listed, shown, [each.code for each in found]) == (0, 2, ["RoleShared", "BucketShared"])


@pytest.mark.parametrize(
    ("service", "operation"), [("mwaa", "ListEnvironments"), ("mwaa", "GetEnvironment"), ("s3", "ListObjectsV2")]
)
async def test_what_aws_does_not_answer_is_a_notice(place: Any, process: Process, service: str, operation: str) -> None:
    others(place, "theirs")
    place.emulator.fault(service, operation, code="ThrottlingException", message="slow down", status=429)
    found, _, _ = await process.look()
    (notice,) = [each for each in found if each.code == "NotChecked"]
    assert notice.severity is Severity.NOTICE
    assert "could not be checked" in notice.message
    place.emulator.clear_faults()
    found, _, _ = await process.look()
    assert [each.code for each in found] == ["RoleShared", "BucketShared"]


async def test_a_throttled_look_at_a_stranger_holds_up_no_creation(place: Any) -> None:
    others(place, "theirs")
    owner = Owner(place, objects={"Environment": by_ids(place)})
    # the first look is at its own
    place.emulator.fault("mwaa", "GetEnvironment", code="ThrottlingException", message="slow down", status=429, after=1)
    run = await owner.once("Environment")
    assert [each.code for each in run.checks] == ["NotChecked"]
    assert owner.created() == 2


async def test_secrets_that_iam_does_not_tell_of_hold_up_nothing(place: Any) -> None:
    place.emulator.fault("iam", "SimulatePrincipalPolicy", code="Throttling", message="slow down", status=400)
    (notice,) = await place.look_at("secrets", airflow_configuration_options={BACKEND: MANAGER})
    assert (notice.code, notice.severity) == ("NotChecked", Severity.NOTICE)


async def test_a_list_that_took_long_is_good_for_longer(place: Any) -> None:
    times = iter([0.0, 10.0, 59.0, 60.0, 61.0])
    names = EnvironmentNames(place.aws, lambda: next(times))
    listed = []
    for _ in range(3):
        place.emulator.clear_calls()
        await names.read("us-east-1", 5.0)
        listed.append(len(place.emulator.calls("mwaa", "ListEnvironments")))
    assert listed == [1, 0, 1]
