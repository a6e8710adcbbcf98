"""The operator dies before and after each write of a quick start, and each reply is lost: nobody can tell afterwards."""

from __future__ import annotations

from collections import Counter

import pytest

from .account import Inventory, difference
from .points import AWS, KUBERNETES, SOMETIMES, Case
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
    assert reference.failed_writes == []
    assert set(reference.gone) == {"bucket", "role"}
    assert [role["path"].startswith("/aws-service-role/") for role in reference.gone["role"]] == [True]


def test_it_ends_as_if_nothing_had_happened(rig: Rig, reference: Story, case: Case) -> None:
    story = rig.quickstart(case)
    assert story.met
    _assert_same(story.ready, reference.ready)
    assert story.doubles == []
    assert story.writes_when_steady == []
    assert story.environments_created == 1
    _assert_same(story.gone, reference.gone)


def _assert_same(found: Inventory, expected: Inventory) -> None:
    assert found == expected, difference(found, expected)
