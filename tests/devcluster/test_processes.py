"""Nothing survives its purpose: programs end with their owner, however it ends, and with all that they have started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from devcluster import ProcessFailed, Running, processes, spawn, supervisor

# A program that starts two others, one of which leaves its session as daemons do, and says their pids.
FAMILY = """
import os, subprocess, sys, time
plain = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
daemon = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(os.getpid(), plain.pid, daemon.pid, flush=True)
time.sleep(600)
"""
OWNER = """
import os, sys, time
from pathlib import Path
from devcluster.processes import spawn
running = spawn([sys.executable, "-c", sys.argv[1]], log=Path(sys.argv[2]))
running.wait_until(lambda: len(running.log.read_text().split()) == 3, 60)
if sys.argv[3] == "fork":
    if os.fork() == 0:
        time.sleep(600)
if sys.argv[3] == "detach":
    running.detach(Path(sys.argv[4]))
print("started", flush=True)
if sys.argv[3] != "detach":
    time.sleep(600)
"""


def pids_in(log: Path) -> list[int]:
    return [int(word) for word in log.read_text().split()]


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started_family(tmp_path: Path, eventually) -> tuple[Running, list[int]]:
    running = spawn([sys.executable, "-c", FAMILY], log=tmp_path / "log")
    eventually(lambda: len(running.log.read_text().split()) == 3, "the family has started")
    return running, pids_in(running.log)


def test_stop_ends_the_program_and_all_that_it_started(tmp_path, eventually):
    running, pids = started_family(tmp_path, eventually)
    assert running.pid == pids[0]
    assert running.alive()
    assert running.stop() == 128 + signal.SIGTERM
    assert not running.alive()
    assert not any(map(runs, pids))
    running.stop()  # once more does no harm


def test_a_program_that_ignores_the_stop_signal_is_killed(tmp_path, eventually):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    running = spawn([sys.executable, "-c", stubborn], log=tmp_path / "log", grace=0.2)
    eventually(lambda: "deaf" in running.log.read_text(), "the signal is ignored")
    assert running.stop() == 128 + signal.SIGKILL


def test_the_stop_signal_can_be_chosen_and_its_exit_code_is_known(tmp_path, eventually):
    polite = (
        "import signal, sys, time; signal.signal(signal.SIGINT, lambda *_: sys.exit(7));"
        "print('up', flush=True); time.sleep(600)"
    )
    running = spawn([sys.executable, "-c", polite], log=tmp_path / "log", stop_signal=signal.SIGINT)
    eventually(lambda: "up" in running.log.read_text(), "the handler is set")
    assert running.stop() == 7


def test_a_crash_of_the_program_takes_along_what_it_started(tmp_path, eventually):
    running, pids = started_family(tmp_path, eventually)
    running.kill()
    assert running.wait(60) == 128 + signal.SIGKILL
    assert not any(map(runs, pids))


def test_a_killed_supervisor_takes_its_program_along(tmp_path, eventually):
    running = spawn(["sleep", "600"], log=tmp_path / "log")
    psutil.Process(running.pid).parent().kill()
    eventually(lambda: not running.alive(), "the program has died with its supervisor")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_survives_an_owner_that_is_killed(tmp_path, eventually, python, number):
    log = tmp_path / "family.log"
    owner = python(OWNER, FAMILY, log, "stay")
    assert owner.stdout.readline() == "started\n"
    pids = pids_in(log)
    assert all(map(runs, pids))
    owner.send_signal(number)
    owner.wait(60)
    eventually(lambda: not any(map(runs, pids)), "the whole family has ended")


def test_a_fork_of_the_owner_does_not_keep_its_programs_alive(tmp_path, eventually, python):
    log = tmp_path / "family.log"
    owner = python(OWNER, FAMILY, log, "fork")
    assert owner.stdout.readline() == "started\n"
    family = set(pids_in(log))
    fork = next(p for p in psutil.Process(owner.pid).children() if "supervisor" not in " ".join(p.cmdline()))
    try:
        owner.kill()
        owner.wait(60)
        eventually(lambda: not any(map(runs, family)), "the whole family has ended")
        assert runs(fork.pid)
    finally:
        fork.kill()


def test_a_detached_program_outlives_its_owner_until_it_is_stopped_by_its_record(tmp_path, python):
    log, record = tmp_path / "family.log", tmp_path / "record.json"
    owner = python(OWNER, FAMILY, log, "detach", record)
    _, errors = owner.communicate(timeout=60)
    assert owner.returncode == 0, errors
    pids = pids_in(log)
    assert all(map(runs, pids))
    running = Running.load(record)
    assert running
    assert running.alive()
    assert running.poll() is None
    running.stop()
    assert not any(map(runs, pids))


def test_a_pid_that_was_given_to_another_process_is_never_signalled(tmp_path):
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        with spawn(["sleep", "600"], log=tmp_path / "log") as ours:
            ours.record(tmp_path / "record.json")
        content = json.loads((tmp_path / "record.json").read_text())
        # As if our processes had started when this test run did, and their pids belonged to somebody else now.
        earlier = {"pid": bystander.pid, "token": supervisor.start_token(os.getpid())}
        content |= {"program": earlier, "supervisor": earlier}
        (tmp_path / "record.json").write_text(json.dumps(content))
        loaded = Running.load(tmp_path / "record.json")
        assert loaded
        assert not loaded.alive()
        loaded.kill()
        loaded.stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"name": "x"}'])
def test_a_missing_or_broken_record_is_no_program(tmp_path, content):
    if content is not None:
        (tmp_path / "record.json").write_text(content)
    assert Running.load(tmp_path / "record.json") is None


def test_a_program_that_cannot_be_run_is_named(tmp_path):
    with pytest.raises(ProcessFailed, match="cannot run /no/such/program"):
        spawn(["/no/such/program"], log=tmp_path / "log")


def test_waiting_for_a_program_that_ends_quotes_its_log_and_code(tmp_path):
    with (
        spawn(["sh", "-c", "echo it broke >&2; exit 3"], log=tmp_path / "log", name="broken") as running,
        pytest.raises(ProcessFailed, match=r"(?s)broken ended \(exit code 3\) before it was ready.*it broke"),
    ):
        running.wait_until(lambda: False, timeout=60)


def test_waiting_has_an_end(tmp_path):
    with (
        spawn(["sleep", "600"], log=tmp_path / "log") as running,
        pytest.raises(ProcessFailed, match="sleep was not awake after 0 s"),
    ):
        running.wait_until(lambda: False, timeout=0.1, what="awake")
    with pytest.raises(TimeoutError), spawn(["sleep", "600"], log=tmp_path / "log") as running:
        running.wait(0.1)


def test_environment_and_directory_are_as_given(tmp_path):
    with spawn(
        ["sh", "-c", "echo $GREETING; pwd"], log=tmp_path / "log", env={"GREETING": "hello"}, cwd=tmp_path
    ) as running:
        running.wait(60)
        assert running.log.read_text().split() == ["hello", os.path.realpath(tmp_path)]


def test_no_process_id_without_a_process():
    assert not processes.ProcessId(os.getpid(), None).is_running()
