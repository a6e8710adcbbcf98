"""The demo as its user runs it: a command that starts programs, which outlive it only when they should."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.config import Config

from devcluster import tools
from devcluster.lifecycle import uses_current

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.airflow,
    pytest.mark.skipif(uses_current(), reason="the demo of a test starts and ends a cluster of its own"),
]
RUN = "import sys; from devcluster.stack import demo; {changes}; sys.exit(demo.main())"
QUICK = "demo.SPEED = 600.0"
STUCK = "demo.SPEED, demo.PATIENCE_SECONDS = 600.0, 1.0; demo.FLAGS = (*demo.FLAGS, '--iam=disabled')"
ENDLESS = "demo.SPEED = 0.001"
LIMIT = 300


def command(directory: Path, name: str, changes: str = QUICK) -> list[str]:
    return [sys.executable, "-c", RUN.format(changes=changes), name, f"--dir={directory}"]


def demo(directory: Path, name: str, changes: str = QUICK) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(directory, name, changes), capture_output=True, text=True, timeout=LIMIT, check=False)


def processes(directory: Path) -> list[psutil.Process]:
    """Give what runs for a demo: its programs name its directory, and what they have started descends from them."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if str(directory) in " ".join(process.cmdline()) and process.pid != os.getpid():
                for each in (process, *process.children(recursive=True)):
                    found[each.pid] = each
        except psutil.Error:
            continue
    return list(found.values())


def wait(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"waited {LIMIT} s for {what}"
        time.sleep(0.1)


def ended(them: list[psutil.Process]) -> bool:
    """Tell whether none of them runs; one that has ended and that its parent has not heard of does not."""
    return not any(runs(process) for process in them)


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pids(directory: Path) -> dict[str, int]:
    """Read from the records which programs were left running."""
    records = [directory / "operator.json", directory / "emulator.json", *(directory / "cluster").rglob("*.json")]
    found = {path.name.partition(".")[0]: json.loads(path.read_text()) for path in records}
    return {name: record["program"]["pid"] for name, record in found.items() if "program" in record}


def environments(given: dict[str, str]) -> list[str]:
    """List what runs in the emulated AWS of a demo."""
    mwaa = boto3.client(
        "mwaa",
        region_name=given["AWS_REGION"],
        endpoint_url=given["AWS_ENDPOINT_URL"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        config=Config(inject_host_prefix=False),
    )
    return list(mwaa.list_environments()["Environments"])


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "demo"
    yield place
    demo(place, "stop")
    for process in processes(place):
        process.kill()


def test_it_ends_with_a_dag_that_ran_and_is_found_again_until_it_is_stopped(directory: Path) -> None:
    first = demo(directory, "up")
    assert first.returncode == 0, first.stdout + first.stderr
    shown = first.stdout.partition("Five things to try")[2]
    tries = re.findall(r"^  (kubectl .+?) +# ", shown, re.MULTILINE)
    assert len(tries) == 5
    running = pids(directory)
    assert set(running) == {"operator", "emulator", "etcd", "kube-apiserver"}

    given = dict(re.findall(r"^export (\w+)=(.+)$", demo(directory, "env").stdout, re.MULTILINE))
    kubectl = tools.ensure("kubectl")["kubectl"]
    asked = tries[0].replace("kubectl", str(kubectl), 1)
    answer = subprocess.run(asked.split(), env={**os.environ, **given}, capture_output=True, text=True, check=True).stdout
    assert "environment.mwaa-operator.dev/quickstart" in answer
    assert environments(given) == ["quickstart"]

    again = demo(directory, "up")
    assert again.returncode == 0, again.stdout + again.stderr
    assert pids(directory) == running

    # an emulated AWS that died has taken everything with it: what was Ready there is made again
    psutil.Process(running["emulator"]).kill()
    anew = demo(directory, "up")
    assert anew.returncode == 0, anew.stdout + anew.stderr
    given = dict(re.findall(r"^export (\w+)=(.+)$", demo(directory, "env").stdout, re.MULTILINE))
    assert environments(given) == ["quickstart"]
    running = pids(directory)

    left = processes(directory)
    assert set(running.values()) <= {process.pid for process in left}
    stopped = demo(directory, "stop")
    assert stopped.returncode == 0
    assert all(name in stopped.stdout for name in running)
    assert ended(left)
    assert processes(directory) == []
    refused = demo(directory, "env")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "make demo" in refused.stderr


def test_what_is_stuck_is_named_and_stays_to_be_looked_at(directory: Path) -> None:
    done = demo(directory, "up", STUCK)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^ExecutionRole/quickstart is not Ready: \w+: .*IAM", done.stderr, re.MULTILINE)
    logs = re.search(r"^Logs: (.+), (.+)$", done.stderr, re.MULTILINE)
    assert logs
    assert all(Path(name).stat().st_size for name in logs.groups())
    assert "make demo-stop" in done.stderr
    assert set(pids(directory)) == {"operator", "emulator", "etcd", "kube-apiserver"}
    assert demo(directory, "env").returncode == 0
    left = processes(directory)
    assert demo(directory, "stop").returncode == 0
    assert ended(left)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_a_demo_that_is_ended_while_it_waits_leaves_no_process(directory: Path, number: signal.Signals) -> None:
    directory.mkdir()
    said = directory / "said"
    with said.open("w") as output:
        running = subprocess.Popen(command(directory, "up", ENDLESS), stdout=output, stderr=output)
    wait(
        lambda: "Network/quickstart" in said.read_text().partition("Applying")[2] or running.poll() is not None, "the board"
    )
    assert running.poll() is None, said.read_text()
    refused = demo(directory, "stop")
    assert refused.returncode == 1
    assert "Ctrl-C" in refused.stderr
    left = processes(directory)
    assert len(left) > 4
    running.send_signal(number)
    code = running.wait(LIMIT)
    assert code == (130 if number is signal.SIGINT else -number)
    wait(lambda: ended(left), "all processes to end")
    assert processes(directory) == []


def test_a_directory_without_a_demo_has_nothing_to_stop(tmp_path: Path) -> None:
    done = demo(tmp_path / "nothing", "stop")
    assert (done.returncode, done.stdout) == (0, "==> Nothing was running\n")
    assert not (tmp_path / "nothing").exists()
