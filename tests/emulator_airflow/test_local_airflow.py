"""A real Airflow of each pinned version, started once and used as the MWAA service uses it."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from mwaa_emulator.airflow import LocalAirflow
from mwaa_emulator.airflow.versions import PINNED
from mwaa_emulator.runtime import AirflowRuntime, AirflowUnreachableError, EnvironmentRecord

from .support import HELLO, MemoryBucket, descendants, record, still_there, wait_for

pytestmark = pytest.mark.airflow


@dataclass
class Running:
    airflow: LocalAirflow
    env: EnvironmentRecord
    bucket: MemoryBucket

    def wait_for(self, what: str, condition: Any) -> Any:
        return wait_for(what, condition, lambda: self.airflow.failure(self.env))

    def get(self, path: str, **query: Any) -> Any:
        status, body = self.airflow.invoke(self.env, "GET", path, query, None)
        return body if status == 200 else None

    def option(self, section: str, name: str) -> str:
        shown = self.get(f"/config/section/{section}/option/{name}")
        # Airflow 2 answers this call with text.
        return shown.split(" = ")[1].strip() if isinstance(shown, str) else shown["sections"][0]["options"][0]["value"]

    def pid(self, part: str) -> int:
        return self.airflow._environments[self.env.arn].processes().pids[part]


@pytest.fixture(scope="module", params=[airflow.version for airflow in PINNED])
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    bucket = MemoryBucket()
    bucket.put("dags/hello.py", HELLO.format(name="hello"))
    env = record(request.param, **{"core.max_active_runs_per_dag": "5"})
    airflow = LocalAirflow(variables={"AIRFLOW_VAR_GREETING": "from outside"})
    found = Running(airflow, env, bucket)
    try:
        airflow.start(env, bucket)
        found.wait_for("a healthy Airflow", lambda: airflow.ready(env))
        yield found
    finally:
        airflow.close()


def test_it_is_the_runtime_the_service_asks_for(running: Running) -> None:
    assert isinstance(running.airflow, AirflowRuntime)


def test_ready_means_that_every_part_is_healthy(running: Running) -> None:
    health = running.get("/health" if running.env.major == 2 else "/monitor/health")
    parts = {"metadatabase", "scheduler", "triggerer"} | ({"dag_processor"} if running.env.major == 3 else set())
    assert {part for part in parts if health[part]["status"] == "healthy"} == parts
    assert running.get("/version")["version"] == running.env.airflow_version


def test_the_configuration_options_reach_airflow(running: Running) -> None:
    assert running.option("core", "max_active_runs_per_dag") == "5"


def test_only_who_is_signed_in_gets_an_answer(running: Running) -> None:
    path = f"/api/v{running.env.major - 1}/dags"
    cookie = running.airflow.login(running.env, "alice")
    with httpx.Client(base_url=str(running.airflow.base_url(running.env))) as client:
        assert client.get(path).status_code in {401, 403}
        assert client.get(path, headers={"X-Emulator-User": "mallory"}).status_code in {401, 403}
        client.get("/login/", headers={"X-Emulator-User": "mallory", "X-Emulator-Secret": "guess"})
        assert client.get(path).status_code in {401, 403}
        client.cookies.clear()
        proof = {"Cookie": f"{cookie.name}={cookie.value}"}
        assert client.get(path, headers=proof).status_code == 200
        page = client.get("/home" if running.env.major == 2 else "/", headers=proof)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert cookie.name == ("session" if running.env.major == 2 else "_token")


def test_a_missing_dag_is_a_404_with_airflows_own_body(running: Running) -> None:
    status, body = running.airflow.invoke(running.env, "GET", "/dags/nowhere", None, None)
    assert status == 404
    assert body["detail"]


def test_a_dag_of_the_bucket_runs_to_success(running: Running) -> None:
    running.wait_for("the DAG", lambda: running.get("/dags/hello"))
    assert running.get("/dags/hello")["fileloc"] == "/usr/local/airflow/dags/hello.py"
    running.airflow.invoke(running.env, "PATCH", "/dags/hello", {"update_mask": "is_paused"}, {"is_paused": False})
    body: dict[str, Any] = {"logical_date": None} if running.env.major == 3 else {}
    status, run = running.airflow.invoke(running.env, "POST", "/dags/hello/dagRuns", None, body)
    assert status == 200, run
    path = f"/dags/hello/dagRuns/{run['dag_run_id']}"
    state = running.wait_for("the run's end", lambda: (s := running.get(path)["state"]) in {"success", "failed"} and s)
    assert state == "success"


def test_a_dag_file_follows_the_bucket(running: Running) -> None:
    running.bucket.put("dags/team/second.py", HELLO.format(name="second"))
    running.wait_for("the new DAG", lambda: running.get("/dags/second"))
    running.bucket.put("dags/team/second.py", HELLO.format(name="renamed"))
    running.wait_for("the changed DAG", lambda: running.get("/dags/renamed"))
    running.bucket.delete("dags/team/second.py")
    running.wait_for("the end of the DAG", lambda: "renamed" not in str(running.get("/dags")["dags"]))
    assert "hello" in str(running.get("/dags")["dags"])


def test_a_broken_dag_is_an_import_error_of_its_file_until_it_is_mended(running: Running) -> None:
    running.bucket.put("dags/broken.py", "import airflow_is_not_here  # a dag\n")
    [error] = running.wait_for("the import error", lambda: running.get("/importErrors")["import_errors"])
    assert error["filename"].endswith("broken.py")
    assert "ModuleNotFoundError: No module named 'airflow_is_not_here'" in error["stack_trace"]
    running.bucket.put("dags/broken.py", HELLO.format(name="mended"))
    running.wait_for("the mended DAG", lambda: running.get("/dags/mended"))
    running.wait_for("no import error", lambda: not running.get("/importErrors")["import_errors"])
    running.bucket.delete("dags/broken.py")


def test_cli_commands_see_this_environment(running: Running) -> None:
    airflow, env = running.airflow, running.env
    version = airflow.cli(env, "version")
    assert (version.stdout.decode().splitlines()[-1], version.exit) == (env.airflow_version, 0)
    assert airflow.cli(env, "variables set colour 'dark blue'").exit == 0
    assert running.get("/variables/colour")["value"] == "dark blue"
    assert airflow.cli(env, "variables get greeting").stdout.decode().splitlines()[-1] == "from outside"
    missing = airflow.cli(env, "variables get no-such-variable")
    assert missing.exit != 0
    assert b"no-such-variable" in missing.stderr + missing.stdout


def test_a_command_line_that_no_shell_could_read_runs_nothing(running: Running) -> None:
    unread = running.airflow.cli(running.env, "variables set a 'b")
    assert (unread.exit, unread.stdout) == (2, b"")
    assert b"No closing quotation" in unread.stderr


def test_a_part_that_dies_is_started_again(running: Running) -> None:
    before = running.pid("scheduler")
    tree = descendants(before)
    os.kill(before, signal.SIGKILL)
    running.wait_for("another scheduler", lambda: running.pid("scheduler") != before)
    wait_for("the end of what it had started", lambda: not still_there(tree))
    assert running.airflow.failure(running.env) is None


def test_an_update_restarts_with_the_new_options_and_keeps_the_data(running: Running) -> None:
    airflow, env = running.airflow, running.env
    assert airflow.cli(env, "variables set kept yes").exit == 0
    changed = replace(env, options={"core.max_active_runs_per_dag": "6", "mwaa.triggerer_enabled": "False"})
    assert not airflow.ready(changed)
    airflow.start(changed, running.bucket)
    running.wait_for("the update", lambda: airflow.ready(changed))
    assert not airflow.ready(env)
    running.env = changed
    assert running.get("/variables/kept")["value"] == "yes"
    assert running.option("core", "max_active_runs_per_dag") == "6"
    assert "triggerer" not in airflow._environments[env.arn].processes().pids


def test_stop_leaves_no_process_and_no_answer(running: Running) -> None:
    tree = descendants(running.pid("keeper"))
    home = running.airflow._environments[running.env.arn]._home.path
    assert len(tree) > 2 and home.exists()
    running.airflow.stop(running.env)
    wait_for("the end of all processes", lambda: not still_there(tree))
    wait_for("the end of its directory", lambda: not home.exists())
    assert running.airflow.base_url(running.env) is None
    assert not running.airflow.ready(running.env)
    with pytest.raises(AirflowUnreachableError):
        running.airflow.invoke(running.env, "GET", "/dags", None, None)
    running.airflow.stop(running.env)
