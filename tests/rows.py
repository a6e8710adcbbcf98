"""Which capability rows the last `make test` proved, by which tests. Exits 1 while one of those asked for is not."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

RESULTS = Path(__file__).parents[1] / ".mwaa" / "results"


def asked(text: str) -> Iterator[str]:
    """Read `A1-A4 A9, B112` as single rows.

    Raises:
        ValueError: a word is neither a row nor a range of rows.
    """
    for word in re.split(r"[\s,]+", text.strip()):
        match = re.fullmatch(r"([A-D])(\d+)(?:-\1(\d+))?", word)
        if not match:
            raise ValueError(f"{word!r} is neither a row such as A17 nor a range such as A1-A4")
        letter, first, last = match.groups()
        yield from (f"{letter}{number}" for number in range(int(first), int(last or first) + 1))


def proofs() -> dict[str, dict[str, str]]:
    """Join the results of all suites: row, then test, then outcome."""
    joined: dict[str, dict[str, str]] = {}
    for path in sorted(RESULTS.glob("*.json")):
        for row, tests in json.loads(path.read_text()).items():
            joined.setdefault(row, {}).update(tests)
    return joined


def main(text: str) -> int:
    """Print a line for each row; give the exit code."""
    found = proofs()
    if not found:
        print("no results yet: run `make test` first", file=sys.stderr)
        return 1
    rows = list(asked(text)) if text.strip() else sorted(found, key=lambda row: (row[0], int(row[1:])))
    missing = 0
    for row in rows:
        tests = found.get(row, {})
        good = bool(tests) and set(tests.values()) == {"passed"}
        missing += not good
        shown = ", ".join(test if outcome == "passed" else f"{test} ({outcome})" for test, outcome in sorted(tests.items()))
        print(f"{row:5} {'proven' if good else 'NOT PROVEN'}  {shown or 'no test'}")
    print(f"{len(rows) - missing} of {len(rows)} rows proven")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
