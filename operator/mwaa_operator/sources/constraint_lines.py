"""The lines that may be handed to a resolver: packages and their versions. All else stays behind, above all other files.

A line such as `-c /proc/1/environ` would have the resolver read that file, and say in its message what it could not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .requirement_lines import Line, read

LONGEST = 1000
"""Characters of a line that is passed on."""
_VERSION = r"(?:===?|~=|!=|<=?|>=?)\s*[0-9A-Za-z][\w.!+*-]*"
_VERSIONS = rf"{_VERSION}(?:\s*,\s*{_VERSION})*"
_PACKAGE = re.compile(
    rf"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:\s*\[[\w.,\s-]*\])?\s*(?:{_VERSIONS}|\(\s*{_VERSIONS}\s*\))?"
    r"(?:\s*;\s*[\w.,'\"<>=!~()\s*+-]+)?",
    re.ASCII,
)
_LIMITED = re.compile(r"[^;]*[<>=]")
_OPTION = re.compile(r"(?:^|\s)-")


def package(line: Line) -> str:
    """Write a line of requirements anew: name, extras, versions and condition. Empty where it says anything else."""
    extras = f"[{','.join(line.extras)}]" if line.extras else ""
    text = f"{line.name}{extras}{line.wanted}" + (f" ; {line.marker}" if line.marker else "")
    return text if line.name and _is_package(text) else ""


def constraints(text: str) -> Iterator[str]:
    """Give the lines of a constraints file that name a package with its versions."""
    for line in read(text):
        found = package(line)
        if found and _LIMITED.match(found):
            yield found


def strange(text: str) -> int | None:
    """Give the number of the first line that belongs in no constraints file; None where it is one.

    Such a file has empty lines, comments, and packages with versions: what a server answers that is asked for something else
    looks otherwise.
    """
    for number, line in enumerate(text.splitlines(), 1):
        said = line.strip()
        if said and not said.startswith("#") and not (_is_package(said) and _LIMITED.match(said)):
            return number
    return None


def _is_package(text: str) -> bool:
    if len(text) > LONGEST or _OPTION.search(text):
        return False
    return bool(_PACKAGE.fullmatch(" ".join(text.split())))  # many spaces take a regular expression long
