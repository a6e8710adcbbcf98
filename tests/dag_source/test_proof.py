"""What an Airflow must answer before a revision counts as imported, and what a run of it means. Its answers are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.airflow.imports import essence, place
from mwaa_operator.core.kind import shared
from mwaa_operator.core.observed import State

TRACE = """\
Traceback (most recent call last):
  File "/usr/local/airflow/dags/hello.py", line 1, in <module>
    import pandas
ModuleNotFoundError: No module named 'pandas'
"""


class Airflow:
    """The given answers of one environment's Airflow."""

    def __init__(self, stack: Any) -> None:
        self.emulator = stack.emulator

    def lists(self, **files: str) -> None:
        """List DAGs by their file."""
        listed = [
            {"dag_id": dag, "fileloc": f"/usr/local/airflow/dags/{file}", "last_parsed_time": "2020-01-01T00:00:00Z"}
            for dag, file in files.items()
        ]
        self.emulator.airflow_answer("/dags", {"dags": listed, "total_entries": len(listed)})

    def serves(self, dag: str, source: str) -> None:
        self.emulator.airflow_answer(f"/dagSources/{dag}", {"content": source, "dag_id": dag})

    def reports(self, *files: str, at: datetime | None = None, trace: str = TRACE) -> None:
        moment = (at or datetime.now(UTC)).isoformat()
        errors = [{"filename": file, "stack_trace": trace, "timestamp": moment, "import_error_id": 1} for file in files]
        self.emulator.airflow_answer("/importErrors", {"import_errors": errors, "total_entries": len(errors)})


@pytest.fixture
def airflow(stack: Any) -> Airflow:
    return Airflow(stack)


async def test_it_waits_for_an_airflow_but_delivers(stack: Any) -> None:
    stack.environments["first"] = {"facts": {"airflowHealthy": None}}
    run = await stack.once()
    assert stack.seen(run, "tree").state is State.READY
    [need] = run.plan.waits["imports/first"]
    assert "waits for Environment first to be healthy" in need.message
    assert stack.asked() == []


async def test_a_dag_counts_when_airflow_serves_this_very_source(stack: Any, airflow: Airflow, dag: Any) -> None:
    sight = stack.seen(await stack.once())
    assert (sight.state, sight.reason) == (State.BUSY, "AwaitingImport")
    assert "hello.py" in sight.message and "expected by 20" in sight.message
    airflow.lists(hello="hello.py")
    airflow.serves("hello", dag("hello", "of the version before"))
    assert stack.seen(await stack.once()).state is State.BUSY
    airflow.serves("hello", dag("hello", "first"))
    run = await stack.once()
    sight = stack.seen(run)
    assert (sight.state, sight.outputs["proven"]) == (State.READY, True)
    facts = stack.facts(run)
    assert facts["imports"] == [{"environment": "first", "revision": facts["revision"], "proven": True}]
    assert facts["provenIn"] == ["first"]
    assert "provenIn" in shared(stack.kind, facts), "an environment that is replaced waits for it"
    assert "imported by first" in stack.summary(run)


async def test_a_proven_revision_costs_one_question(stack: Any, airflow: Airflow, dag: Any) -> None:
    airflow.lists(hello="hello.py")
    airflow.serves("hello", dag("hello", "first"))
    await stack.once()
    assert stack.asked() == ["GET /importErrors", "GET /dags", "GET /dagSources/hello"]
    assert stack.seen(await stack.once()).state is State.READY
    assert stack.asked() == ["GET /importErrors"]


async def test_what_was_proven_stays_so_while_airflow_is_not_well(stack: Any, airflow: Airflow, dag: Any) -> None:
    airflow.lists(hello="hello.py")
    airflow.serves("hello", dag("hello", "first"))
    stack.environments["first"] = {"facts": {"airflowHealthy": False}}
    sight = stack.seen(await stack.once())
    assert (sight.state, sight.reason, stack.asked()) == (State.BUSY, "DependencyNotReady", [])
    stack.environments["first"] = {}
    await stack.once()
    stack.environments["first"] = {"facts": {"airflowHealthy": False}}
    stack.asked()
    sight = stack.seen(await stack.once())
    assert (sight.state, sight.outputs["proven"], stack.asked()) == (State.READY, True, [])
    stack.spec = {"files": {"hello.py": dag("hello", "second")}}
    assert stack.seen(await stack.once()).state is State.BUSY


async def test_a_new_revision_is_proven_anew(stack: Any, airflow: Airflow, dag: Any) -> None:
    airflow.lists(hello="hello.py")
    airflow.serves("hello", dag("hello", "first"))
    await stack.once()
    stack.spec = {"files": {"hello.py": dag("hello", "second")}}
    assert stack.seen(await stack.once()).state is State.BUSY
    airflow.serves("hello", dag("hello", "second"))
    assert stack.seen(await stack.once()).state is State.READY


