"""Is an environment large enough for its DAGs, and does it keep its workers for its load? Pure (guide 02, sections 3, 4)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.catalogue import EnvironmentClass
from ..core.finding import Finding, Severity

SIZE = "spec.environmentClass"
LOAD, BURSTY = "mwaa-operator.dev/load", "bursty"
"""The label by which a user says that tasks come in bursts, with some minutes of nothing in between."""


def dags(number: int | None, size: str, known: EnvironmentClass) -> Iterator[Finding]:
    """Compare the DAGs that the files are known to define with what the class is good for."""
    room = known.dagCapacity
    if not number or not room or number * 2 < room:
        return
    text = f"the DAG sources define at least {number} DAGs, and {size} is good for {room}."
    if number > room:
        then = "Take a larger class, or tasks may be scheduled late."
        yield Finding("DagsAboveCapacity", SIZE, f"{text} {then}", Severity.WARNING)
    else:
        yield Finding("DagsNearCapacity", SIZE, f"{text} Plan a larger class.", Severity.WARNING)


def bursts(label: str | None, fewest: int | None, most: int | None) -> Iterator[Finding]:
    """Advise against scaling down between bursts. Sizes are as declared, else as AWS has chosen."""
    if label == BURSTY and fewest is not None and most is not None and fewest < most:
        yield Finding(
            "BurstyLoadScalesDown",
            "spec.minWorkers",
            f"{fewest} is less than maxWorkers, {most}, and the label {LOAD} says {BURSTY}: after two minutes without a "
            "task workers go, which takes up to five minutes, and tasks that come meanwhile wait for new ones; before May "
            "2024 they could be killed. Set spec.fixedWorkers to what the average load needs, or keep one task running.",
            Severity.WARNING,
        )
