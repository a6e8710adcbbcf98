"""The other commands, each as a process, as kubectl runs it."""

from __future__ import annotations

import json
import re
import subprocess
import time
from datetime import datetime
from typing import Any

import pytest
import yaml

from devcluster import kubeconfig
from mwaa_operator.resources.mwaa import log_group_name

pytestmark = pytest.mark.cluster


@pytest.fixture
def running(shell: Any) -> Any:
    """Give a shell with an environment that is Ready."""
    shell.apply(shell.environment_document())
    shell.wait_ready()
    return shell


def test_an_environment_is_listed_shown_watched_and_drawn(running: Any) -> None:
    listed = running.mwaa("list").stdout.splitlines()
    assert listed[0].split() == ["KIND", "NAME", "READY", "REASON", "AGE"]
    assert listed[1].split()[:4] == ["Environment", "first", "True", "Ready"]
    everywhere = [(each["namespace"], each["kind"]) for each in running.json("list", "-A")]
    assert {("ground", "Network"), ("ground", "Bucket"), (running.namespace, "Environment")} <= set(everywhere)

    shown = running.mwaa("status", "first").stdout
    assert "Ready=True Ready" in shown and "airflow-" in shown
    assert yaml.safe_load(running.mwaa("status", "environment/first", "-o", "yaml").stdout)["kind"] == "Environment"
    assert "Ready=True" in running.mwaa("status", "first", "--watch").stdout

    text = running.mwaa("tree", "first").stdout.splitlines()
    assert text[1:4] == ["├─ airflow  Ready", "│  └─ environment  Ready", "│     ├─ logs/DAGProcessing  Ready"]
    chart = running.mwaa("tree", "first", "--mermaid").stdout
    ids = {name: id_ for id_, name in re.findall(r'(p\d+)\["([^<]+)<br/>Ready"\]', chart)}
    assert f"{ids['environment']} --> {ids['airflow']}" in chart
    data = running.json("tree", "first")
    assert next(each for each in data["parts"] if each["name"] == "airflow")["needs"] == ["environment"]


def test_an_object_that_is_stuck_ends_the_watch_with_one(shell: Any) -> None:
    shell.apply(shell.environment_document(approval="Manual"))
    assert "AwaitingApproval" in shell.mwaa("status", "first", "--watch", code=1).stdout


def test_a_restart_is_asked_for_by_an_annotation(running: Any) -> None:
    assert "there is no terminal to ask on" in running.mwaa("restart", "first", code=1).stderr
    said = running.json("restart", "first", "--yes")
    asked = running.get()["metadata"]["annotations"]["mwaa-operator.dev/restart-at"]
    assert (said["name"], said["restartAt"]) == ("first", asked)
    assert datetime.fromisoformat(asked).tzinfo is not None


