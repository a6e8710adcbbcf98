"""What is kept against files after a look: a table over what AWS and the logs say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.kinds.quarantine import LIMIT, Word, kept


def of(version: str, **more: Any) -> dict[str, Any]:
    return {"file": "requirements", "s3Path": "r.txt", "s3ObjectVersion": version, **more}


def blamed(version: str, file: str = "requirements") -> dict[str, Mapping[str, Any]]:
    return {file: {"s3Path": "r.txt", "s3ObjectVersion": version, "reason": "broken"}}


KNOWN = of("bad", updateCreatedAt="t1", reason="broken")
RELEASED = {**KNOWN, "released": True}
TABLE: Mapping[str, tuple[Sequence[Mapping[str, Any]], Word, Sequence[Mapping[str, Any]]]] = {
    "nothing is known": ([], Word("t1"), []),
    "an update failed": ([], Word("t1", blamed=blamed("bad")), [KNOWN]),
    "the same is seen again": ([KNOWN], Word("t1", blamed=blamed("bad")), [KNOWN]),
    "nobody speaks of it any more": ([KNOWN], Word("t2"), [KNOWN]),
    "it runs well with it after all": ([KNOWN], Word("t2", good=[of("bad")]), []),
    "it runs well with another": ([KNOWN], Word("t2", good=[of("new")]), [KNOWN]),
    "another fails too": (
        [KNOWN],
        Word("t2", blamed=blamed("worse")),
        [of("worse", updateCreatedAt="t2", reason="broken"), KNOWN],
    ),
    "a restart is asked for": ([KNOWN], Word("t1", blamed=blamed("bad"), restart_at="now"), [RELEASED]),
    "the restart is under way": ([RELEASED], Word("t2", rests=False, restart_at="now"), [RELEASED]),
    "the annotation is taken off": ([RELEASED], Word("t1", blamed=blamed("bad")), [RELEASED]),
    "the restart went well": ([RELEASED], Word("t2", restart_at="now"), []),
    "the restart failed": (
        [RELEASED],
        Word("t2", blamed=blamed("bad"), restart_at="now"),
        [of("bad", updateCreatedAt="t2", reason="broken", restartAt="now")],
    ),
    "that restart is no reason to try again": (
        [of("bad", updateCreatedAt="t2", restartAt="now")],
        Word("t2", restart_at="now"),
        [of("bad", updateCreatedAt="t2", restartAt="now")],
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_is_kept(case: str) -> None:
    before, word, expected = TABLE[case]
    assert kept(before, word) == list(expected)


versions = st.sampled_from("abc")
words = st.builds(
    Word,
    update=st.sampled_from(["t1", "t2", "t3"]),
    rests=st.booleans(),
    blamed=st.one_of(st.just({}), st.builds(blamed, versions)),
    good=st.one_of(st.none(), st.lists(st.builds(of, versions), max_size=1)),
    restart_at=st.sampled_from([None, "now", "later"]),
).filter(lambda word: not (word.blamed and word.good))


@given(st.lists(words, max_size=30))
def test_it_stays_small_and_names_each_version_once(looks: list[Word]) -> None:
    known: list[Any] = []
    for word in looks:
        known = kept(known, word)
        assert kept(known, word) == known, "a second look at the same tells nothing new"
        names = [(each["file"], each["s3ObjectVersion"]) for each in known]
        assert len(names) == len(set(names)) <= LIMIT
