"""Bad luck: what breaks around the operator is named, costs no more than it must, and is made up for when it is over."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devcluster.controlplane import ControlPlane
from devcluster.ports import LOOPBACK, free_port
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY
from mwaa_emulator.prepared import CompleteAccount

pytestmark = pytest.mark.cluster
WHOLE_NETWORK = 14
"""A VPC, four subnets, an internet gateway, two addresses, two NAT gateways, three route tables, a security group."""


def test_no_credentials(home: Any, other_operator: Callable[..., Any], tmp_path: Path) -> None:
    later = tmp_path / "credentials"
    nothing = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_CONFIG_FILE": str(tmp_path / "config")}
    other_operator(env={**nothing, "AWS_SHARED_CREDENTIALS_FILE": str(later), "AWS_EC2_METADATA_DISABLED": "true"})
    home.apply(home.new("Bucket"))
    said = home.wait_condition("Bucket", "Ready", status="False", reason="NoCredentials")["message"]
    assert "the operator has no AWS credentials (Unable to locate credentials). Give its service account a role" in said

    later.write_text("[default]\naws_access_key_id = emulator\naws_secret_access_key = emulator\n")
    home.wait_ready("Bucket")


@pytest.mark.parametrize(
    ("kind", "spec", "call", "code"),
    [
        ("Network", {}, "ec2:CreateNatGateway", "UnauthorizedOperation"),
        ("ExecutionRole", {"environmentNames": ["prod"]}, "iam:GetRole", "AccessDenied"),
        ("Bucket", {}, "s3:PutBucketVersioning", "AccessDenied"),
    ],
    ids=["a create call", "a read", "a change"],
)
def test_a_call_that_is_not_allowed(home: Any, kind: str, spec: dict[str, Any], call: str, code: str) -> None:
    service, operation = call.split(":")
    home.stack.emulator.fault(service, operation, code=code, message="You are not authorized", status=403)
    home.apply(home.new(kind, **spec))
    said = home.wait_condition(kind, "Ready", status="False", reason="AccessDenied")["message"]
    assert f"{call}: {code}: You are not authorized" in said
    assert f"Allow {call} to the operator's role" in said
    assert home.condition(kind, "Synced")["reason"] == "AccessDenied"
    if kind == "Network":
        states = {part["name"]: part["state"] for part in home.status("Network")["parts"]}
        goes_on = {name for name in states if "nat" not in name.lower() and "private" not in name}
        home.stack.wait(
            lambda: {p["name"] for p in home.status("Network")["parts"] if p["state"] == "Ready"} >= goes_on,
            "the parts that need no NAT gateway",
        )
    home.stack.emulator.clear_faults()
    home.wait_ready(kind)


@pytest.fixture
def gate(stack: Stack) -> Iterator[Gate]:
    gate = Gate(stack.emulator.url)
    yield gate
    gate.close()


class Gate:
    """A port at which nobody listens until it is opened; from then on it leads to the emulated AWS."""

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._target = (host, int(port))
        self._address = (LOOPBACK, free_port())
        self._server: socket.socket | None = None
        self.url = f"http://{LOOPBACK}:{self._address[1]}"

    def open(self) -> None:
        self._server = socket.create_server(self._address)
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def close(self) -> None:
        if self._server:
            self._server.close()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            for pair in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        sink.close()


def test_aws_is_down_at_the_start(home: Any, other_operator: Callable[..., Any], gate: Gate) -> None:
    other_operator(env={"AWS_ENDPOINT_URL": gate.url})
    home.apply(home.new("Bucket"))
    said = home.wait_condition("Bucket", "Ready", status="Unknown", reason="AwsUnavailable")["message"]
    assert "AWS did not answer" in said
    assert "It is tried again" in said
    assert home.condition("Bucket", "Reconciling")["reason"] == "ProgressingWithRetry"
    gate.open()
    home.wait_ready("Bucket")


def test_aws_goes_down_under_what_is_ready(home: Any) -> None:
    home.apply(home.new("Bucket"))
    home.wait_ready("Bucket")
    name = home.status("Bucket")["bucketName"]
    home.stack.emulator.fault("s3", code="ServiceUnavailable", message="Please try again", status=503)
    home.look("Bucket")
    home.wait_condition("Bucket", "Reconciling", status="True", reason="ProgressingWithRetry")
    assert home.condition("Bucket", "Ready")["reason"] == "AwsUnavailable"
    assert home.condition("Bucket", "Ready")["status"] == "True"
    assert home.status("Bucket")["bucketName"] == name
    home.stack.emulator.clear_faults()
    home.stack.wait(lambda: not home.condition("Bucket", "Reconciling"), "the trouble to be over")
    home.wait_ready("Bucket")


def test_bursts_of_throttling(home: Any) -> None:
    emulator = home.stack.emulator
    emulator.fault(
        "ec2", code="RequestLimitExceeded", message="Request limit exceeded.", status=503, rate=0.3, count=15, seed=5
    )
    emulator.fault("s3", code="SlowDown", message="Please reduce your request rate.", status=503, rate=0.5, count=5, seed=5)
    home.apply(home.new("Network"), home.new("Bucket"))
    home.wait_ready("Network", "Bucket")
    assert sum(fault["used"] for fault in emulator.faults()) > 5
    owned = home.owned()
    assert len(owned) == WHOLE_NETWORK + 1, owned


def test_the_api_server_restarted_in_the_middle(home: Any, own_cluster: ControlPlane) -> None:
    operator = home.stack.operator
    home.apply(*home.quickstart())
    home.stack.wait(lambda: home.status("Network").get("vpcId"), "the network to be under way")
    own_cluster.restart_apiserver()
    if not operator.alive():
        home.stack.start_operator()  # it gave up a lease that it could not renew; a kubelet starts it again
    home.wait_ready()
    assert len(home.calls("CreateEnvironment")) == 1
    assert len([name for name in home.owned() if name.startswith("vpc-")]) == 1


@pytest.fixture
def without_roles(home: Any, own_cluster: ControlPlane, other_operator: Callable[..., Any]) -> Iterator[Callable[[], None]]:
    """Start the operator in a cluster without the definition of ExecutionRole; gives what puts it there."""
    path = REPOSITORY / "crds" / "executionroles.yaml"

    def define() -> None:
        home.stack.kubectl("apply", "--server-side", "-f", str(path))

    home.stack.stop_operator()
    home.stack.kubectl("delete", "-f", str(path))
    other_operator(wait=False)
    yield define
    define()
    home.stack.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", str(path))


def test_a_definition_is_missing(home: Any, without_roles: Callable[[], None]) -> None:
    stack = home.stack
    missing = "missing in this cluster: executionroles.mwaa-operator.dev. Install them with `kubectl apply -f crds/`."
    stack.wait(lambda: missing in stack.operator.log.read_text(), "the log to name the definition")
    home.apply(home.new("Bucket"))
    home.wait_ready("Bucket")
    assert stack.operator_get("/readyz").status_code == 503
    assert stack.operator_get("/healthz").status_code == 200

    without_roles()
    stack.wait(stack.operator_ready, "the operator to be ready")
    home.apply(home.new("ExecutionRole", environmentNames=["prod"]))
    home.wait_ready("ExecutionRole")


def holder(stack: Stack) -> str:
    lease = stack.kubectl("-n", stack.deployment.namespace, "get", "lease", "mwaa-operator", "-o", "json").stdout
    return str(json.loads(lease)["spec"].get("holderIdentity", ""))


def test_an_orderly_end_finishes_what_is_under_way(home: Any, other_operator: Callable[..., Any]) -> None:
    stack, codes = home.stack, []
    operator = other_operator()
    before = len(operator.log.read_text())
    stack.emulator.fault("s3", "CreateBucket", hold="after")
    home.apply(home.new("Bucket"))
    stack.wait(stack.emulator.holds, "the call to be under way")
    stopping = threading.Thread(target=lambda: codes.append(stack.stop_operator()))
    stopping.start()
    stack.wait(lambda: "stopping: objects that are at work now" in operator.log.read_text()[before:], "the signal to arrive")
    assert operator.alive()
    stack.emulator.release()
    stopping.join()
    assert codes == [0]
    assert holder(stack) == ""
    (part,) = [part for part in home.status("Bucket")["parts"] if part["name"] == "bucket"]
    assert part["id"] in home.owned()

    stack.emulator.clear_faults()
    other_operator()
    home.wait_ready("Bucket")


def test_the_lease_is_kept_until_the_last_call_has_ended_and_nothing_is_begun_after_it(
    home: Any, other_operator: Callable[..., Any]
) -> None:
    stack, codes = home.stack, []
    operator = other_operator("--identity=first", "--drain-seconds=0.5")
    before, calls = len(operator.log.read_text()), len(stack.emulator.calls("s3", write=True))
    stack.emulator.fault("s3", "CreateBucket", hold="before")
    home.apply(home.new("Bucket"))
    stack.wait(stack.emulator.holds, "the call to be under way")
    stopping = threading.Thread(target=lambda: codes.append(stack.stop_operator()))
    stopping.start()
    stack.wait(lambda: "time is up: nothing more is begun" in operator.log.read_text()[before:], "the drain to be over")
    assert holder(stack) == "first"
    assert operator.alive()
    stack.emulator.release()
    stopping.join()
    assert codes == [0]
    assert holder(stack) == ""
    assert [call.operation for call in stack.emulator.calls("s3", write=True)[calls:]] == ["CreateBucket"]

    stack.emulator.clear_faults()
    other_operator()
    home.wait_ready("Bucket")


def test_whoever_has_lost_the_lease_ends_though_a_call_is_under_way(home: Any, other_operator: Callable[..., Any]) -> None:
    stack = home.stack
    operator = other_operator("--identity=first")
    stack.emulator.fault("s3", "CreateBucket", hold="before")
    home.apply(home.new("Bucket"))
    stack.wait(stack.emulator.holds, "the call to be under way")
    taken = json.dumps({"spec": {"holderIdentity": "thief", "leaseDurationSeconds": 1}})
    stack.kubectl("-n", stack.deployment.namespace, "patch", "lease", "mwaa-operator", "--type=merge", "--patch", taken)
    assert operator.wait(timeout=20) == 1
    assert stack.emulator.holds()
    assert "is held by thief: another process may lead now, so this one ends at once" in operator.tail()
    assert holder(stack) == "thief"

    stack.emulator.release(drop=True)
    stack.emulator.clear_faults()
    other_operator()
    home.wait_ready("Bucket")


def stands_by(stack: Stack, directory: Path) -> bool:
    if not (directory / "operator.port").exists() or stack.operator_get("/readyz", directory).status_code != 200:
        return False
    return "mwaa_operator_leading 0.0" in stack.operator_get("/metrics", directory).text


def test_one_process_leads_and_the_next_takes_over(home: Any, other_operator: Callable[..., Any], tmp_path: Path) -> None:
    stack = home.stack
    first = other_operator("--identity=first")
    second = stack.operator_beside(tmp_path, "--identity=second")
    try:
        second.wait_until(lambda: stands_by(stack, tmp_path), timeout=60, what="standing by")
        home.apply(home.new("Bucket", "one"))
        home.wait_condition("Bucket", "Ready", "one", status="True")
        assert holder(stack) == "first"
        assert first.stop() == 0
        home.apply(home.new("Bucket", "two"))
        home.wait_condition("Bucket", "Ready", "two", status="True")
        assert holder(stack) == "second"
        assert "create bucket" in second.log.read_text()
    finally:
        assert second.stop() == 0


@pytest.mark.row("A43")
def test_an_environment_that_aws_could_not_create(home: Any, account: CompleteAccount) -> None:
    text = "The scheduler could not reach its database"
    home.stack.emulator.outcome("create", "failed", code="INTERNAL_FAILURE", message=text)
    home.apply(home.environment(account))
    said = home.wait_condition("Environment", "Stalled", status="True", reason="CreateFailed")["message"]
    assert f"INTERNAL_FAILURE: {text}" in said
    assert "delete it in AWS" in said
    assert home.condition("Environment", "Ready")["status"] == "False"
    assert home.status("Environment")["environmentStatus"] == "CREATE_FAILED"
    home.look("Environment")
    assert len(home.calls("CreateEnvironment")) == 1
    assert home.calls("DeleteEnvironment") == []

    home.aws("mwaa").delete_environment(Name=home.name)
    home.wait_ready("Environment")
    assert len(home.calls("CreateEnvironment")) == 2


@pytest.mark.parametrize("ending", ["failed", "rolled-back"])
def test_an_update_that_failed_is_not_sent_again_until_it_asks_for_something_else(
    home: Any, account: CompleteAccount, ending: str
) -> None:
    home.apply(home.environment(account, maxWorkers=2))
    home.wait_ready("Environment")
    home.stack.emulator.outcome("update", ending, code="INCORRECT_CONFIGURATION", message="Too many workers")
    home.edit("Environment", maxWorkers=3)
    said = home.wait_condition("Environment", "Stalled", status="True", reason="UpdateRolledBack")["message"]
    assert "AWS could not apply maxWorkers: INCORRECT_CONFIGURATION: Too many workers" in said
    for _ in range(2):
        home.look("Environment")
    assert [sent["MaxWorkers"] for sent in home.calls("UpdateEnvironment")] == [3]

    home.edit("Environment", maxWorkers=4)
    home.wait_ready("Environment")
    assert [sent["MaxWorkers"] for sent in home.calls("UpdateEnvironment")] == [3, 4]


def test_edits_while_aws_is_updating_are_sent_as_one(home: Any, account: CompleteAccount, slow_aws: Stack) -> None:
    slow_aws.emulator.speed(600.0)
    home.apply(home.environment(account, maxWorkers=2))
    home.wait_ready("Environment")
    slow_aws.emulator.speed(1.0)
    home.edit("Environment", maxWorkers=3)
    home.wait_condition("Environment", "Ready", status="Unknown", reason="Updating")
    for workers in (4, 5):
        home.edit("Environment", maxWorkers=workers)
        home.wait_condition("Environment", "UpdatePending", status="True", message="maxWorkers waits")
    slow_aws.emulator.speed(600.0)
    home.wait_ready("Environment")
    assert [sent["MaxWorkers"] for sent in home.calls("UpdateEnvironment")] == [3, 5]
