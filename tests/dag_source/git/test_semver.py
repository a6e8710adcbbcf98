"""Ranges of versions: the rules of semver.org, and what people write for ranges. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.fetch.semver import Version, highest

ORDER = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1"]
ORDER += ["1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"]


def test_versions_are_ordered_as_semver_says() -> None:
    versions = [Version.read(each) for each in ORDER]
    assert None not in versions
    assert sorted(versions) == versions  # type: ignore[type-var]


@pytest.mark.parametrize("text", ["1", "1.2", "v1.2", "1.2.3.4", "01.2.3", "release-1.2.3", "1.2.3-", "", "x"])
def test_what_is_no_version(text: str) -> None:
    assert Version.read(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", "v2.1.0"),
        ("1.x", "v1.10.1"),
        ("1", "v1.10.1"),
        ("1.2", "v1.2.9"),
        ("1.2.3", "v1.2.3"),
        ("=1.2.3", "v1.2.3"),
        ("v1.2.3", "v1.2.3"),
        ("~1.2", "v1.2.9"),
        ("~1.2.3", "v1.2.9"),
        ("~1", "v1.10.1"),
        ("^1.2.3", "v1.10.1"),
        ("^0.2.0", "0.2.5"),
        ("^0.0.3", None),
        (">=1.2.0 <2.0.0", "v1.10.1"),
        (">= 1.2.0, < 1.2.9", "v1.2.3"),
        (">1.2", "v2.1.0"),
        (">2", None),
        ("<=1.2", "v1.2.9"),
        ("<1.2", "0.2.5"),
        ("!=2.x", "v1.10.1"),
        ("^0.2 || ~1.2.3", "v1.2.9"),
        (">2.1.0", None),
        (">=2.2.0-0", "v2.2.0-rc.1"),
        ("<2.0.0", "v1.10.1"),
        ("2.0.x", None),
        ("9", None),
    ],
)
def test_the_highest_in_a_range(text: str, expected: str | None) -> None:
    tags = ["0.2.5", "v1.2.3", "v1.2.9", "v1.10.1", "v2.0.0-rc.1", "v2.1.0", "v2.2.0-rc.1", "latest", "1.99"]
    assert highest(text, tags) == expected


@pytest.mark.parametrize("text", ["", "||", "a", "1.x.3", "1..2", ">=", "1.2.3.4", "~>1.2", "1.2 - 1.4", "1.2.3 x$"])
def test_a_range_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        highest(text, ["1.2.3"])


@given(st.text("0123456789.x*~^<>=!|, -av", max_size=12), st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=5))
def test_whatever_is_written_gives_a_tag_that_is_there_or_an_error(text: str, versions: list[tuple[int, int, int]]) -> None:
    tags = [".".join(map(str, each)) for each in versions]
    try:
        found = highest(text, tags)
    except ValueError:
        return
    assert found is None or found in tags
