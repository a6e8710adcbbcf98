"""How many schedulers a version of Airflow can have (guide, 02 section 3.2). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.catalogue import version_tuple
from ..core.finding import Finding

FIRST_WITH_SEVERAL = (2,)


def findings(version: str, schedulers: int | None) -> Iterator[Finding]:
    """Name a number of schedulers that the version cannot have; a version that nobody knows is for AWS to judge."""
    runs = version_tuple(version)
    if runs and runs < FIRST_WITH_SEVERAL and schedulers and schedulers > 1:
        text = f"Airflow {version} has one scheduler, not {schedulers}: several need Airflow 2. Leave the number out."
        yield Finding("SchedulersOutOfRange", "spec.schedulers", text)
