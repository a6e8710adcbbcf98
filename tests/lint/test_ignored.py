"""What an `.airflowignore` hides, whoever wrote it: nothing too little, and never a search without end."""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mwaa_operator.sources import ignored
from mwaa_operator.sources.ignored import LINES_LIMIT, PATTERN_LIMIT, WORK_LIMIT, hidden, pieces

FIXED = {codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN, codes.AT}
"""What one character matches in one way, or none at all."""
PATHS = ("a.py", "tests/unit/b.py", "tests/c.py", "team_1/old_d.py", "team_1/deep/e.py")


def hides(*lines: str, paths: tuple[str, ...] = PATHS) -> set[str]:
    files = dict.fromkeys(paths, b"")
    return set(hidden({**files, ".airflowignore": "\n".join(lines).encode()}))


@pytest.mark.parametrize(
    "pattern",
    [
        "a?" * 30 + "a" * 30,
        "(a|a)" * 30 + "b",
        "(a|aa)*b",
        "(a+)+$",
        "((a*)*)*b",
        "(a?){30}a{30}",
        "a{1,100}" * 20 + "b",
        "(.*)(.*)(.*)x",
        "a|aa|aaa",
        "a" * (PATTERN_LIMIT + 1),
        r"(.)\1\1",
        "(?=a*b)a*c",
    ],
)
def test_a_pattern_that_branches_or_is_long_is_not_tried_and_hides_everything_it_may(pattern: str) -> None:
    path = "a" * 600 + ".py"
    assert all(_is_fixed(piece) for piece in pieces(pattern))
    found = hides(pattern, paths=(path, "b.py"))
    assert found == {path, "b.py"} if pieces(pattern) == ("",) else path in found


@pytest.mark.parametrize(
    ("pattern", "searched"),
    [
        (".*.*.*x", ("", "", "", "x")),
        ("a*a*a*a*a*a*b", ("", "", "", "", "", "", "b")),
        ("a?" * 3 + "aaa", ("", "", "", "aaa")),
        ("tests/*/*.py", ("tests", "", ".py")),
        (r"^old_\d+[ab]*\.py$", ("^old_", "", r"\.py$")),
        ("team?/x", ("tea", "/x")),
        (r"(a|b)c", ("",)),
        (r"a{2}", ("",)),
        (r"\x41*", ("",)),
        ("x" * PATTERN_LIMIT, ("x" * PATTERN_LIMIT,)),
        ("x" * (PATTERN_LIMIT + 1), ("",)),
    ],
)
def test_what_is_searched_for_repeats_nothing(pattern: str, searched: tuple[str, ...]) -> None:
    assert pieces(pattern) == searched


@pytest.mark.parametrize(
    ("pattern", "gone"),
    [
        ("tests/*", {"tests/unit/b.py", "tests/c.py"}),
        ("**/old_*.py", {"team_1/old_d.py"}),
        ("*/unit/*.py", {"tests/unit/b.py"}),
        ("tests/*/*.py", {"tests/unit/b.py", "tests/c.py"}),
        ("team_?/deep/*", {"team_1/deep/e.py"}),
        ("team_[0-9]/**", {"team_1/old_d.py", "team_1/deep/e.py"}),
        ("/tests/", {"tests/unit/b.py", "tests/c.py"}),
        ("unit", {"tests/unit/b.py"}),
        ("c.py # the old one", {"tests/c.py"}),
        (r"tests/.*\.py", {"tests/unit/b.py", "tests/c.py"}),
        (r"^a\.py$", {"a.py"}),
        ("nothing_such", set()),
        ("[", set()),
        ("(((((", set()),
        ("# all of it", set()),
    ],
)
def test_globs_and_plain_expressions_hide_what_they_name(pattern: str, gone: set[str]) -> None:
    assert hides(pattern) == gone


def test_a_file_speaks_of_its_own_folder_alone() -> None:
    files = dict.fromkeys((*PATHS, "tests_too/c.py"), b"")
    assert hidden({**files, "tests/.airflowignore": b"c"}) == {"tests/c.py"}
    assert hidden({**files, "tests/.airflowignore": b"c", "team_1/.airflowignore": b"(a|b)"}) == {
        "tests/c.py",
        "team_1/old_d.py",
        "team_1/deep/e.py",
    }


def test_more_patterns_than_the_limit_hide_everything() -> None:
    lines = [f"x{number}" for number in range(LINES_LIMIT + 1)]
    assert hides(*lines[1:]) == set()
    assert hides(*lines) == set(PATHS)
    first, rest = "\n".join(lines[:3000]).encode(), "\n".join(lines[3000:]).encode()
    files = dict.fromkeys(PATHS, b"")
    both = hidden({**files, "team_1/.airflowignore": first, "tests/.airflowignore": rest})
    assert both == {"tests/unit/b.py", "tests/c.py"}, "many small files count as one large one"


def test_more_work_than_the_limit_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is a path searched, nor a pattern compiled, once patterns and paths together are too much."""
    asked = list[str]()
    made = ignored.Pattern.of
    monkeypatch.setattr(ignored.Pattern, "of", lambda line: asked.append(line) or made(line))
    paths = tuple(f"{number:05}{'a' * 595}.py" for number in range(2100))
    lines = [f"{number:04}{'a' * 195}b" for number in range(1 + WORK_LIMIT // (200 * 2 * 603 * len(paths)))]
    assert hides(*lines, paths=paths) == set(paths)
    assert asked == ["*"]
    assert hides(*lines[1:], paths=paths) == set()
    assert asked[1:] == lines[1:]


ALPHABET = "ab./_1*?+[]-^$\\dw(){},|"


@pytest.mark.filterwarnings("ignore::FutureWarning")
@settings(max_examples=500, deadline=None)
@given(st.text(ALPHABET, max_size=9), st.text("ab/._1", min_size=1, max_size=7).filter(lambda path: "//" not in path))
@example("a*^a", "a")
@example("[]a]*b", "]b")
@example(r"\.*x", "x")
@example("a$b*", "a")
def test_no_pattern_hides_less_than_airflow_finds_with_it(pattern: str, path: str) -> None:
    path = f"{path.strip('/')}.py"
    line = pattern.strip()
    found = bool(line) and _compiles(line) and re.search(line, path) is not None
    assert not found or hides(pattern, paths=(path,)) == {path}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@settings(max_examples=300, deadline=None)
@given(st.text(ALPHABET, max_size=40))
def test_whatever_the_pattern_is_nothing_that_is_searched_for_repeats(pattern: str) -> None:
    assert hides(pattern) <= set(PATHS)
    assert not _compiles(pattern) or all(_is_fixed(piece) for piece in pieces(pattern))


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _is_fixed(piece: str) -> bool:
    return all(code in FIXED for code, _ in parser.parse(piece))
