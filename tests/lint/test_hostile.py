"""Whatever is in a file, the answer is findings, and never an exception or a wait."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mwaa_operator.sources.known import Known
from mwaa_operator.sources.lint import dag_files, lint, read
from mwaa_operator.sources.module import SIZE_LIMIT, SyntaxFault, parsed

WORDS = b"# airflow dag\n"


def codes(content: bytes) -> list[str]:
    return [each.code for each in lint({"a.py": content}, "dags")]


@pytest.mark.parametrize(
    "content",
    [
        b"x = '\x00'\n",
        b"return 1\n",
        b"\xff\xfe\n",
        b"# coding: no-such-encoding\nx = 1\n",
        b"# coding: idna\nx = '\xc3\xa4'\n",
        b"x = (" + b"(" * 5000,
        b"x = " + b"[" * 150 + b"]" * 150 + b" +" * 100_000,
        b"x = " + b"-" * 200_000 + b"1",
        b"x = " + b"not " * 100_000 + b"1",
        b"x" + b".a" * 200_000,
        b"x" + b"()" * 200_000,
        b"x = " + b"1 + " * 100_000 + b"1",
        b"".join(b" " * n + b"if x:\n" for n in range(200)),
        b"x = " + b"9" * 100_000,
        b"x = b'" + b"\xf0\x9f" * 10,
    ],
)
def test_what_python_cannot_compile_is_a_finding(content: bytes) -> None:
    assert codes(WORDS + content) == ["DagSyntaxError"]


@pytest.mark.parametrize(
    "content",
    [
        b"x = '" + b"a" * 500_000 + b"'",
        b"x = '" + b"://" * 200_000 + b"'",
        b"x = '" + b"a:" * 200_000 + b"@'",
        b"password = '" + b"{" * 500_000 + b"'",
        b"f(" + b"_" * 400_000 + b"password='x')",
        b"import " + b"a" * 500_000,
        b"x = [" + b"f(g=1)," * 50_000 + b"]",
    ],
)
def test_what_is_long_is_read(content: bytes) -> None:
    assert "DagSyntaxError" not in codes(WORDS + content)
    assert all(len(each.message) < 1000 for each in lint({"a.py": WORDS + content}, "dags"))


def test_what_is_huge_is_named_and_not_read() -> None:
    content = WORDS + b"import airflow.contrib\n" + b"#" * SIZE_LIMIT
    assert codes(content) == ["FileTooLarge"]
    assert dag_files({"a.py": content}) == frozenset()


PIECES = st.sampled_from(
    [
        b"DAG(",
        b")",
        b"\n",
        b"    ",
        b"def f():\n",
        b"@dag\n",
        b"class A:\n",
        b"password='x",
        b"'",
        b"://a:b@",
        b"\x00",
        b"\xff",
        b"import airflow.contrib.x\n",
        b"from . import y\n",
        b"Variable.get('a')\n",
        b"{'queue': 1}",
        b"default_args=",
        b"lambda: ",
        b"globals()['x'] = ",
        b"if __name__ == '__main__':\n",
        b"[x for x in ",
        b"]",
        b"# coding: utf-16\n",
        b"\\\n",
        b"f'{",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=30).map(b"".join)))
@example(b"\xef\xbb\xbf# coding: latin-1\n")
def test_any_bytes_are_read(content: bytes) -> None:
    files = {"a.py": content, "b/c.py": content, ".airflowignore": content, "airflow.cfg": content}
    found = lint(files, "dags")
    assert all(each.where.startswith("dags/") and each.message for each in found)
    assert read(content) == read(content)


def test_what_nests_deeply_is_read_in_a_thread_too() -> None:
    """The engine reads in threads, whose stack may be smaller than that of the process."""
    nested = [WORDS + b"x = " + piece * 20_000 + b"1" for piece in (b"(", b"[", b"-", b"not ", b"lambda: ", b"f(", b"{1:")]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(codes, nested)) == [["DagSyntaxError"]] * len(nested)


def test_what_is_known_is_not_made_again_and_does_not_grow() -> None:
    known, made = Known[int](limit=3), list[int]()

    def make(number: int) -> int:
        made.append(number)
        return number

    for number in (1, 2, 1, 3, 1, 4, 4, 2, 1):
        assert known.get(number, lambda number=number: make(number)) == number  # type: ignore[misc]
    assert made == [1, 2, 3, 4, 1], "the oldest went first"


def test_what_many_threads_ask_for_is_what_they_asked_for() -> None:
    known = Known[int](limit=3)
    with ThreadPoolExecutor(8) as pool:
        numbers = [number % 5 for number in range(5000)]
        assert list(pool.map(lambda number: known.get(number, lambda: number), numbers)) == numbers


def test_threads_that_parse_leave_the_warnings_of_the_process_as_they_are() -> None:
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        contents = [b"x = '\\d'  # %d\n" % number * 50 for number in range(400)]
        assert not any(isinstance(each, SyntaxFault) for each in pool.map(parsed, contents))
    assert warnings.filters == before
