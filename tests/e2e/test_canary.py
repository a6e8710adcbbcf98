"""A secret in every field of an Environment or a DAG source that may hold one is said nowhere: by operator and plugin."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from devcluster import tools
from devcluster.processes import Running
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.api.airflow_options import Email

pytestmark = pytest.mark.cluster

CANARY = "canary-5d3f0a91c7"
KEY = {"secretKeyRef": {"name": "canary", "key": "value"}}
PLAIN = {
    "foo.token": f"{CANARY}-plain",
    "bar.connection": f"postgresql://user:{CANARY}-uri@db.example.com/x",
    "secrets.backend_kwargs": json.dumps({"token": f"{CANARY}-kwargs"}),
}
"""Options that stand in the spec. There they are the user's own; nobody repeats them."""


def bearing() -> dict[str, Any]:
    """Give every field of an Environment that may hold a secret."""
    mail = {"host": "smtp.example.com", "from": "a@example.com", "userFrom": KEY, "passwordFrom": KEY}
    assert {name for name in Email.model_json_schema()["properties"] if name.endswith("From")} <= mail.keys()
    return {"airflowConfigurationOptions": PLAIN, "airflowConfigurationOptionsFrom": {"baz.key": KEY}, "email": mail}


def secret(home: Any, value: str) -> dict[str, Any]:
    about = {"name": "canary", "namespace": home.name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": about, "stringData": {"value": value}}


def plugin(home: Any, *arguments: str) -> str:
    """Run a command of the plugin and give all that it prints, whatever it exits with."""
    kubectl = str(tools.ensure("kubectl")["kubectl"].parent)
    path = os.pathsep.join([str(Path(sys.executable).parent), kubectl, os.environ["PATH"]])
    env = {**os.environ, **home.stack.cluster.environment(), **home.stack.emulator.environment(), "PATH": path}
    command = ["kubectl-mwaa", *arguments, "-n", home.name]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    return done.stdout + done.stderr


def unspoken(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give an object without what the user has written into it."""
    return {key: value for key, value in item.items() if key != "spec"}


def said(home: Any, operator: Running, file: str) -> Iterator[tuple[str, str]]:
    """Give all that operator and plugin say at this moment."""
    listed = home.stack.kubectl("get", "mwaa,events,configmaps,leases", "-A", "--show-managed-fields", "-o", "json").stdout
    yield "objects", json.dumps([unspoken(item) for item in json.loads(listed)["items"]])
    yield "metrics", home.stack.operator_get("/metrics").text
    yield "output", operator.tail()
    for command in (
        ["plan", "quickstart"],
        ["plan", "quickstart", "-o", "json"],
        ["plan", "-f", file],
        ["preflight", "quickstart"],
    ):
        yield f"kubectl mwaa {' '.join(command)}", plugin(home, *command)
    yield "kubectl mwaa status", plugin(home, "status", "quickstart")
    yield "kubectl mwaa tree", plugin(home, "tree", "quickstart")


def leaks(texts: Iterator[tuple[str, str]]) -> list[str]:
    coded = base64.b64encode(CANARY.encode()).decode().rstrip("=")[:-1]
    return [where for where, text in texts if CANARY in text or coded in text]


@pytest.mark.row("B67")
def test_a_secret_is_in_no_word_of_operator_or_plugin(
    home: Any, account: PreparedAccount, other_operator: Callable[..., Running], tmp_path: Path
) -> None:
    operator = other_operator("--log-level=DEBUG")
    document = home.environment(account, approval="Manual", **bearing())
    file = tmp_path / "environment.yaml"
    file.write_text(yaml.safe_dump(document))
    home.apply(secret(home, CANARY), document)
    home.wait_condition("Environment", "AwaitingApproval", status="True")
    assert leaks(said(home, operator, str(file))) == [], "while the creation is planned"

    home.edit("Environment", approval="Automatic")
    home.wait_ready("Environment")
    there = home.aws("mwaa").get_environment(Name=home.name)["Environment"]["AirflowConfigurationOptions"]
    assert (there["baz.key"], there["smtp.smtp_user"], there["foo.token"]) == (CANARY, CANARY, "***"), "AWS has them"
    assert leaks(said(home, operator, str(file))) == [], "while all is well"

    home.stack.emulator.outcome("update", "rolled-back", code="INCORRECT_CONFIGURATION", message="does not start")
    home.apply(secret(home, f"{CANARY}-new"))
    home.wait_condition("Environment", "Ready", status="False", reason="UpdateRolledBack")
    assert leaks(said(home, operator, str(file))) == [], "when an update has failed"

    home.apply(secret(home, CANARY))
    home.wait_ready("Environment")
    home.edit("Environment", driftPolicy="Report")
    theirs = {**there, **PLAIN, "baz.key": f"{CANARY}-theirs", "smtp.smtp_user": CANARY, "smtp.smtp_password": CANARY}
    home.aws("mwaa").update_environment(Name=home.name, AirflowConfigurationOptions=theirs)
    home.stack.wait(
        lambda: home.aws("mwaa").get_environment(Name=home.name)["Environment"]["Status"] == "AVAILABLE", "their update"
    )
    home.look("Environment")
    home.wait_condition("Environment", "Drifted", status="True")
    assert leaks(said(home, operator, str(file))) == [], "when somebody else has changed it"

    log = (home.stack.directory / "operator.log").read_text()
    assert '"DEBUG"' in log and home.name in log
    assert leaks(iter([("log", log)])) == []


def test_progress_is_no_warning(home: Any, account: PreparedAccount) -> None:
    home.apply(*home.quickstart())
    home.wait_ready()
    home.edit("Environment", maxWorkers=5)
    home.wait_condition("Environment", "Ready", status="Unknown")
    home.wait_ready("Environment")
    events = json.loads(home.stack.kubectl("-n", home.name, "get", "events", "-o", "json").stdout)["items"]
    assert {"Creating", "Updating", "Ready"} <= {event["reason"] for event in events}
    loud = {(event["involvedObject"]["kind"], event["reason"]) for event in events if event["type"] != "Normal"}
    assert loud == set(), "nobody had to do anything"
    told = [(each["involvedObject"]["kind"], each["reason"], each["message"], each["firstTimestamp"]) for each in events]
    assert len(told) == len(set(told)), "each is told once"


SSH_KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----\n"
DOCKER = json.dumps({"auths": {"127.0.0.1:9": {"username": f"{CANARY}-user", "password": CANARY}}})
PLACES: dict[str, tuple[str, str, dict[str, str]]] = {
    "password": ("git", "https://127.0.0.1:9/dags.git", {"username": f"{CANARY}-user", "password": CANARY}),
    "bearer": ("git", "https://127.0.0.1:9/dags.git", {"bearerToken": CANARY}),
    "identity": (
        "git",
        "ssh://git@127.0.0.1:9/dags.git",
        {"identity": SSH_KEY, "known_hosts": f"127.0.0.1 ssh-rsa {CANARY}"},
    ),
    "registry": ("oci", "oci://127.0.0.1:9/dags", {".dockerconfigjson": DOCKER}),
}
"""Where sources fetch from, and the Secret that lets them in. Nothing answers there: failures talk the most."""
INLINE = {
    "files": {"a.py": f"PASSWORD = {CANARY!r}\nURL = 'https://me:{CANARY}@example.com'\n"},
    "requirements": {
        "text": f"--index-url https://me:{CANARY}@a/simple\n--index-url https://me:{CANARY}-2@b/simple\na\n",
        "indexUrl": "https://${AIRFLOW__FOO__USER}:${AIRFLOW__FOO__PASS}@host/simple",
        "constraint": "None",
    },
    "startupScript": {"env": {"TOKEN": f"{CANARY}-env"}},
    "secretRefs": [{"name": "password", "path": "config"}],
}
"""What stands in the spec, and what a Secret brings as files, is the user's own: it is in the bucket, and in no word."""


def of_sources(home: Any, operator: Running, file: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """Give all that operator and plugin say of DAG sources at this moment."""
    listed = home.stack.kubectl("get", "mwaa,events,configmaps,leases", "-A", "--show-managed-fields", "-o", "json").stdout
    yield "objects", json.dumps([unspoken(item) for item in json.loads(listed)["items"]])
    yield "metrics", home.stack.operator_get("/metrics").text
    yield "output", operator.tail()
    commands = [["plan", "-f", file], ["plan", "-f", file, "-o", "json"]]
    commands += [[command, f"dagsource/{name}"] for command in ("plan", "status", "tree") for name in names]
    commands.append(["lint", "dagsource/inline"])
    for command in commands:
        yield f"kubectl mwaa {' '.join(command)}", plugin(home, *command)


def test_a_secret_of_a_dag_source_is_in_no_word_of_operator_or_plugin(
    home: Any, other_operator: Callable[..., Running], tmp_path: Path
) -> None:
    operator = other_operator("--log-level=DEBUG")
    documents = [home.new("DagSource", "inline", bucketRef={"name": "quickstart"}, **INLINE)]
    for name, (block, url, _) in PLACES.items():
        which = {"tag": "v1"} if block == "oci" else {}
        place = {block: {**which, "url": url, "secretRef": {"name": name}, "interval": "10s"}}
        documents.append(home.new("DagSource", name, bucketRef={"name": "quickstart"}, **place))
    file = tmp_path / "sources.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    for name, (*_, data) in PLACES.items():
        about = {"name": name, "namespace": home.name}
        home.apply({"apiVersion": "v1", "kind": "Secret", "metadata": about, "stringData": data})
    home.apply(home.document("Bucket"), *documents)
    home.wait_ready("Bucket")
    for name in PLACES:
        home.stack.wait(lambda name=name: home.condition("DagSource", "SourceFetched", name), f"a look for {name}")
        home.look("DagSource", name)
    home.wait_condition("DagSource", "Preflight", "inline", status="False", reason="ConflictingIndexes")
    found = {each["code"] for each in home.status("DagSource", "inline")["findings"]["items"]}
    assert {"CredentialsInUrl", "ConflictingIndexes"} < found, "what is wrong is said, and no value"
    assert leaks(of_sources(home, operator, str(file), [*PLACES, "inline"])) == [], "while nothing can be fetched"
    home.edit(
        "DagSource", "inline", requirements={"text": f"--index-url https://me:{CANARY}@a/simple\na\n", "indexUrl": None}
    )
    home.wait_condition("DagSource", "Synced", "inline", status="True")
    assert leaks(of_sources(home, operator, str(file), [*PLACES, "inline"])) == [], "while one is delivered"
    log = (home.stack.directory / "operator.log").read_text()
    assert '"DEBUG"' in log and home.name in log
    assert leaks(iter([("log", log)])) == []
