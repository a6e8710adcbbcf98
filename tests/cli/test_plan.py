"""`kubectl mwaa plan` and `approve`: the plan that is shown is the plan that is carried out."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import botocore.session
import pytest
import yaml

from devcluster.stack.deployment import REPOSITORY
from mwaa_operator.resources.mwaa import Environment

pytestmark = pytest.mark.cluster
Write = Callable[..., str]
SECRET = "canary-7f3a"


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def waits_for_approval(body: dict[str, Any]) -> dict[str, Any] | None:
    """Give the plan that waits at the present generation."""
    status = body.get("status", {})
    seen = status.get("observedGeneration") == body["metadata"]["generation"]
    asked = any(each["type"] == "AwaitingApproval" for each in status.get("conditions", ()))
    return status.get("plan") if seen and asked else None


def members() -> set[str]:
    """Name the fields in which a plan shows what CreateEnvironment takes."""
    request = botocore.session.get_session().get_service_model("mwaa").operation_model("CreateEnvironment").input_shape
    several = {"NetworkConfiguration": ["subnetIds", "securityGroupIds"]}
    return {field for each in request.members for field in several.get(each, [each[0].lower() + each[1:]])}


@pytest.mark.row("A155")
def test_a_file_that_is_not_applied_is_planned_and_nothing_is_written(shell: Any, write: Write) -> None:
    document = shell.environment_document(
        approval="Manual", maxWorkers=5, airflowConfigurationOptions={"smtp.smtp_password": SECRET}
    )
    path = write(document)
    (view,) = shell.json("plan", "-f", path, code=2)
    text = shell.mwaa("plan", "-f", path, code=2).stdout
    assert shell.writes() == []
    assert shell.stack.objects(shell.namespace) == []
    assert SECRET not in text and SECRET not in str(view)

    step = next(step for step in view["steps"] if step["part"] == "environment")
    assert (step["call"], step["usuallyMinutes"]) == ("airflow:CreateEnvironment", 30)
    shown = {each["path"]: each for each in step["fields"]}
    # a restart is asked for later, and is nothing that AWS has a default for
    assert shown.keys() == {camel(each.name) for each in fields(Environment) if each.metadata["compare"]} - {"restartAt"}
    assert (shown["maxWorkers"]["value"], shown["maxWorkers"]["origin"]) == (5, "declared")
    assert (shown["dagS3Path"]["value"], shown["dagS3Path"]["origin"]) == ("dags", "default")
    assert shown["schedulers"]["origin"] == "AWS's default"
    assert shown["pluginsS3Path"]["origin"] == "not set"
    assert members() <= shown.keys()
    assert {each["origin"] for each in shown.values()} == {"declared", "default", "derived", "AWS's default", "not set"}
    assert all("value" in each for each in shown.values())
    assert "maxWorkers" in text and "declared" in text
    assert [field for field in members() if field not in text] == []
    assert "restartAt" not in text

    shell.apply(document)
    plan = shell.wait(waits_for_approval, "the plan of the operator")
    assert plan["hash"] == view["hash"]
    assert shell.json("plan", "first", code=2)["hash"] == view["hash"]


def test_documents_of_one_file_find_each_other(shell: Any, write: Write) -> None:
    documents = list(yaml.safe_load_all((REPOSITORY / "manifests" / "samples" / "quickstart.yaml").read_text()))
    views = {view["kind"]: view for view in shell.json("plan", "-f", write(*documents), code=2)}
    assert views.keys() == {"Network", "Bucket", "ExecutionRole", "DagSource", "Environment"}
    environment = next(step for step in views["Environment"]["steps"] if step["part"] == "environment")
    assert any("waits for Network quickstart to publish privateSubnetIds" in need for need in environment["waitsFor"])
    assert not any(
        "does not exist" in need for view in views.values() for s in view["steps"] for need in s.get("waitsFor", ())
    )
    role = next(step for step in views["ExecutionRole"]["steps"] if step["part"] == "role")
    assert "environment/quickstart" in str(role["fields"])
    assert (shell.writes(), shell.stack.objects(shell.namespace)) == ([], [])


def test_a_change_shows_old_and_new_values_and_what_it_interrupts(shell: Any, write: Write) -> None:
    shell.apply(shell.environment_document(maxWorkers=2, airflowConfigurationOptions={"core.fernet": "a"}))
    shell.wait_ready()
    assert "nothing to do" in shell.mwaa("plan", "first").stdout
    shell.stack.emulator.clear_calls()
    changed = shell.environment_document(maxWorkers=6, airflowConfigurationOptions={"core.fernet": SECRET})
    text = shell.mwaa("plan", "-f", write(changed), code=2).stdout
    assert "1. Update environment   airflow:UpdateEnvironment   Restart   usually 30 min" in text
    line = next(line.split() for line in text.splitlines() if "maxWorkers" in line)
    assert line == ["maxWorkers", "2", "->", "6", "Restart"]
    assert SECRET not in text and "core.fernet                 *** -> ***" in text
    assert shell.writes() == []
    assert shell.get()["spec"]["maxWorkers"] == 2
    tagged = shell.environment_document(maxWorkers=2, airflowConfigurationOptions={"core.fernet": "a"}, tags={"team": "x"})
    text = shell.mwaa("plan", "-f", write(tagged), code=2).stdout
    assert "Update environment   airflow:TagResource\n" in text, "nothing is interrupted, and nothing takes long"
    assert "Update logs/DAGProcessing, logs/Scheduler, logs/Task, logs/WebServer, logs/Worker   logs:TagResource\n" in text


@pytest.mark.row("C239")
def test_a_change_of_a_network_lists_its_actions_first(shell: Any, write: Write) -> None:
    def planned(code: int = 2, **spec: Any) -> str:
        document = {**shell.document("Network", "ground", **spec)}
        document["metadata"] = {"name": "ground", "namespace": "ground"}
        return str(shell.mwaa("plan", "-f", write(document), code=code).stdout)

    tightened = planned(egress="Tightened")
    assert "1. Update securityGroup   ec2:" in tightened
    assert '["0.0.0.0/0"] -> ' in tightened
    assert "Delete" not in tightened
    moved = planned(
        3,
        vpcCidr="10.200.0.0/16",
        publicSubnetCidrs=["10.200.1.0/24", "10.200.2.0/24"],
        privateSubnetCidrs=["10.200.3.0/24", "10.200.4.0/24"],
    )
    assert "cidrBlock   10.192.0.0/16 -> 10.200.0.0/16   Refused" in moved
    assert "AWS cannot change cidrBlock" in moved
    assert shell.writes() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: [", "is not YAML"),
        ("hello", "is no object of Kubernetes"),
        ("apiVersion: v1\nkind: Secret\n", "there is no document of mwaa-operator.dev/v1alpha1"),
        (
            "apiVersion: mwaa-operator.dev/v1\nkind: Network\nmetadata: {name: x}\n",
            "mwaa-operator.dev/v1 Network is unknown",
        ),
        ("apiVersion: mwaa-operator.dev/v1alpha1\nkind: Network\nmetadata: {}\n", "has no metadata.name"),
        (
            "apiVersion: mwaa-operator.dev/v1alpha1\nkind: Network\nmetadata: {name: x}\nspec: {vpcCdr: 10.0.0.0/16}\n",
            "there is no field spec.vpcCdr",
        ),
        (
            "apiVersion: mwaa-operator.dev/v1alpha1\nkind: Network\nmetadata: {name: x}\nspec: {vpcCidr: 10.0.0.0/8}\n",
            'spec.vpcCidr ("10.0.0.0/8")',
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(shell: Any, text: str, said: str) -> None:
    assert said in shell.mwaa("plan", "-f", "-", code=1, given=text).stderr


def test_a_plan_of_another_account_is_not_made(shell: Any) -> None:
    shell.apply(shell.environment_document())
    shell.wait_ready()
    role = "arn:aws:iam::999999999999:role/stranger"
    keys = shell.aws("sts").assume_role(RoleArn=role, RoleSessionName="stranger")["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    env = dict(
        zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), (keys[n] for n in names), strict=True)
    )
    said = shell.mwaa("plan", "first", code=1, **env).stderr
    assert "your AWS credentials are of account 999999999999" in said and "123456789012" in said


def test_an_approved_plan_is_carried_out(shell: Any) -> None:
    shell.apply(shell.environment_document(approval="Manual"))
    plan = shell.wait(waits_for_approval, "the plan")
    refused = shell.mwaa("approve", "first", code=1)
    assert "Give --yes" in refused.stderr
    assert "mwaa-operator.dev/approve" not in shell.get()["metadata"].get("annotations", {})
    assert shell.writes() == []
    said = shell.mwaa("approve", "first", "--yes")
    assert (plan["hash"] in said.stdout, "Create logs/Task" in said.stderr) == (True, True)
    assert shell.get()["metadata"]["annotations"]["mwaa-operator.dev/approve"] == plan["hash"]
    shell.stack.wait(lambda: "logs:CreateLogGroup" in shell.writes(), "the approved steps")


def test_one_that_takes_the_place_of_another_is_approved_though_nothing_else_needs_approval(shell: Any) -> None:
    shell.apply(shell.environment_document())
    shell.wait_ready()
    shell.apply(shell.environment_document("second", replaces="first"))
    plan = shell.wait(waits_for_approval, "the end of the old one to be asked for")
    assert shell.get()["spec"]["approval"] == "Automatic"
    view = shell.json("plan", "first", code=2)
    assert (view["hash"], {step["action"] for step in view["steps"]}) == (plan["hash"], {"Delete"})
    assert "mwaa:DeleteEnvironment" not in shell.writes()
    assert plan["hash"] in shell.mwaa("approve", "first", "--yes").stdout
    shell.wait(lambda body: body["status"].get("replacedBy") == "second", "the old one to be replaced")
    shell.stack.wait(lambda: shell.writes().count("mwaa:DeleteEnvironment") == 1, "the deletion")


@pytest.mark.parametrize("changes_the_plan", [True, False])
def test_an_approval_holds_for_the_plan_that_was_shown(shell: Any, changes_the_plan: bool) -> None:
    shell.apply(shell.environment_document(maxWorkers=2))
    shell.wait_ready()
    shell.apply(shell.environment_document(maxWorkers=3, approval="Manual"))
    shown = shell.wait(waits_for_approval, "the plan")["hash"]

    def meanwhile() -> None:
        if changes_the_plan:
            shell.apply(shell.environment_document(maxWorkers=4, approval="Manual"))
            shell.wait(lambda body: (waits_for_approval(body) or {}).get("hash") not in (None, shown), "another plan")
        else:
            shell.stack.kubectl("-n", shell.namespace, "label", "mwaaenv", "first", "touched=yes")

    said, code = answered(shell, ["approve", "first"], "Approve plan", meanwhile)
    annotations = shell.get()["metadata"].get("annotations", {})
    if changes_the_plan:
        assert (code, "the plan has changed meanwhile" in said) == (1, True)
        assert "mwaa-operator.dev/approve" not in annotations
    else:
        assert (code, annotations["mwaa-operator.dev/approve"]) == (0, shown)


def answered(shell: Any, arguments: list[str], question: str, meanwhile: Callable[[], None]) -> tuple[str, int]:
    """Run a command on a terminal, do something while it asks, and say yes."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            ["kubectl", "mwaa", *arguments, "-n", shell.namespace],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=shell.environment(),
        )
        assert process.stderr
        said = b""
        while question.encode() not in said:
            piece = os.read(process.stderr.fileno(), 4096)
            assert piece, said
            said += piece
        meanwhile()
        os.write(ours, b"y\n")
        rest = process.communicate(timeout=60)[1]
        return (said + rest).decode(), process.returncode
    finally:
        os.close(ours)
        os.close(theirs)
