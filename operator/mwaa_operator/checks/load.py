"""Is an environment large enough for its DAGs, and does it keep its workers for its load? Pure (guide 02, sections 3, 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from ..core.catalogue import EnvironmentClass
from ..core.finding import Finding, Severity

SIZE = "spec.environmentClass"
LOAD, BURSTY = "mwaa-operator.dev/load", "bursty"
"""The label by which a user says that tasks come in bursts, with some minutes of nothing in between."""
MINUTE = timedelta(minutes=1)
IDLE, LEAVING = 2, 5
"""Minutes without a task after which workers are to go, and the most that they then take (guide, scaling down)."""
KEPT_SINCE = date(2024, 5, 10)
"""Since then a worker that still works, or is given a task, is kept (the guide's document history). Before that it was
stopped after 120 seconds. Nothing says that containers from before have learned it."""


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


def pause(counted: Mapping[datetime, float]) -> int | None:
    """Give the minutes of the last pause between tasks in which workers go and are wanted back; None without one.

    MWAA lets workers go after two minutes without a task, and it takes them two to five more: a pause that ends in that
    time costs most. A shorter one moves nothing, a longer one is what scaling is for.

    Args:
        counted: tasks that waited or ran in each minute, oldest first. A minute that nobody has counted ends a pause, which
            then is none.
    """
    last: int | None = None
    busy: datetime | None = None
    before: datetime | None = None
    for minute, number in counted.items():
        if before and minute - before != MINUTE:
            busy = None
        if number > 0:
            idle = (minute - busy) // MINUTE - 1 if busy else 0
            last = idle if IDLE <= idle <= IDLE + LEAVING else last
            busy = minute
        before = minute
    return last


def bursts(
    label: str | None, idle: int | None, fewest: int | None, most: int | None, built: date | None
) -> Iterator[Finding]:
    """Advise against scaling down between bursts.

    Args:
        label: the value of the label `LOAD`.
        idle: the minutes of a pause that CloudWatch has seen.
        fewest: workers, as declared, else as AWS has chosen.
        most: the same.
        built: when the containers of the environment were last made anew; None where there are none yet.
    """
    if not (label == BURSTY or idle) or fewest is None or most is None or fewest >= most:
        return
    says = f"CloudWatch has seen {idle} minutes without a task between tasks" if idle else f"the label {LOAD} says {BURSTY}"
    fate = "wait for new ones"
    if built and built < KEPT_SINCE:
        fate = (
            f"may go to a worker that is leaving, and end with it after 120 seconds: this was so before {KEPT_SINCE}, and "
            f"the environment was last built on {built}"
        )
    yield Finding(
        "BurstyLoadScalesDown",
        "spec.minWorkers",
        f"{fewest} is less than maxWorkers, {most}, and {says}. After two minutes without a task workers go, which takes up "
        f"to five minutes, and tasks that come meanwhile {fate}. Set spec.fixedWorkers to what the average load needs, or "
        "keep one task running.",
        Severity.WARNING,
    )
