"""The samples' DAGs and plugins in the real Airflow of both majors."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

from mwaa_emulator.airflow.install import locate
from mwaa_emulator.airflow.versions import PINNED
from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.api.samples import CATALOGUE
from mwaa_operator.sources import samples

from .test_samples import every

pytestmark = pytest.mark.airflow
GIVEN = {"EnvironmentVariables": {"variables": "OURS=a=b"}, "TimeZone": {"timeZone": "Asia/Kolkata"}}


@pytest.fixture(scope="module", params=PINNED, ids=lambda pinned: pinned.version)
def airflow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Run Python in a real Airflow with the DAGs and the plugins of all samples; give what it prints."""
    home = tmp_path_factory.mktemp("airflow")
    declared = [{**each, "parameters": {**each["parameters"], **GIVEN.get(each["name"], {})}} for each in every()]
    spec = DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "samples": declared})
    for folder, sources in (("dags", samples.dags(spec.samples)), ("plugins", samples.plugins(spec.samples))):
        (home / folder).mkdir()
        for source in sources:
            for name, content in source.files.items():
                (home / folder / name).write_bytes(content)
    # what stands for the line `virtualenv` of requirements.txt: Airflow 2 takes no such DAG without it
    (home / "installed").mkdir()
    (home / "installed" / "virtualenv.py").touch()
    installed = locate(request.param)
    database = home / "airflow.db"
    database.write_bytes(installed.database.read_bytes())
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": str(home / "installed"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__LAZY_LOAD_PLUGINS": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }

    def python(code: str) -> str:
        text = f"import sys; sys.path.insert(0, {str(home / 'dags')!r})\n{code.replace('DAGS', repr(str(home / 'dags')))}"
        command = [str(installed.python), "-W", "ignore", "-c", text]
        done = subprocess.run(command, env=given, cwd=home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return python


@pytest.mark.row("C160")
def test_it_imports_the_dag_of_each(airflow: Callable[[str], str]) -> None:
    said = airflow(
        "try:\n    from airflow.dag_processing.dagbag import DagBag\n"
        "except ImportError:\n    from airflow.models import DagBag\n"
        "bag = DagBag(DAGS)\n"
        "print('FOUND', dict(bag.import_errors), len(bag.dags), len({dag.fileloc for dag in bag.dags.values()}))"
    )
    count = sum(bool(entry.dag) for entry in CATALOGUE.values())
    assert f"FOUND {{}} {count} {count}" in said


LOADED = """
from airflow import plugins_manager
plugins_manager.ensure_plugins_loaded() if hasattr(plugins_manager, "ensure_plugins_loaded") else None
errors = plugins_manager.import_errors if hasattr(plugins_manager, "import_errors") else plugins_manager._get_plugins()[1]
print("ERRORS", errors)
import os, time
print("ZONE", os.environ.get("TZ"), time.strftime("%Z"))
print("OURS", os.environ.get("OURS"), "/usr/local/airflow/.local/bin" in os.environ["PATH"].split(":"))
print("ORACLE", os.environ.get("LD_LIBRARY_PATH"))
print("HIVE", os.environ.get("HIVE_HOME"), os.environ.get("CLASSPATH"))
"""


@pytest.mark.row("B136")
def test_it_loads_each_plugin(airflow: Callable[[str], str]) -> None:
    said = airflow(LOADED)
    assert "ERRORS {}" in said
    assert "ZONE Asia/Kolkata IST" in said
    assert "OURS a=b True" in said
    assert "ORACLE /usr/local/airflow/plugins/instantclient_18_5" in said
    folder = "/usr/local/airflow/plugins/apache-hive-3.1.2-bin"
    assert f"HIVE {folder} {folder}/lib/*" in said


VIRTUALENV = """
import sys
from airflow import __version__
try:
    from airflow.utils import python_virtualenv as there
    there._generate_virtualenv_cmd = lambda tmp_dir, python_bin, system_site_packages: ["virtualenv", tmp_dir]
except ImportError:
    there = None
import os, runpy
runpy.run_path(os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] + "/virtual_python_plugin.py")
if there:
    made = there._generate_virtualenv_cmd("/tmp/x", "python3", True)
    print("MADE", made == [sys.executable, "-m", "virtualenv", "/tmp/x", "--system-site-packages", "--python=python3"])
else:
    print("NOTHING TO MEND in", __version__)
"""


@pytest.mark.row("D128", "B136")
def test_virtual_environments_are_made_by_the_python_that_runs(airflow: Callable[[str], str]) -> None:
    """An early Airflow 2 starts a program that MWAA's workers do not find: here the real one is taken back to that."""
    said = airflow(VIRTUALENV)
    assert "MADE True" in said or "NOTHING TO MEND in 3" in said


EXPORT = """
import metadata_to_csv as it
from airflow import __version__
if __version__.startswith("2"):
    from datetime import datetime, timezone, timedelta
    from airflow.models import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunType
    now = datetime.now(timezone.utc)
    with create_session() as session:
        for name, age in (("young", 1), ("old", 40)):
            when = now - timedelta(days=age)
            session.add(DagRun(name, f"{name}-run", execution_date=when, start_date=when, run_type=DagRunType.MANUAL,
                               state="success"))
    made = it.exported(30)
    print("TABLES", sorted(made), "young-run" in made["dag_run"], "old-run" in made["dag_run"])
else:
    try:
        it.exported(30)
    except RuntimeError as error:
        print("REFUSED", error)
"""


@pytest.mark.row("C160")
def test_rows_of_the_last_days_are_exported(airflow: Callable[[str], str]) -> None:
    said = airflow(EXPORT)
    assert "TABLES ['dag_run'] True False" in said or "REFUSED Airflow 3 lets no task at the database" in said


@pytest.mark.row("C160")
def test_a_worker_is_measured(airflow: Callable[[str], str]) -> None:
    said = airflow(
        "import importlib; it = importlib.import_module('dag-custom-metrics')\nfound = it.metrics()\n"
        "print('MEASURED', len(found), sorted({each['Unit'] for each in found}), it.PARAMETERS['namespace'], "
        "all(each['Value'] >= 0 for each in found))"
    )
    assert "MEASURED 10 ['Bytes', 'Percent'] MWAA-Custom True" in said
