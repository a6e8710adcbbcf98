"""What is asked of a resolver before a requirements.txt is uploaded, and what its answer means. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from ..core.finding import Finding, Severity
from .constraint_lines import constraints, package
from .lint_requirements import CONSTRAINT_SINCE, Installer, Requirements
from .requirements import constraint_url

PYPI = "https://pypi.org/simple"
SHOWN = 1500
"""So much of a resolver's text is shown: it begins with what it has found."""
_WEB = re.compile(r"https?://[^\s@$]+")
"""A place that can be asked without credentials."""


@dataclass(frozen=True)
class Resolution:
    """One question: can these be installed together?"""

    airflow: str
    python: str
    packages: tuple[str, ...]
    """By name, as lines of requirements.txt. What is named by its place is left out: only MWAA can read that."""
    constraint_urls: tuple[str, ...] = ()
    constraints: str = ""
    """Further constraints, as a text: lines of packages with versions, and nothing else."""
    index_url: str = PYPI
    extra_index_urls: tuple[str, ...] = ()
    is_old_linux: bool = False
    """It is installed on Amazon Linux 2, and not on 2023."""

    def text(self) -> str:
        """Write it down; equal questions are equal texts."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Resolution:
        """Read it back."""
        given: dict[str, Any] = json.loads(text)
        lists = {name: tuple(given[name]) for name in ("packages", "constraint_urls", "extra_index_urls")}
        return cls(**{**given, **lists})


def question(
    file: Requirements, read: Callable[[str], str | None], index_url: str | None, is_old_linux: bool
) -> Resolution | str | None:
    """Say what to ask of a file.

    Args:
        file: for one installer.
        read: gives the text of a file below `/usr/local/airflow`, where it is known.
        index_url: asked in place of those that the file names.
        is_old_linux: it is installed on Amazon Linux 2.

    Returns:
        The question; why none can be asked; or None where there is nothing to ask: all is there already.
    """
    asker: Installer = file.installer
    named = [line for line in file.packages if not line.is_placed]
    if file.has("--no-index") or not named or not asker.python:
        return None
    if any(line.is_too_long for line in file.lines):
        return "it has a line that is too long to be read"
    packages = tuple(map(package, named))
    if not all(packages):
        line = named[packages.index("")]
        return f"{line.name} does not stand there as a package with versions, as pip has it"
    urls: list[str] = []
    texts: list[str] = []
    for _, value in file.option("--constraint"):
        known = None if _WEB.fullmatch(value) else read(value)
        if known is not None:
            texts.append(known)
        elif _WEB.fullmatch(value):
            urls.append(value)
        else:
            return "the constraints that it names are not known here, or want a password"
    if not (urls or texts) and not asker.is_before(CONSTRAINT_SINCE):
        urls.append(constraint_url(asker.version, asker.python))  # as MWAA does
    indexes = [value for _, value in file.option("--index-url")]
    extra = [value for _, value in file.option("--extra-index-url")]
    if index_url is None and not all(map(_WEB.fullmatch, (*indexes, *extra))):
        return "the index that the file names wants credentials, which only the environment has"
    first = index_url or (indexes[-1] if indexes else PYPI)
    more = () if index_url else tuple(extra)
    text = "".join(f"{line}\n" for each in texts for line in constraints(each))
    return Resolution(asker.version, asker.python, packages, tuple(urls), text, first, more, is_old_linux)


def conflict(where: str, asked: Resolution, said: str) -> Finding:
    """Name requirements that cannot be installed together, in the resolver's words."""
    text = (
        f"they cannot be installed together on Airflow {asked.airflow} (Python {asked.python}), and are not "
        "uploaded: the last "
        f"good file stays. uv says: {shortened(said)} Change what it names."
    )
    return Finding("RequirementsConflict", where, text)


def not_resolved(where: str, airflow: str, why: str) -> Finding:
    """Say that nobody knows whether requirements can be installed together."""
    text = (
        f"whether they can be installed together on Airflow {airflow} was not checked: {why.rstrip('.')}. "
        "They are uploaded all "
        "the same. Name an index that the operator reaches in spec.requirements.resolution.indexUrl, or "
        "switch the check off "
        "with spec.requirements.resolution.enabled: false."
    )
    return Finding("RequirementsNotResolved", where, text, Severity.WARNING)


def shortened(said: str) -> str:
    """Give a resolver's text as one line of bounded length."""
    line = " ".join(said.split()).removeprefix("error: ")
    line = line if len(line) <= SHOWN else f"{line[:SHOWN]}..."
    return line if line.endswith(".") else f"{line}."
