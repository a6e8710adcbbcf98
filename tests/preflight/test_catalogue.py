"""Each code that can be given has an entry and a page, and each entry a code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mwaa_operator.checks import catalogue
from mwaa_operator.checks.entries_advice import ADVICE

ROOT = Path(__file__).parents[2]
ROOMS = [ROOT / "operator" / "mwaa_operator" / room for room in ("checks", "sources")]


def given() -> Iterator[str]:
    """Give the codes of all findings that checks make: always written out, so that a reader finds them."""
    for path in (path for room in ROOMS for path in room.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{path.name}:{node.lineno} does not write its code out"
                yield str(code.value)


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    assert set(given()) == catalogue.ENTRIES.keys() - ADVICE.keys()
    assert sum(len(entries) for entries in catalogue.SUBJECTS.values()) == len(catalogue.ENTRIES)


def test_codes_are_words_in_camel_case() -> None:
    assert [code for code in catalogue.ENTRIES if not re.fullmatch("([A-Z][a-z0-9]+)+", code)] == []


@pytest.mark.parametrize("code", sorted(catalogue.ENTRIES))
def test_an_entry_says_everything(code: str) -> None:
    entry, text = catalogue.ENTRIES[code], catalogue.explain(code)
    assert text.startswith(f"# {code}: {entry.title}\n")
    for part in (entry.meaning, entry.why, entry.fix, entry.source):
        assert part and part in text
    assert all(sentence.rstrip().endswith((".", "`", ")")) for sentence in (entry.meaning, entry.why, entry.fix))


def test_the_pages_are_what_the_catalogue_says() -> None:
    assert catalogue.MADE.stale(ROOT) == []
    listed = set(re.findall(r"\[`(\w+)`\]\((\w+)\.md\)", (ROOT / catalogue.PAGES / "README.md").read_text()))
    assert listed == {(code, code) for code in catalogue.ENTRIES}


def test_explain_knows_no_other_code() -> None:
    with pytest.raises(KeyError):
        catalogue.explain("NoSuchCode")


def test_stale_pages_are_named_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--root", str(tmp_path)]
    assert catalogue.MADE.main([*where, "--check"]) == 1
    assert "docs/preflight/NotChecked.md is stale" in capsys.readouterr().err
    assert catalogue.MADE.main(where) == 0
    left = tmp_path / catalogue.PAGES / "OldCode.md"
    left.write_text("old")
    assert catalogue.MADE.stale(tmp_path) == [left.relative_to(tmp_path)]
    assert catalogue.MADE.main(where) == 0
    assert catalogue.MADE.main([*where, "--check"]) == 0