async def test_an_import_error_is_shown_by_file_with_airflows_words(stack: Any, airflow: Airflow) -> None:
    airflow.reports("/usr/local/airflow/dags/hello.py", "/usr/local/airflow/dags/other/hello.py")
    run = await stack.once()
    sight = stack.seen(run)
    assert (sight.state, sight.reason) == (State.FAILED, "ImportError")
    assert "hello.py: ModuleNotFoundError: No module named 'pandas'" in sight.message
    [entry] = stack.facts(run)["imports"]
    assert entry["errors"] == [{"file": "hello.py", "message": "ModuleNotFoundError: No module named 'pandas'"}]


async def test_errors_in_files_of_others_do_not_count(stack: Any, airflow: Airflow, dag: Any) -> None:
    airflow.lists(hello="hello.py")
    airflow.serves("hello", dag("hello", "first"))
    airflow.reports("theirs.py", "team/hello.py")
    assert stack.seen(await stack.once()).state is State.READY


async def test_an_error_of_the_version_before_is_not_held_against_the_new_one(
    stack: Any, airflow: Airflow, dag: Any
) -> None:
    airflow.reports("hello.py")
    assert stack.seen(await stack.once()).state is State.FAILED
    stack.spec = {"files": {"hello.py": dag("hello", "mended")}}
    sight = stack.seen(await stack.once())
    assert (sight.state, sight.reason) == (State.BUSY, "AwaitingImport")
    airflow.reports("hello.py", at=datetime.now(UTC) + timedelta(seconds=60))
    assert stack.seen(await stack.once()).state is State.FAILED


async def test_helpers_need_no_proof(stack: Any, airflow: Airflow) -> None:
    stack.spec = {"files": {"helper.py": "def f():\n    return 1\n", "notes.txt": "airflow DAG()"}}
    assert stack.seen(await stack.once()).state is State.READY


async def test_lateness_is_said_and_is_no_failure(stack: Any) -> None:
    stack.now = lambda: datetime.now(UTC) + timedelta(hours=1)
    sight = stack.seen(await stack.once())
    assert (sight.state, sight.reason) == (State.BUSY, "SlowerThanUsual")
    assert ".airflowignore" in sight.message


async def test_airflow_2_proves_by_the_time_of_parsing(stack: Any, airflow: Airflow) -> None:
    stack.version = "2.11.2"
    airflow.lists(hello="hello.py")
    assert stack.seen(await stack.once()).state is State.BUSY
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    listed = {"dag_id": "hello", "fileloc": "/usr/local/airflow/dags/hello.py", "last_parsed_time": later}
    stack.emulator.airflow_answer("/dags", {"dags": [listed], "total_entries": 1})
    assert stack.seen(await stack.once()).state is State.READY
    assert not any("dagSources" in question for question in stack.asked())


async def test_a_folder_that_no_airflow_reads_is_named(stack: Any) -> None:
    stack.environments["first"] = {"spec": {"dagS3Path": "other"}}
    run = await stack.once()
    [need] = run.plan.waits["imports/first"]
    assert (need.reason, "Environment first reads the folder other" in need.message) == ("OutsideDagsFolder", True)


async def test_a_folder_below_the_dag_folder_is_found(stack: Any, airflow: Airflow, dag: Any) -> None:
    stack.spec["path"] = "dags/team"
    airflow.lists(hello="team/hello.py")
    airflow.serves("hello", dag("hello", "first"))
    assert stack.seen(await stack.once()).state is State.READY


@pytest.fixture
def verified(stack: Any, airflow: Airflow, dag: Any) -> Any:
    """A source whose import is proven and that is to be verified by a run."""
    stack.spec["verify"] = {"dagId": "hello", "timeout": "10m"}
    airflow.lists(hello="hello.py")
    airflow.serves("hello", dag("hello", "first"))
    return stack


def run_answers(stack: Any, run_id: str, state: str, **more: Any) -> None:
    body = {"dag_run_id": run_id, "state": state, "queued_at": datetime.now(UTC).isoformat(), **more}
    stack.emulator.airflow_answer(f"/dags/hello/dagRuns/{run_id}", body)
    stack.emulator.airflow_answer("/dags/hello/dagRuns", body, method="POST")


@pytest.mark.row("C167", "C168")
async def test_a_run_is_started_once_after_the_proof(verified: Any) -> None:
    run = await verified.once()
    run_id = f"mwaa-{verified.facts(run)['revision']}"
    assert verified.seen(run, "run/first").state is State.BUSY
    writes = [call.params for call in verified.emulator.calls("mwaa", "InvokeRestApi", write=True)]
    assert [(each["Method"], each["Path"]) for each in writes] == [("PATCH", "/dags/hello"), ("POST", "/dags/hello/dagRuns")]
    verified.emulator.clear_calls()
    run = await verified.once()
    assert verified.seen(run, "run/first").state is State.READY
    assert verified.facts(run)["run"] == {"environment": "first", "dagId": "hello", "runId": run_id, "state": "success"}
    assert f"run {run_id} of DAG hello succeeded" in verified.summary(run)
    assert verified.emulator.calls("mwaa", "InvokeRestApi", write=True) == []
    verified.asked()
    await verified.once()
    assert verified.asked() == ["GET /importErrors"], "a run that has succeeded is not asked about again"


