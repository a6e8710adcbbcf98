"""The pages that `explain` reads, as the package carries them: `python -m mwaa_operator.cli.pages [--check]` copies them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ..api.generated import Generated

COMMAND = "python -m mwaa_operator.cli.pages"
SOURCE, DATA = Path("docs"), Path("operator/mwaa_operator/cli/data")
CONDITIONS, ADVICE = "conditions.md", "troubleshooting.md"
COPIES = {SOURCE / CONDITIONS: DATA / CONDITIONS, SOURCE / "how-to" / ADVICE: DATA / ADVICE}
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Entry:
    """One row of the page of conditions."""

    code: str
    section: str
    """The headings above it: what it is, and what it means for Ready."""
    cells: dict[str, str]


def entries(page: str) -> Iterator[Entry]:
    """Read the tables of the page of conditions."""
    headings, head = ["", ""], list[str]()
    for line in page.splitlines():
        if match := re.match(r"(##|###) (.+)", line):
            level, head = len(match[1]) - 2, []
            headings[level:] = [match[2], *[""] * (1 - level)]
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            if not head:
                head = [cell.strip(" |") for cell in cells]
            elif code := re.fullmatch("`([^`]+)`", cells[0]):
                section = ": ".join(heading for heading in headings if heading)
                yield Entry(code[1], section, dict(zip(head[1:], (cell.strip(" |") for cell in cells[1:]), strict=False)))


def section(page: str, anchor: str) -> str:
    """Give the text below the heading that a link names; empty when there is none."""
    for part in re.split(r"^#{2,3} ", page, flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        if re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") == anchor:
            return text.strip()
    return ""


def unlinked(text: str) -> str:
    """Write links as what they say and where they lead."""
    return _LINK.sub(lambda match: f"{match[1]} (docs/{match[2]})", text)


def anchor(text: str) -> str:
    """Give the heading of the page of advice that a cell leads to; empty when it leads elsewhere."""
    match = _LINK.search(text)
    path, _, name = match[2].partition("#") if match else ("", "", "")
    return name if path.endswith(ADVICE) else ""


def page(name: str) -> str:
    """Read a page that the package carries."""
    return (files(__package__) / "data" / name).read_text(encoding="utf-8")


def _copies(root: Path) -> dict[Path, str]:
    return {to: (root / of).read_text() for of, to in COPIES.items()}


MADE = Generated(COMMAND, "Copy the pages that `explain` reads into the package.", _copies)

if __name__ == "__main__":
    sys.exit(MADE.main())
