"""DAGs that come with the operator: only on request, in the bucket, and good for the real Airflow of both majors."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_emulator.airflow.install import locate
from mwaa_emulator.airflow.versions import PINNED
from mwaa_operator.sources.lint import defines_dag
from mwaa_operator.sources.provided import provided

FILES = {
    "PrintOptions": "mwaa_operator_print_options.py",
    "CleanMetadata": "mwaa_operator_clean_metadata.py",
    "KeepAlive": "mwaa_operator_keep_alive.py",
    "RunCommand": "mwaa_operator_run_command.py",
}
SECRET = "canary-4f1d2c7e9b"


def there(bucket: Any) -> set[str]:
    return {each.key.removeprefix("dags/") for each in bucket.objects.filter(Prefix="dags/")}


@pytest.mark.row("B76")
async def test_a_dag_that_prints_options_is_delivered_on_request(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {"own.py": "x = 1\n"}})
    await stack.once()
    assert there(bucket) == {"own.py"}
    stack.spec = {**stack.spec, "providedDags": ["PrintOptions"]}
    run = await stack.once()
    assert there(bucket) == {"own.py", FILES["PrintOptions"]}
    assert stack.facts(run)["dagCount"] == 1


@pytest.mark.row("B87")
async def test_a_dag_that_cleans_the_database_is_delivered_on_request(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"providedDags": ["PrintOptions"]})
    await stack.once()
    assert there(bucket) == {FILES["PrintOptions"]}, "it is destructive, and comes by its name alone"
    stack.spec = {**stack.spec, "providedDags": ["CleanMetadata"], "prune": True}
    await stack.once()
    assert there(bucket) == {FILES["CleanMetadata"]}


@pytest.mark.row("B49")
async def test_a_dag_that_keeps_a_worker_is_delivered_on_request(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {"own.py": "x = 1\n"}, "providedDags": ["KeepAlive"]})
    await stack.once()
    assert there(bucket) == {"own.py", FILES["KeepAlive"]}


@pytest.mark.row("D122")
async def test_a_dag_that_runs_commands_is_delivered_on_request_alone(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"providedDags": [name for name in FILES if name != "RunCommand"]})
    await stack.once()
    assert FILES["RunCommand"] not in there(bucket), "whoever triggers it runs what they like"
    stack.spec = {**stack.spec, "providedDags": [*FILES]}
    await stack.once()
    assert there(bucket) == set(FILES.values())


async def test_a_file_of_the_users_own_is_not_overwritten(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {FILES["PrintOptions"]: "x = 1\n"}, "providedDags": ["PrintOptions"]})
    run = await stack.once()
    assert [each.code for each in run.graph.findings] == ["DuplicatePath"]
    assert there(bucket) == set()


@pytest.mark.parametrize("name", FILES)
def test_airflow_finds_a_dag_in_each(name: str) -> None:
    files = provided([name]).files
    assert [*files] == [FILES[name]]
    assert all(map(defines_dag, files.values()))


@pytest.fixture(scope="module", params=PINNED, ids=lambda pinned: pinned.version)
def airflow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Run Python in a real Airflow whose DAG folder has all files; give what it prints."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    for name, content in provided(FILES).files.items():
        (home / "dags" / name).write_bytes(content)
    installed = locate(request.param)
    database = home / "airflow.db"
    database.write_bytes(installed.database.read_bytes())
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "41",
        "AIRFLOW__SMTP__SMTP_PASSWORD": SECRET,
        "AIRFLOW__FOO__TOKEN": SECRET,
        "AIRFLOW__FOO__PLAIN": SECRET,
        "AIRFLOW__SECRETS__BACKEND_KWARGS": f'{{"x": "{SECRET}"}}',
    }

    def python(code: str) -> str:
        text = code.replace("DAGS", repr(str(home / "dags")))
        command = [str(installed.python), "-W", "ignore", "-c", text]
        done = subprocess.run(command, env=given, cwd=home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return python


ROWS = """
from datetime import datetime, timedelta, timezone
from airflow.models.log import Log
from airflow.utils.session import create_session

def rows():
    with create_session() as session:
        return session.query(Log).filter(Log.event == "old").count()

with create_session() as session:
    old = Log(event="old", task_instance=None)
    old.dttm = datetime.now(timezone.utc) - timedelta(days=100)
    session.add(old)
"""
CLEAN = """
import mwaa_operator_clean_metadata as it
for delete in (False, True):
    try:
        it.clean(90, delete)
        print("LEFT", delete, rows())
    except RuntimeError as error:
        print(error)
"""
IMPORT = "import sys; sys.path.insert(0, DAGS)\n"


@pytest.mark.airflow
@pytest.mark.row("B76", "B87", "B49", "D122")
def test_a_real_airflow_imports_all(airflow: Callable[[str], str]) -> None:
    said = airflow(
        "try:\n    from airflow.dag_processing.dagbag import DagBag\n"
        "except ImportError:\n    from airflow.models import DagBag\n"
        "bag = DagBag(DAGS)\n"
        "print('FOUND', dict(bag.import_errors), sorted(bag.dags))"
    )
    assert f"FOUND {{}} {sorted(file.removesuffix('.py') for file in FILES.values())}" in said


@pytest.mark.airflow
@pytest.mark.row("B76")
def test_what_it_prints_is_in_force_and_no_secret(airflow: Callable[[str], str]) -> None:
    said = airflow(IMPORT + "import mwaa_operator_print_options as it; print('\\n'.join(it.effective_options()))")
    assert "core.parallelism = 41 (env var)" in said
    assert "core.dags_folder = " in said
    assert "smtp.smtp_password = ***" in said or "smtp.smtp_password" not in said
    assert "foo.plain = ***" in said or "foo.plain" not in said
    assert SECRET not in said
    assert "sql_alchemy_conn = ***" in said


@pytest.mark.airflow
@pytest.mark.row("B87")
def test_it_deletes_only_when_it_is_told_to(airflow: Callable[[str], str]) -> None:
    said = airflow(IMPORT + ROWS + CLEAN)
    if airflow("import airflow; print(airflow.__version__)").startswith("3"):
        assert said.count("use the command `airflow db clean` instead") == 2
        assert "LEFT" not in said
    else:
        assert "LEFT False 1\n" in said, "without the word it only says what it would delete"
        assert "LEFT True 0\n" in said


@pytest.mark.airflow
@pytest.mark.row("B49")
def test_it_keeps_a_worker_as_long_as_the_options_say(airflow: Callable[[str], str]) -> None:
    said = airflow(
        "import os\nos.environ['AIRFLOW__MWAA_OPERATOR__KEEP_ALIVE_HOURS'] = '4'\n"
        "os.environ['AIRFLOW__MWAA_OPERATOR__KEEP_ALIVE_SCHEDULE'] = '0 6 * * *'\n"
        f"{IMPORT}import mwaa_operator_keep_alive as it\n"
        "it.STEP_SECONDS = 0.01\nit.wait(0.05 / 3600)\nprint('KEPT', it.HOURS, it.SCHEDULE)"
    )
    assert "KEPT 4.0 0 6 * * *" in said


@pytest.mark.airflow
@pytest.mark.row("D122")
def test_a_command_is_run_as_it_was_given(airflow: Callable[[str], str]) -> None:
    said = airflow(
        f"{IMPORT}import mwaa_operator_run_command as it\n"
        "task = it.run_command().get_task('run_command')\n"
        "task.env = {'MWAA_OPERATOR_COMMAND': 'echo \"said $((40 + 2))\" twice'}\n"
        "print('GIVEN', task.execute({'ti': None}))"
    )
    assert "GIVEN said 42 twice" in said