def test_logs_are_printed_and_followed(running: Any) -> None:
    logs, group = running.aws("logs"), log_group_name(f"{running.namespace}-first", "SchedulerLogs")
    logs.create_log_stream(logGroupName=group, logStreamName="scheduler_1")

    def put(age: float, message: str) -> None:
        event = {"timestamp": int((time.time() - age) * 1000), "message": message}
        logs.put_log_events(logGroupName=group, logStreamName="scheduler_1", logEvents=[event])

    put(3600, "an hour ago")
    put(60, "a minute ago")
    recent = running.mwaa("logs", "first").stdout.splitlines()
    assert [line.split("  ")[1:] for line in recent] == [["scheduler_1", "a minute ago"]]
    assert len(running.mwaa("logs", "first", "--since", "2h").stdout.splitlines()) == 2
    lines = [json.loads(each) for each in running.mwaa("logs", "first", "-o", "json").stdout.splitlines()]
    assert [(each["stream"], each["message"]) for each in lines] == [("scheduler_1", "a minute ago")]
    silent = running.mwaa("logs", "first", "-c", "worker")
    assert silent.stdout == ""
    assert "there are no lines in airflow-" in silent.stderr and "since 20" in silent.stderr

    command = ["kubectl-mwaa", "logs", "first", "--follow", "-n", running.namespace]
    environment = {**running.environment(), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        try:
            assert "a minute ago" in process.stdout.readline()
            put(0, "now")
            assert "now" in process.stdout.readline()
        finally:
            process.terminate()


@pytest.mark.row("A129")
def test_a_login_url_is_printed_and_kept_nowhere(running: Any) -> None:
    before = running.get()
    done = running.mwaa("open", "first")
    host, token = re.fullmatch(
        r"https://([^/]+)/pluginsv2/aws_mwaa/aws-console-sso\?login=true#(\S+)\n", done.stdout
    ).groups()  # type: ignore[union-attr]
    assert before["status"]["webserverUrl"] == f"https://{host}"
    assert token not in done.stderr
    assert running.json("open", "first")["url"].startswith(f"https://{host}/pluginsv2/aws_mwaa/aws-console-sso?login=true#")
    after = running.get()
    assert token not in json.dumps(after)
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_the_checks_run_on_a_file_and_name_every_fault(shell: Any, write: Any) -> None:
    good, bad = shell.environment_document(), shell.environment_document("bad", subnetIds=["subnet-0aa", "subnet-0bb"])
    fine = shell.json("preflight", "-f", write(good))
    assert [each for each in fine[0]["findings"] if each["severity"] == "Error"] == []
    said = shell.mwaa("preflight", "-f", write(bad), code=2).stdout
    assert "SubnetNotFound" in said and "subnet-0aa" in said
    assert shell.writes() == []


def test_kubeconfig_and_context_are_obeyed(shell: Any, tmp_path: Any) -> None:
    shell.apply(shell.document("Bucket", "mine"))
    config = yaml.safe_load(shell.stack.cluster.kubeconfig.read_text())
    (context,) = config["contexts"]
    there = {**context, "name": "there", "context": {**context["context"], "namespace": shell.namespace}}
    path = kubeconfig.write(tmp_path / "config", {**config, "contexts": [context, there]})

    def names(*arguments: str, **env: str) -> list[str]:
        found = json.loads(shell.mwaa("list", "-o", "json", *arguments, namespaced=False, **env).stdout)
        return [each["name"] for each in found]

    assert names("--context", "there", KUBECONFIG=str(path)) == ["mine"]
    assert names("--context", "there", "--kubeconfig", str(path)) == ["mine"]
    assert names(KUBECONFIG=str(path)) == []
    before = subprocess.run(
        ["kubectl-mwaa", "-n", shell.namespace, "-o", "json", "list"],
        env=shell.environment(),
        capture_output=True,
        check=True,
    )
    assert [each["name"] for each in json.loads(before.stdout)] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (["status", "nobody"], {}, "there is no Environment nobody in namespace"),
        (["status", "x", "--kind", "pod"], {}, "'pod' is no kind. There are: network, encryptionkey, bucket"),
        (["list"], {"KUBECONFIG": "/nowhere/config"}, "no usable kubeconfig"),
        (["list", "--context", "nowhere"], {}, "no usable kubeconfig"),
        (["list", "--unmanaged"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS did not answer"),
        (["plan"], {}, "give either the NAME of an object or -f FILE"),
        (["plan", "-f", "nowhere.yaml"], {}, "nowhere.yaml cannot be read"),
        (["logs", "x", "--since", "soon"], {}, "'soon' is no span of time"),
        (["explain", "NotOur"], {}, "Do you mean NotOurs"),
        (["approve", "x", "--kind", "bucket"], {}, "there is no Bucket x"),
    ],
)
def test_errors_say_what_is_wrong_and_what_to_do(shell: Any, arguments: list[str], env: dict[str, str], said: str) -> None:
    done = shell.mwaa(*arguments, code=1, **env)
    assert said in done.stderr
    assert done.stdout == ""


def test_kubectl_completes_the_plugin(shell: Any) -> None:
    def completed(*words: str) -> list[str]:
        command = ["kubectl", "__complete", "mwaa", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=shell.environment())
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    shell.apply(shell.document("Bucket", "mine"))
    assert completed("status", "-n", shell.namespace, "--kind", "bucket", "mi")[0] == "mine"
    assert completed("status", "-n", shell.namespace, "bucket/m")[0] == "bucket/mine"
    assert completed("status", "-n", shell.namespace, "")[0] == ":4"
    assert completed("status", "--kind", "b")[0] == "bucket"
    assert completed("explain", "privatew")[0] == "PrivateWebServer"
    assert {"plan", "preflight"} <= set(completed("p"))
    assert "--filename" in completed("plan", "--f")
    assert {"bash", "zsh", "fish"} <= set(completed("completion", ""))
    for each in ("bash", "zsh", "fish"):
        assert "kubectl-mwaa" in shell.mwaa("completion", each, namespaced=False).stdout
