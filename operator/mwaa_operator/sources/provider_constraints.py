"""Constraints in which some providers have another version (guide part 2, section 1.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..core.finding import Finding, Severity
from .lint_requirements import PROVIDER
from .requirement_lines import read

_PYTHON = re.compile(r"constraints-(?:[a-z-]+-)?(\d[\d.]*)\.txt$")


def edited(text: str, providers: Mapping[str, str]) -> str:
    """Pin providers to other versions; all else stays as it is.

    Args:
        text: the constraints of a version of Airflow.
        providers: versions by name, without `apache-airflow-providers-`.
    """
    wanted = {f"{PROVIDER}{name}": version for name, version in providers.items()}
    lines = []
    for line in read(text):
        pinned = wanted.pop(line.name, None) if line.name else None
        lines.append(f"{line.name}=={pinned}" if pinned else line.raw)
    lines += [f"{name}=={version}" for name, version in sorted(wanted.items())]
    return "".join(f"{line}\n" for line in lines)


def unreachable(where: str, why: str) -> Finding:
    """Say that the constraints cannot be read that are to be changed."""
    text = f"{why} What was delivered stays. Name a place that the operator reaches in spec.requirements.constraint."
    return Finding("ConstraintsUnreachable", where, text, Severity.WARNING)


def pins(providers: Mapping[str, str]) -> str:
    """Give the lines of requirements.txt that ask for them."""
    return "".join(f"{PROVIDER}{name}=={version}\n" for name, version in sorted(providers.items()))


def file_name(url: str, airflow_version: str = "") -> str:
    """Name the file as the guide does: `constraints-3.11-updated.txt`.

    Args:
        url: where the constraints are from.
        airflow_version: to tell it from the file of another version with the same Python.
    """
    found = _PYTHON.search(url)
    words = ["constraints", airflow_version, found[1] if found else "", "updated"]
    return "-".join(word for word in words if word) + ".txt"
