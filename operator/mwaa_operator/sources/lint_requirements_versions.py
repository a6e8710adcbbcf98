"""Which versions a requirements.txt asks for: constraints, pins, extras (guide part 2, section 12; part 4, section 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.catalogue import version_tuple
from ..core.finding import Finding, Severity
from .lint_plugins import LARGE
from .lint_requirements import CONSTRAINT_SINCE, PROVIDER, Requirements, listed

_PUBLISHED = re.compile(r"/constraints-(\d[\w.]*)/constraints-(?:[a-z-]+-)?(\d[\d.]*)\.txt")
BASE = frozenset({"boto", "boto3", "botocore", "psycopg2-binary"})
"""What the guide names as part of the base install."""
MANY = 100
"""So many packages with all that they need may take longer than the ten minutes that there are."""


def constraint_missing(file: Requirements) -> Iterator[Finding]:
    """Find a file without constraints, from the version on that wants them."""
    if not file.installed or file.has("--constraint", "--no-index") or file.installer.is_before(CONSTRAINT_SINCE):
        return
    version, python = file.installer.version or "<version>", file.installer.python or "<Python version>"
    first = file.installed[0]
    yield Finding(
        "ConstraintMissing",
        first.where,
        f"it has no --constraint line, which Airflow {CONSTRAINT_SINCE} and later want: MWAA puts in one of "
        "its own. Begin the "
        f'file with --constraint "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/'
        f'constraints-{python}.txt", so that you know what is installed.',
        Severity.WARNING,
        line=first.number,
    )


def constraint_of_other_version(file: Requirements) -> Iterator[Finding]:
    """Find the constraints of another Airflow, or of another Python."""
    version, python = file.installer.version, file.installer.python
    for line, value in file.option("--constraint"):
        found = _PUBLISHED.search(value)
        if not found or not version:
            continue
        if version_tuple(found[1]) != version_tuple(version):
            wrong, right = f"Airflow {found[1]}", version
        elif python and found[2] != python:
            wrong, right = f"Python {found[2]}", f"Airflow {version} with Python {python}"
        else:
            continue
        yield Finding(
            "ConstraintOfOtherVersion",
            line.where,
            f"its constraints are those of {wrong}, and this is {right}: pip will find conflicts or install "
            "what does not fit. "
            f"Name the constraints of {version}{f' and Python {python}' if python else ''}.",
            Severity.WARNING,
            line=line.number,
        )


def extras_of_other_version(file: Requirements) -> Iterator[Finding]:
    """Find extras of Airflow that are pinned to another Airflow, which pip would install in place of the one there is."""
    version = file.installer.version
    for line in file.packages:
        asked = line.pin if line.name == "apache-airflow" and line.extras else ""
        if asked and version and version_tuple(asked) != version_tuple(version):
            yield Finding(
                "ExtrasOfOtherVersion",
                line.where,
                f"{line.text.split(';')[0].strip()} asks for extras of Airflow {line.pin}, and this is {version}. Pin "
                "them to the same version.",
                Severity.WARNING,
                line=line.number,
            )


def not_pinned(file: Requirements) -> Iterator[Finding]:
    """Find packages that are of whatever version there is that day.

    Wheels without an index are those that lie there. The constraints of Airflow name every provider.
    """
    if file.has("--no-index"):
        return
    limited = file.has("--constraint")
    ours = ("apache-airflow", PROVIDER)
    loose = [line for line in file.packages if not (line.pin or line.is_placed)]
    loose = [line for line in loose if not (limited and (line.name == ours[0] or line.name.startswith(ours[1])))]
    if loose:
        unless = ", unless the constraints name it. Pin them with `==`, to what the constraints have where they name one."
        yield Finding(
            "RequirementsNotPinned",
            loose[0].where,
            f"{listed(loose)}: no fixed version, so that each start may install another one"
            + (unless if limited else ". Pin them with `==`."),
            Severity.WARNING,
            line=loose[0].number,
        )


def in_base_image(file: Requirements) -> Iterator[Finding]:
    """Find what every environment has already."""
    again = [line for line in file.packages if line.name in BASE]
    if again:
        asked = ", ".join(dict.fromkeys(line.shown for line in again))
        yield Finding(
            "AlreadyInBaseImage",
            again[0].where,
            f"{asked}: redundant, since every environment has it; another version than that one may break Airflow's own AWS "
            "connections. Take it out.",
            Severity.WARNING,
            line=again[0].number,
        )


def large(file: Requirements) -> Iterator[Finding]:
    """Find a list that may take longer to install than AWS waits."""
    if len(file.installed) > MANY:
        first = file.installed[0]
        yield Finding(
            "RequirementsLarge",
            first.where,
            f"it lists {len(file.installed)} packages: the installation must end within 10 minutes, or the environment is "
            "rolled back, and the guide advises less than 1 GB in all. Leave out what others bring along, or "
            "give wheels in "
            "plugins.zip, which install faster.",
            Severity.WARNING,
            line=first.number,
        )


def large_wheels(where: str, size: int) -> Iterator[Finding]:
    """Find wheels of more than the guide advises.

    Args:
        where: the field that they come from.
        size: of all of them, in bytes.
    """
    if size > LARGE:
        yield Finding(
            "WheelsLarge",
            where,
            f"its wheels have {size / LARGE:.1f} GB: the guide advises less than 1 GB of libraries in all, and the "
            "installation must end within 10 minutes, or the environment is rolled back. Take out what the "
            "DAGs do not import.",
            Severity.WARNING,
        )
