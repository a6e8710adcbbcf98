"""`devcluster up` leaves a cluster running that `down` ends; CLUSTER=current uses a cluster as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from devcluster import ControlPlane, CurrentCluster, Running, cluster_from_environment, down, lifecycle, up

pytestmark = pytest.mark.cluster


def devcluster(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "devcluster", *map(str, arguments)]
    return subprocess.run(argv, env={**os.environ, **variables}, capture_output=True, text=True, check=False)


def component(directory: Path, name: str) -> Running:
    running = Running.load(directory / f"{name}.process.json")
    assert running
    return running


@pytest.fixture
def directory(tmp_path):
    """Where a test may leave a cluster running: it is ended here if the test does not do it."""
    yield tmp_path / "cluster"
    ControlPlane.sweep(tmp_path / "cluster")


def test_up_leaves_a_cluster_that_is_used_again_and_down_ends_it(directory):
    first = devcluster("up", "--dir", directory)
    assert first.returncode == 0, first.stderr
    assert f"export KUBECONFIG={directory}/kubeconfig" in first.stdout
    assert devcluster("env", "--dir", directory).stdout == f"export KUBECONFIG={directory}/kubeconfig\n"
    pids = {name: component(directory, name).pid for name in ("etcd", "kube-apiserver")}
    loaded = ControlPlane.load(directory)
    assert loaded
    loaded.create_namespace("kept")
    assert devcluster("up", "--dir", directory).returncode == 0
    assert {name: component(directory, name).pid for name in pids} == pids
    ended = devcluster("down", "--dir", directory)
    assert ended.stdout == "Stopped kube-apiserver, etcd\n"
    assert not any(psutil.pid_exists(pid) for pid in pids.values())
    assert ControlPlane.load(directory) is None
    assert devcluster("down", "--dir", directory).stdout == "Nothing was running\n"
    missing = devcluster("env", "--dir", directory)
    assert missing.returncode == 1
    assert f"devcluster up --dir {directory}" in missing.stderr


def test_two_ups_at_once_leave_one_cluster(directory):
    argv = [sys.executable, "-m", "devcluster", "up", "--dir", str(directory)]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    servers = [p for p in psutil.process_iter() if p.name() == "kube-apiserver" and str(directory) in " ".join(p.cmdline())]
    named = [p for p in psutil.process_iter(["cmdline"]) if f"--data-dir={directory}/etcd" in (p.info["cmdline"] or [])]
    assert len(named) == 2, "etcd and its supervisor, once"
    assert len(servers) <= 1


def test_a_loaded_cluster_can_restart_its_server_and_still_outlives_us(directory, python):
    assert devcluster("up", "--dir", directory).returncode == 0
    before = component(directory, "kube-apiserver").pid
    script = "import sys; from pathlib import Path; from devcluster import ControlPlane\n"
    script += "plane = ControlPlane.load(Path(sys.argv[1])); plane.restart_apiserver()"
    _, errors = (process := python(script, directory)).communicate(timeout=300)
    assert process.returncode == 0, errors
    after = component(directory, "kube-apiserver")
    assert after.pid != before
    assert after.alive()
    assert up(directory).version()
    assert down(directory) == ["kube-apiserver", "etcd"]
    assert not after.alive()


def test_half_a_cluster_is_ended_and_a_whole_one_started(directory, eventually):
    assert devcluster("up", "--dir", directory).returncode == 0
    component(directory, "etcd").kill()
    eventually(lambda: ControlPlane.load(directory) is None, "the cluster is no longer whole")
    again = devcluster("up", "--dir", directory)
    assert again.returncode == 0, again.stderr
    assert up(directory).version()


def test_a_cluster_that_was_left_running_is_not_started_over(directory):
    assert devcluster("up", "--dir", directory).returncode == 0
    with pytest.raises(RuntimeError, match=f"already run in {directory}: devcluster down --dir {directory}"):
        ControlPlane(directory).start()
    in_the_way = devcluster("up", "--dir", directory, CLUSTER="current")
    assert in_the_way.returncode == 1
    assert f"first devcluster down --dir {directory}" in in_the_way.stderr
    assert component(directory, "etcd").alive()


def test_cluster_current_uses_the_current_context_and_ends_nothing(plane, directory, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    with cluster_from_environment(directory, environ={"CLUSTER": "current"}) as cluster:
        assert isinstance(cluster, CurrentCluster)
        assert cluster.kubeconfig == directory / "kubeconfig"
        cluster.create_namespace("through-current")
        cluster.create_service_account("through-current", "robot")
        assert cluster.kubeconfig_for_service_account("through-current", "robot").parent == directory
    shown = devcluster("up", "--dir", directory, CLUSTER="current")
    assert shown.returncode == 0, shown.stderr
    assert down(directory) == []
    assert plane.version()


def test_without_the_variable_a_cluster_of_our_own_lives_as_long_as_the_block(directory):
    with cluster_from_environment(directory, environ={}) as cluster:
        assert isinstance(cluster, ControlPlane)
        assert cluster.version()
        server = cluster._running["kube-apiserver"]
    assert not server.alive()


def test_no_current_context_and_other_values_are_explained(directory, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(directory / "none"))
    with pytest.raises(RuntimeError, match="CLUSTER=current: kubectl finds no current context"):
        up(directory, environ={"CLUSTER": "current"})
    with pytest.raises(ValueError, match="CLUSTER=kind: use CLUSTER=current"):
        lifecycle.require(environ={"CLUSTER": "kind"})
