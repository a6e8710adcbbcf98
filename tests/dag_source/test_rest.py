"""The port to Airflow: pages, paths, and what its refusals become."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.airflow.rest import PATH_LIMIT, Airflow, dag_path, fits
from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.resources.airflow import DAG_ID_LIMIT


@pytest.fixture
def airflow(stack: Any) -> Airflow:
    return Airflow(stack.aws, "us-east-1", "first", "3.3.1")


async def test_a_list_is_read_to_its_end(stack: Any, airflow: Airflow) -> None:
    stack.emulator.airflow_answer("/dags", {"dags": [{"dag_id": "x"}] * 100, "total_entries": 250})
    assert len(await airflow.every("/dags", "dags")) == 300  # the given answer is the same for every page
    asked = [call.params["QueryParameters"] for call in stack.emulator.calls("mwaa", "InvokeRestApi")]
    assert asked == [{"limit": 100, "offset": offset} for offset in (0, 100, 200)]


async def test_a_list_that_ends_early_is_not_asked_for_ever(stack: Any, airflow: Airflow) -> None:
    stack.emulator.airflow_answer("/dags", {"dags": [], "total_entries": 250})
    assert await airflow.every("/dags", "dags") == []


async def test_a_path_that_aws_does_not_pass_on_is_never_sent(stack: Any, airflow: Airflow) -> None:
    with pytest.raises(OutsideError) as caught:
        await airflow.ask("GET", "/dags/" + "x" * PATH_LIMIT)
    assert (caught.value.problem.trouble, caught.value.problem.reason) == (Trouble.REFUSED, "PathTooLong")
    assert stack.asked() == []


def test_the_longest_dag_id_that_can_be_run() -> None:
    assert fits(dag_path("d" * DAG_ID_LIMIT, "dagRuns"))
    assert not fits(dag_path("d" * (DAG_ID_LIMIT + 1), "dagRuns"))


@pytest.mark.parametrize(
    ("status", "body", "trouble", "words"),
    [
        (503, {"message": "no worker"}, Trouble.UNAVAILABLE, "503: no worker"),
        (403, {"detail": "Forbidden"}, Trouble.DENIED, "Allow airflow:InvokeRestApi on role/first/User"),
        (422, {"detail": [{"loc": ["body"], "msg": "Field required"}]}, Trouble.REFUSED, "422: Field required"),
        (400, {"title": "Bad Request", "detail": None}, Trouble.REFUSED, "400: Bad Request"),
    ],
)
async def test_what_airflows_refusals_become(
    stack: Any, airflow: Airflow, status: int, body: Any, trouble: Trouble, words: str
) -> None:
    stack.emulator.airflow_answer("/dags", body, status=status)
    with pytest.raises(OutsideError) as caught:
        await airflow.every("/dags", "dags")
    assert caught.value.problem.trouble is trouble
    assert words in caught.value.problem.message


@pytest.mark.parametrize(("version", "answers"), [("2.4.3", True), ("2.2.2", False), ("3.3.1", True), ("2.10.1", True)])
def test_which_versions_can_be_asked(stack: Any, version: str, answers: bool) -> None:
    assert Airflow(stack.aws, "us-east-1", "first", version).answers is answers
