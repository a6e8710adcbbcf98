"""The state machine as a table: pure, no clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_emulator.mwaa import states
from mwaa_emulator.mwaa.states import Durations, Gate, Phase, Progress, Result, Status

MINUTE = 60.0
ALL = frozenset(Gate)
NONE: frozenset[Gate] = frozenset()
D = Durations()


def walk(course: tuple[Phase, ...], minutes: float, gates: frozenset[Gate] = ALL) -> Status:
    return states.advance(Progress(course, 0.0), minutes * MINUTE, gates).status


CREATE = states.create_course(D, Result.SUCCESS, False)
CUSTOMER = states.create_course(D, Result.SUCCESS, True)
UPGRADE = states.update_course(D, Result.SUCCESS, True)


@pytest.mark.parametrize(
    ("course", "minutes", "gates", "expected"),
    [
        (CREATE, 0, ALL, "CREATING"),
        (CREATE, 24.9, ALL, "CREATING"),
        (CREATE, 25, ALL, "AVAILABLE"),
        (CREATE, 9999, NONE, "CREATING"),
        (states.create_course(D, Result.FAILED, False), 25, NONE, "CREATE_FAILED"),
        (CUSTOMER, 9, ALL, "CREATING"),
        (CUSTOMER, 11, NONE, "PENDING"),
        (CUSTOMER, 72 * 60 + 9, NONE, "PENDING"),
        (CUSTOMER, 72 * 60 + 10, NONE, "CREATE_FAILED"),
        (CUSTOMER, 11, frozenset({Gate.ENDPOINTS}), "CREATING"),
        (states.update_course(D, Result.SUCCESS, False), 19, ALL, "UPDATING"),
        (states.update_course(D, Result.SUCCESS, False), 20, ALL, "AVAILABLE"),
        (states.update_course(D, Result.SUCCESS, False), 60, NONE, "UPDATING"),
        (UPGRADE, 4, ALL, "UPDATING"),
        (UPGRADE, 6, ALL, "CREATING_SNAPSHOT"),
        (UPGRADE, 21, ALL, "UPDATING"),
        (UPGRADE, 61, ALL, "AVAILABLE"),
        (states.update_course(D, Result.ROLLED_BACK, False), 21, NONE, "ROLLING_BACK"),
        (states.update_course(D, Result.ROLLED_BACK, False), 36, NONE, "UPDATE_FAILED"),
        (states.update_course(D, Result.FAILED, False), 21, NONE, "UPDATE_FAILED"),
        (states.update_course(D, Result.UNAVAILABLE, False), 36, NONE, "UNAVAILABLE"),
        (states.update_course(D, Result.FAILED_AVAILABLE, False), 21, NONE, "AVAILABLE"),
        (states.update_course(D, Result.ROLLED_BACK_AVAILABLE, False), 21, NONE, "ROLLING_BACK"),
        (states.update_course(D, Result.ROLLED_BACK_AVAILABLE, False), 36, NONE, "AVAILABLE"),
        (states.update_course(D, Result.ROLLED_BACK, True), 16, NONE, "CREATING_SNAPSHOT"),
        (states.update_course(D, Result.ROLLED_BACK, True), 61, NONE, "ROLLING_BACK"),
        (states.maintenance_course(D.maintenance), 59, NONE, "MAINTENANCE"),
        (states.maintenance_course(D.maintenance), 60, NONE, "AVAILABLE"),
        (states.delete_course(D), 14, NONE, "DELETING"),
        (states.delete_course(D), 15, NONE, "DELETED"),
    ],
)
def test_table(course: tuple[Phase, ...], minutes: float, gates: frozenset[Gate], expected: str) -> None:
    assert walk(course, minutes, gates) == expected


COURSES = [CREATE, CUSTOMER, UPGRADE, states.delete_course(D), *(
    states.update_course(D, result, new) for result in Result for new in (False, True)
)]  # fmt: skip


@given(st.sampled_from(COURSES), st.lists(st.floats(0, 3 * 60 * MINUTE), max_size=20))
def test_no_state_is_jumped_over_however_it_is_looked_at(course: tuple[Phase, ...], steps: list[float]) -> None:
    """Looking often and looking once give the same state, and only ever the next one is entered."""
    now, often = 0.0, Progress(course, 0.0)
    for step in steps:
        now += step
        often = states.advance(often, now, ALL)
        assert often.phases == course[len(course) - len(often.phases) :]
        assert states.advance(often, now, ALL) == often


@given(st.floats(0, 100 * 60 * MINUTE))
def test_without_gates_the_time_alone_decides(now: float) -> None:
    course = states.update_course(D, Result.ROLLED_BACK, True)
    once = states.advance(Progress(course, 0.0), now, NONE)
    halfway = states.advance(Progress(course, 0.0), now / 2, NONE)
    assert states.advance(halfway, now, NONE) == once


@pytest.mark.parametrize(("status", "expected"), [(Status.CREATING, "CREATE_FAILED"), (Status.UPDATING, "ROLLING_BACK")])
def test_airflow_that_cannot_come_up(status: Status, expected: str) -> None:
    progress = Progress((Phase(status, 1.0, Gate.AIRFLOW), Phase(Status.AVAILABLE)), 0.0)
    assert states.failing(progress, 5.0, D).status == expected
