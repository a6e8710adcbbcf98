"""The operator dies before and after each write of a quick start, and each reply is lost: nobody can tell afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from .account import Inventory, difference
from .points import AWS, KUBERNETES, SOMETIMES, Case, Fault, Point
from .rig import Rig, Story

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def reference(rig: Rig) -> Story:
    """Give a quick start to which nothing happens."""
    return rig.quickstart(slowly=True)


def test_the_list_of_points_is_what_a_quick_start_writes(reference: Story) -> None:
    assert Counter(reference.aws_writes) == AWS
    assert set(reference.kubernetes_writes) - SOMETIMES == KUBERNETES


def test_a_quick_start_leaves_nothing_twice_and_nothing_but_the_bucket(reference: Story) -> None:
    assert reference.doubles == []
    assert reference.writes_when_steady == []
    assert reference.environments_created == 1
    assert [(run["dag"], run["state"]) for run in reference.ready["DAG run"]] == [("tutorial", "success")]
    assert reference.failed_writes == []
    assert set(reference.gone) == {"bucket", "role"}
    assert [role["path"].startswith("/aws-service-role/") for role in reference.gone["role"]] == [True]


def test_it_ends_as_if_nothing_had_happened(rig: Rig, reference: Story, case: Case) -> None:
    _assert_as_if_nothing_had_happened(rig.quickstart(case), reference)


def test_a_process_of_another_name_waits_for_the_lease_of_the_dead_one_and_goes_on(rig: Rig, reference: Story) -> None:
    dead, rig.identity = rig.identity, "mwaa-operator-1"
    story = rig.quickstart(Case(Point("mwaa:CreateEnvironment"), Fault.KILL_AFTER))
    left, lease = story.lease_left, story.lease
    assert left
    assert (left["holderIdentity"], lease["holderIdentity"]) == (dead, rig.identity)
    waited = datetime.fromisoformat(lease["acquireTime"]) - datetime.fromisoformat(left["renewTime"])
    assert waited >= timedelta(seconds=left["leaseDurationSeconds"])
    _assert_as_if_nothing_had_happened(story, reference)


def _assert_as_if_nothing_had_happened(story: Story, reference: Story) -> None:
    assert story.met
    _assert_same(story.ready, reference.ready)
    assert story.doubles == []
    assert len(story.ready["DAG run"]) == 1
    assert story.writes_when_steady == []
    assert story.environments_created == 1
    _assert_same(story.gone, reference.gone)


def _assert_same(found: Inventory, expected: Inventory) -> None:
    assert found == expected, difference(found, expected)
