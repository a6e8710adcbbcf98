"""The operator dies before and after each of its writes, and each reply is lost: nobody can tell afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from .account import Inventory, difference
from .points import Case, Fault, Point, Scenario
from .rig import Rig, Story
from .scenarios.catalogue import BY_NAME
from .scenarios.quickstart import QUICKSTART

pytestmark = pytest.mark.cluster
Undisturbed = Callable[[Scenario], Story]


@pytest.fixture(scope="module")
def undisturbed(rig: Rig) -> Undisturbed:
    """Give a run of a scenario to which nothing happens: there is one of each."""
    known: dict[str, Story] = {}

    def of(scenario: Scenario) -> Story:
        if scenario.name not in known:
            known[scenario.name] = rig.play(scenario)
        return known[scenario.name]

    return of


def test_the_list_of_points_is_what_a_scenario_writes(undisturbed: Undisturbed, scenario: Scenario) -> None:
    story = undisturbed(scenario)
    written = (Counter(story.aws_writes), set(story.kubernetes_writes) - scenario.sometimes)
    assert written == (scenario.aws, scenario.kubernetes)
    assert story.failed_writes == []
    assert story.doubles == []
    assert story.writes_when_steady == []


def test_a_quick_start_leaves_nothing_but_the_bucket(undisturbed: Undisturbed) -> None:
    story = undisturbed(QUICKSTART)
    assert [(run["dag"], run["state"]) for run in story.seen["Ready"]["DAG run"]] == [("tutorial", "success")]
    assert story.asked_of_mwaa == ["CreateEnvironment quickstart", "DeleteEnvironment quickstart"]
    assert set(story.seen["gone"]) == {"bucket", "role"}
    assert [role["path"].startswith("/aws-service-role/") for role in story.seen["gone"]["role"]] == [True]


def test_it_ends_as_if_nothing_had_happened(rig: Rig, undisturbed: Undisturbed, case: Case) -> None:
    scenario = BY_NAME[case.scenario]
    _assert_as_if_nothing_had_happened(rig.play(scenario, case), undisturbed(scenario))


def test_a_process_of_another_name_waits_for_the_lease_of_the_dead_one_and_goes_on(
    rig: Rig, undisturbed: Undisturbed
) -> None:
    dead, rig.identity = rig.identity, "mwaa-operator-1"
    case = Case(QUICKSTART.name, Point("mwaa:CreateEnvironment"), Fault.KILL_AFTER)
    story = rig.play(QUICKSTART, case)
    left, lease = story.lease_left, story.lease
    assert left
    assert (left["holderIdentity"], lease["holderIdentity"]) == (dead, rig.identity)
    waited = datetime.fromisoformat(lease["acquireTime"]) - datetime.fromisoformat(left["renewTime"])
    assert waited >= timedelta(seconds=left["leaseDurationSeconds"])
    _assert_as_if_nothing_had_happened(story, undisturbed(QUICKSTART))


def _assert_as_if_nothing_had_happened(story: Story, undisturbed: Story) -> None:
    assert story.met
    assert story.asked_of_mwaa == undisturbed.asked_of_mwaa
    assert story.seen.keys() == undisturbed.seen.keys()
    for word, found in story.seen.items():
        _assert_same(word, found, undisturbed.seen[word])
    assert story.doubles == []
    assert story.writes_when_steady == []


def _assert_same(word: str, found: Inventory, expected: Inventory) -> None:
    assert found == expected, f"{word}: {difference(found, expected)}"
