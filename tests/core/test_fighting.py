"""What carries another object's mark is not taken from it, so that two never undo each other's changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mwaa_operator.core.observed import Observed
from mwaa_operator.core.owner import OBJECT_TAG, OWNER_TAG
from mwaa_operator.core.policy import Adoption, Policy, foreign, marked_by

ALWAYS = Policy("uid-1", "default/x", Adoption.ALWAYS)


def marked(uid: str, address: str) -> Observed:
    return Observed("i", {"tags": {OWNER_TAG: uid, OBJECT_TAG: f"Thing/{address}"}}, owner=uid)


@pytest.mark.parametrize(
    ("sight", "left_alone"),
    [
        (marked("uid-2", "default/y"), True),
        (marked("uid-2", "other/x"), True),
        (marked("uid-2", "default/x"), False),  # the same object in a restored cluster
        (replace(marked("uid-2", "default/y"), adoptable=True), False),
        (Observed("i", {}, owner="uid-2"), True),
        (Observed("i", {}, owner=""), False),
        (Observed("i", {}, owner=None), False),
        (marked("uid-1", "default/x"), False),
    ],
)
def test_always_takes_what_nobody_has_marked(sight: Observed, left_alone: bool) -> None:
    assert foreign(sight, ALWAYS) is left_alone


def test_an_object_of_the_same_name_is_only_taken_for_the_same_where_that_is_asked_for() -> None:
    for adoption in (Adoption.NEVER, Adoption.IF_TAGGED):
        assert foreign(marked("uid-2", "default/x"), replace(ALWAYS, adoption=adoption))


def test_who_has_marked_it_is_named_without_its_kind() -> None:
    assert marked_by(marked("uid-2", "default/y")) == "default/y"
    assert marked_by(Observed("i")) == ""
