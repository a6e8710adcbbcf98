"""What is left when something is killed, and what is said when Airflow cannot run."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mwaa_emulator.airflow import LocalAirflow
from mwaa_emulator.airflow.versions import DEFAULT

from .support import HELLO, MemoryBucket, descendants, record, still_there, wait_for

pytestmark = pytest.mark.airflow

_STARTER = """\
import importlib.util, json, sys, time
from mwaa_emulator.airflow import LocalAirflow
spec = importlib.util.spec_from_file_location("support", sys.argv[1])
support = importlib.util.module_from_spec(spec)
spec.loader.exec_module(support)
airflow, env = LocalAirflow(), support.record(sys.argv[2])
airflow.start(env, support.MemoryBucket())
support.wait_for("a healthy Airflow", lambda: airflow.ready(env), lambda: airflow.failure(env))
print(json.dumps([str(airflow._root), airflow.base_url(env)]), flush=True)
time.sleep(3600)
"""


@pytest.mark.parametrize("whole_group", [False, True])
def test_nothing_is_left_of_a_killed_emulator(whole_group: bool) -> None:
    support = Path(__file__).with_name("support.py")
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(support), DEFAULT.version],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert starter.stdout is not None
    root, _ = json.loads(starter.stdout.readline())
    tree = descendants(starter.pid)
    assert len(tree) > 4 and Path(root).exists()
    if whole_group:
        os.killpg(starter.pid, signal.SIGKILL)
    else:
        starter.kill()
    starter.wait()
    starter.stdout.close()
    wait_for("the end of all processes", lambda: not still_there(tree))
    wait_for("the end of its directory", lambda: not Path(root).exists())


def test_a_killed_keeper_is_a_failure_and_leaves_nothing() -> None:
    airflow, env = LocalAirflow(), record(DEFAULT.version)
    try:
        airflow.start(env, MemoryBucket())
        wait_for("a healthy Airflow", lambda: airflow.ready(env), lambda: airflow.failure(env))
        keeper = airflow._environments[env.arn].processes().pids["keeper"]
        tree = descendants(keeper)
        os.kill(keeper, signal.SIGKILL)
        reason = wait_for("the failure", lambda: airflow.failure(env))
        assert "keeper ended" in reason
        wait_for("the end of all processes", lambda: not still_there(tree))
        assert not airflow.ready(env)
    finally:
        airflow.close()


def test_an_airflow_that_cannot_start_says_why_and_starts_once_mended(tmp_path: Path) -> None:
    said: list[str] = []
    airflow, bucket = LocalAirflow(tmp_path, progress=said.append), MemoryBucket()
    bucket.put("dags/hello.py", HELLO.format(name="hello"))
    broken, mended = record(DEFAULT.version, **{"scheduler.max_tis_per_query": "many"}), record(DEFAULT.version)
    try:
        airflow.start(broken, bucket)
        reason = wait_for("the failure", lambda: airflow.failure(broken))
        assert "max_tis_per_query" in reason
        assert reason in "\n".join(said)
        assert not airflow.ready(broken)
        airflow.start(mended, bucket)
        wait_for("a healthy Airflow", lambda: airflow.ready(mended), lambda: airflow.failure(mended))
        assert airflow.failure(mended) is None
    finally:
        airflow.close()
    assert list(tmp_path.iterdir()) == []
    assert not [process for process in psutil.Process().children(recursive=True) if "keeper" in process.name()]


def test_an_unknown_version_is_a_failure() -> None:
    airflow, env = LocalAirflow(), record("4.1.0")
    airflow.start(env, MemoryBucket())
    assert "4.1.0 cannot be emulated" in wait_for("the failure", lambda: airflow.failure(env))
    airflow.close()


def test_two_installers_at_once_make_one_complete_installation(tmp_path: Path) -> None:
    # What a killed installer leaves: a directory without its marker.
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "mwaa_emulator.airflow", "install", DEFAULT.version]
    where = "import sys; from mwaa_emulator.airflow import install, versions; print(install.locate(versions.DEFAULT).root)"
    located = subprocess.run([sys.executable, "-c", where], env=environment, capture_output=True, text=True, check=True)
    root = Path(located.stdout.strip())
    (root / "venv").mkdir(parents=True)
    (root / "venv" / "half").touch()
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [each.communicate() for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    assert [stdout.strip() for stdout, _ in told] == [str(root)] * 2
    progress = [stderr for _, stderr in told]
    assert sorted("installing" in each for each in progress) == [False, True], progress
    assert "ready" in "".join(progress) and not (root / "venv" / "half").exists()
    assert (root / "complete").exists() and (root / "airflow.db").stat().st_size > 100_000
