"""Which requirements of two sources go into one file: a table, and what holds for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.sources.composed import compose, disagreements

AGREE = {
    "the same": ("a==1\n", "a==1\n"),
    "others": ("a==1\n", "b==1\n"),
    "a range and a version": ("a>=1\n", "a==1\n"),
    "other systems": ('a==1; python_version < "3.11"\n', 'a==2; python_version >= "3.11"\n'),
    "one constraint": ("--constraint c.txt\na\n", "-c c.txt\nb\n"),
    "no index in both": ("--no-index\na\n", "--no-index\nb\n"),
    "several other indexes": ("--extra-index-url https://a.example\na\n", "--extra-index-url https://b.example\nb\n"),
}
DISAGREE = {
    "two versions": ("x\nA_b==1.0\n", "a-b==2.0\n", "`a-b==1.0` in line 2", "`a-b==2.0` in line 1"),
    "a version and a place": ("a==1\n", "a @ https://u:p@h.example/a.whl\n", "`a==1`", "DagSource two"),
    "two constraints": ("-c c.txt\na\n", "-c d.txt\nb\n", "c.txt", "d.txt"),
    "two first indexes": ("-i https://u:p@a.example\na\n", "-i https://b.example\nb\n", "a.example", "b.example"),
    "an index for one only": ("--no-index\na\n", "b\n", "`--no-index` in line 1", "DagSource two"),
}


@pytest.mark.parametrize("case", AGREE)
def test_what_goes_together(case: str) -> None:
    one, two = AGREE[case]
    assert list(disagreements({"one": one, "two": two})) == []


@pytest.mark.parametrize("case", DISAGREE)
def test_what_does_not_go_together(case: str) -> None:
    one, two, *words = DISAGREE[case]
    [said] = disagreements({"one": one, "two": two})
    assert "DagSource one" in said and "DagSource two" in said
    assert all(word in said for word in words)
    assert "u:p" not in said


texts = st.lists(st.sampled_from(["a==1", "b==2", "c", "# remark", "--extra-index-url https://x.example"]), max_size=6).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(st.dictionaries(st.sampled_from(["etl", "other", "third"]), texts, min_size=1))
def test_each_line_stands_once_and_the_order_of_the_sources_is_of_no_account(of: dict[str, str]) -> None:
    made = compose(of).decode().splitlines()
    assert compose(dict(reversed(of.items()))).decode().splitlines() == made
    wanted = {line for text in of.values() for line in text.splitlines() if not line.startswith("#")}
    assert sorted(line for line in made if not line.startswith("#")) == sorted(wanted)