async def test_a_run_that_exists_already_is_fine(verified: Any) -> None:
    verified.emulator.airflow_answer("/dags/hello/dagRuns", {"detail": "exists"}, method="POST", status=409)
    run = await verified.once()
    assert verified.seen(run, "run/first").reason == "DagRunning"
    run_answers(verified, f"mwaa-{verified.facts(run)['revision']}", "running")
    verified.emulator.airflow_answer("/dags/hello/dagRuns", {"detail": "exists"}, method="POST", status=409)
    assert verified.seen(await verified.once(), "run/first").state is State.BUSY


@pytest.mark.parametrize(
    ("state", "age", "expected"),
    [
        ("failed", 0, (State.FAILED, "DagRunFailed")),
        ("running", 11, (State.FAILED, "DagRunTimeout")),
        ("running", 9, (State.BUSY, "DagRunning")),
        ("queued", 0, (State.BUSY, "DagRunning")),
    ],
)
async def test_what_the_state_of_a_run_means(verified: Any, state: str, age: int, expected: tuple[State, str]) -> None:
    revision = verified.facts(await verified.once())["revision"]
    begun = (datetime.now(UTC) - timedelta(minutes=age)).isoformat()
    run_answers(verified, f"mwaa-{revision}", state, queued_at=begun)
    sight = verified.seen(await verified.once(), "run/first")
    assert (sight.state, sight.reason) == expected
    if sight.state is State.FAILED:
        assert "airflow-first-Task" in sight.message


async def test_a_dag_that_is_not_there_is_named(verified: Any) -> None:
    verified.emulator.airflow_answer("/dags/hello", {"detail": "no such DAG"}, method="PATCH", status=404)
    run = await verified.once()
    assert run.problems["run/first"].reason == "DagNotFound"


async def test_a_dag_id_that_no_path_can_hold_is_refused_before_anything_is_asked(verified: Any) -> None:
    verified.spec["verify"] = {"dagId": "d" * 51}
    run = await verified.once()
    assert [need.reason for need in run.plan.step("run/first").needs if need.reason != "PartNotReady"] == ["DagIdTooLong"]


async def test_a_long_dag_id_is_looked_up_in_the_list_of_runs(verified: Any) -> None:
    name = "d" * 50
    verified.spec["verify"] = {"dagId": name}
    revision = verified.facts(await verified.once())["revision"]
    runs = [{"dag_run_id": "scheduled", "state": "failed"}, {"dag_run_id": f"mwaa-{revision}", "state": "success"}]
    verified.emulator.airflow_answer(f"/dags/{name}/dagRuns", {"dag_runs": runs, "total_entries": 2})
    assert verified.seen(await verified.once(), "run/first").state is State.READY


async def test_what_airflow_forbids_names_the_permission(stack: Any) -> None:
    stack.emulator.airflow_answer("/importErrors", {"detail": "Forbidden"}, status=403)
    run = await stack.once()
    problem = run.sights["imports/first"].problem
    assert problem.reason == "AirflowForbids"
    assert "Forbidden" in problem.message and "airflow:InvokeRestApi" in problem.message


async def test_airflow_that_does_not_answer_is_asked_again(stack: Any) -> None:
    stack.emulator.airflow_health("*", None, reachable=False)
    assert (await stack.once()).sights["imports/first"].problem.reason == "AirflowUnavailable"
    stack.emulator.airflow_health("*", None)


async def test_losing_the_memory_costs_questions_only(verified: Any) -> None:
    revision = verified.facts(await verified.once())["revision"]
    run_answers(verified, f"mwaa-{revision}", "success")
    await verified.once()
    verified.memory = {name: replace(known, remember={}) for name, known in verified.memory.items()}
    verified.emulator.clear_calls()
    run = await verified.once()
    assert run.plan.steps == ()
    assert verified.emulator.writes("mwaa") == []


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/usr/local/airflow/dags/a.py", "a.py"),
        ("/usr/local/airflow/dags/team/dags/a.py", "team/dags/a.py"),
        ("team/a.py", "team/a.py"),
        ("/elsewhere/a.py", ""),
    ],
)
def test_where_a_file_is(file: str, expected: str) -> None:
    assert place(file) == expected


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (TRACE, "ModuleNotFoundError: No module named 'pandas'"),
        (
            TRACE + "\nThe above exception\n\n" + TRACE.replace("ModuleNotFound", "Import"),
            "ImportError: No module named 'pandas'",
        ),
        ("Traceback (most recent call last):\n  File x\nValueError: first\nsecond\n", "ValueError: first"),
        ("DagBag import timeout", "DagBag import timeout"),
        ("", "no details"),
    ],
)
def test_the_line_of_a_traceback_that_says_it(trace: str, expected: str) -> None:
    assert essence(trace) == expected
