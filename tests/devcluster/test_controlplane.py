"""The control plane is a real one: versions, RBAC, tokens, custom resources, restarts; and nothing of it survives."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
from pathlib import Path

import psutil
import pytest
from kubernetes import client

from devcluster import ControlPlane, ProcessFailed, catalogue, controlplane, ensure, flags, locate, versions

pytestmark = pytest.mark.cluster

OWNER = """
import sys, time
from pathlib import Path
from devcluster import ControlPlane
with ControlPlane.started(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(600)
"""
WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {"size": {"type": "integer"}},
                                "x-kubernetes-validations": [{"rule": "self.size < 10", "message": "too big"}],
                            }
                        },
                    }
                },
            }
        ],
    },
}


def kubectl(kubeconfig: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [str(ensure("kubectl")["kubectl"]), "--kubeconfig", str(kubeconfig), *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def processes_of(directory: Path) -> list[psutil.Process]:
    """Return the programs (and supervisors) whose command line names this directory."""

    def names_it(process: psutil.Process) -> bool:
        try:
            command = " ".join(process.cmdline())
            return f"{directory}/" in command and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    return [process for process in psutil.process_iter() if process.pid != os.getpid() and names_it(process)]


def test_the_server_says_the_version_that_was_built(plane):
    shown = kubectl(plane.kubeconfig, "version")
    assert shown.returncode == 0, shown.stderr
    if str(locate("kube-apiserver")).endswith(f"/{catalogue.PROGRAMS['kube-apiserver'].file_name}"):
        assert plane.version() == f"v{versions.KUBERNETES}" == "v1.35.4"
        assert "Server Version: v1.35.4" in shown.stdout
    with plane.client() as api:
        info = client.VersionApi(api).get_code()
        assert (info.major, info.minor) == tuple(plane.version().removeprefix("v").split(".")[:2])


def test_custom_resources_are_served_and_their_rules_enforced(plane, eventually):
    with plane.client() as api:
        client.ApiextensionsV1Api(api).create_custom_resource_definition(WIDGETS)
        widgets = client.CustomObjectsApi(api)

        def create(name: str, size: int) -> object:
            body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": size}}
            return widgets.create_namespaced_custom_object("example.com", "v1", "default", "widgets", body)

        def served() -> bool:
            try:
                create("small", 1)
            except client.ApiException as error:
                assert error.status == 404
                return False
            return True

        eventually(served, "the new kind is served")
        with pytest.raises(client.ApiException, match="too big"):
            create("large", 10)


def test_a_service_account_is_who_its_token_says_and_may_do_what_rbac_says(plane, eventually):
    plane.create_namespace("tokens")
    plane.create_namespace("tokens")  # once more does no harm
    plane.create_service_account("tokens", "robot")
    plane.create_service_account("tokens", "robot")
    path = plane.kubeconfig_for_service_account("tokens", "robot")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    who = kubectl(path, "auth", "whoami", "--output=jsonpath={.status.userInfo.username}")
    assert who.stdout == "system:serviceaccount:tokens:robot"
    denied = kubectl(path, "get", "secrets")
    assert denied.returncode != 0
    assert 'cannot list resource "secrets" in API group "" in the namespace "tokens"' in denied.stderr
    for grant in (
        ["create", "role", "reader", "--namespace=tokens", "--verb=list", "--resource=secrets"],
        ["create", "rolebinding", "reader", "--namespace=tokens", "--role=reader", "--serviceaccount=tokens:robot"],
    ):
        assert kubectl(plane.kubeconfig, *grant).returncode == 0
    eventually(lambda: kubectl(path, "get", "secrets").returncode == 0, "the server has seen the new binding")
    assert kubectl(path, "get", "nodes").returncode != 0


def test_a_token_needs_its_service_account(plane):
    with pytest.raises(client.ApiException) as raised:
        plane.kubeconfig_for_service_account("default", "nobody")
    assert raised.value.status == 404


def test_it_listens_on_the_loopback_address_only_and_keeps_its_keys_to_itself(plane):
    listening = [c.laddr for p in processes_of(plane.directory) for c in p.net_connections("all") if c.status == "LISTEN"]
    assert len(listening) >= 3
    assert {address.ip for address in listening} == {"127.0.0.1"}
    keys = [*(plane.directory / "pki").glob("*.key"), *(plane.directory / "pki").glob("*.kubeconfig"), plane.kubeconfig]
    assert len(keys) > 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def test_objects_and_credentials_outlast_a_restart_of_the_server(tmp_path, eventually):
    with ControlPlane.started(tmp_path) as plane:
        plane.create_namespace("kept")
        plane.create_service_account("kept", "robot")
        token = plane.kubeconfig_for_service_account("kept", "robot")
        server = plane.server
        plane.stop_apiserver()
        assert "refused" in kubectl(plane.kubeconfig, "get", "namespace", "kept").stderr
        plane.start_apiserver()
        assert plane.server == server
        assert kubectl(plane.kubeconfig, "get", "namespace", "kept").returncode == 0
        assert kubectl(token, "auth", "whoami").returncode == 0
        plane.restart_apiserver()
        assert kubectl(plane.kubeconfig, "get", "namespace", "kept").returncode == 0
        assert len(processes_of(tmp_path)) == 4, "two programs, each with its supervisor"
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_survives_a_killed_owner(tmp_path, eventually, python, number):
    directory = tmp_path / "plane"
    owner = python(OWNER, directory)
    assert owner.stdout.readline() == "ready\n", owner.stderr.read()
    assert len(processes_of(directory)) >= 4
    owner.send_signal(number)
    owner.wait(60)
    eventually(lambda: not processes_of(directory), "etcd and kube-apiserver have ended")


def test_another_start_begins_empty_and_one_that_runs_is_not_started_twice(tmp_path):
    (tmp_path / "notes.txt").write_text("not ours")
    with ControlPlane.started(tmp_path) as plane:
        plane.create_namespace("old")
        with pytest.raises(RuntimeError, match="is started already"):
            plane.start()
    with ControlPlane.started(tmp_path) as plane:
        assert "NotFound" in kubectl(plane.kubeconfig, "get", "namespace", "old").stderr
    assert (tmp_path / "notes.txt").read_text() == "not ours"


@pytest.mark.parametrize("position", [0, 1])
def test_a_port_that_is_taken_meanwhile_is_tried_no_further(tmp_path, monkeypatch, position):
    """0 is etcd's port and 1 the API server's: the start goes on with others."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = [controlplane.free_port() for _ in range(6)]
        ports[position] = taken.getsockname()[1]
        unused = iter(ports)
        monkeypatch.setattr(controlplane, "free_port", lambda: next(unused))
        with ControlPlane.started(tmp_path) as plane:
            assert plane.server.endswith(f":{ports[4]}")


@pytest.mark.parametrize("broken", ["etcd", "kube-apiserver"])
def test_a_component_that_does_not_start_is_named_with_its_log(tmp_path, monkeypatch, broken):
    monkeypatch.setitem(flags.FLAGS, broken, lambda *_: ["--no-such-flag"])
    with pytest.raises(ProcessFailed, match=rf"(?s){broken} ended.*no-such-flag"):
        ControlPlane(tmp_path).start()
    assert processes_of(tmp_path) == []


def test_with_controllers_objects_are_collected_and_accounts_made(tmp_path, eventually):
    if locate("kube-controller-manager") is None:
        pytest.skip("kube-controller-manager is built on request only: devcluster build kube-controller-manager")
    with ControlPlane.started(tmp_path, controllers=True) as plane, plane.client() as api:
        core = client.CoreV1Api(api)
        accounts = lambda: [a.metadata.name for a in core.list_namespaced_service_account("default").items]  # noqa: E731
        eventually(lambda: "default" in accounts(), "the default account is made")
        plane.create_namespace("passing")
        core.delete_namespace("passing")
        names = lambda: [n.metadata.name for n in core.list_namespace().items]  # noqa: E731
        eventually(lambda: "passing" not in names(), "the namespace is finalised")
