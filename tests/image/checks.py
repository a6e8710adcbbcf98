"""What must be true of the image as it runs in a pod. `make image-test` runs this; `make test` does not."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "/opt/mwaa-operator/bin/python"
#: Only bounds a test that fails.
PATIENCE_SECONDS = 60.0
NOWHERE = """\
apiVersion: v1
kind: Config
current-context: nowhere
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
clusters: [{name: nowhere, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: nobody, user: {token: none}}]
"""
LOOK_AROUND = """
import importlib.metadata, importlib.util, json, os, pathlib, shutil

def writable(path):
    try:
        pathlib.Path(path, "written").write_text("x")
        return True
    except OSError:
        return False

print(json.dumps({
    "ids": [os.getuid(), os.getgid()],
    "writable": [path for path in ("/", "/opt/mwaa-operator", "/usr/bin", "/etc", "/var/tmp", "/tmp") if writable(path)],
    "modules": [name for name in ("pip", "setuptools", "wheel") if importlib.util.find_spec(name)],
    "programs": [name for name in ("gcc", "cc", "make", "git") if shutil.which(name)],
    "packages": {each.name.lower(): each.version for each in importlib.metadata.distributions()},
    "source": os.path.exists("/source"),
}))
"""


@pytest.fixture
def tmp(tmp_path: Path) -> Path:
    (tmp_path / "kubeconfig").write_text(NOWHERE)
    for path in (*tmp_path.parents[:2], tmp_path):
        path.chmod(0o777)
    return tmp_path


@pytest.fixture
def run(engine: Any, tmp: Path) -> Any:
    def run(*command: str) -> str:
        with engine.start(command, tmp) as container:
            output = container.process.stdout.read()
            assert container.process.wait(PATIENCE_SECONDS) == 0, output
            return str(output)

    return run


@pytest.fixture
def operator(engine: Any, tmp: Path) -> Iterator[tuple[Any, str]]:
    """The operator at work, as far as it gets without a cluster, and its address."""
    command = ["mwaa-operator", "--host=127.0.0.1", "--port=0", "--port-file=/tmp/port", "--log-format=json"]
    with engine.start(command, tmp) as container:
        port, deadline = tmp / "port", time.monotonic() + PATIENCE_SECONDS
        while not (port.exists() and port.read_text()):
            assert container.process.poll() is None, container.process.stdout.read()
            assert time.monotonic() < deadline, "no port was written"
            time.sleep(0.05)
        yield container, f"http://127.0.0.1:{port.read_text()}"


def test_its_entry_point_is_the_operator_run_by_a_user_without_rights(engine: Any) -> None:
    config = engine.config()
    assert config["Entrypoint"] == ["mwaa-operator"]
    assert config["User"] == "65532:65532"
    assert not config.get("Cmd")


def test_help_names_the_options(run: Any) -> None:
    text = run("mwaa-operator", "--help")
    assert "Watch MWAA objects and make AWS what they declare." in text
    assert "--lease-namespace" in text


def test_it_may_write_to_tmp_only_and_brings_no_build_tools(run: Any) -> None:
    seen = json.loads(run(PYTHON, "-c", LOOK_AROUND))
    assert seen["ids"] == [65532, 65532]
    assert seen["writable"] == ["/tmp"]
    assert (seen["modules"], seen["programs"], seen["source"]) == ([], [], False)


def test_what_is_installed_is_what_is_locked(run: Any) -> None:
    seen = json.loads(run(PYTHON, "-c", LOOK_AROUND))["packages"]
    locked = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "locks" / "operator.txt").read_text(), re.MULTILINE))
    installed = {name.replace("_", "-"): version for name, version in seen.items()}
    assert "kopf" in installed and "mwaa-operator" in installed
    assert {name: version for name, version in installed.items() if locked.get(name) != version} == {
        "mwaa-operator": "0.1.0"
    }


def test_it_is_healthy_before_it_leads_and_shows_metrics(operator: tuple[Any, str]) -> None:
    _, address = operator
    with urllib.request.urlopen(f"{address}/healthz", timeout=PATIENCE_SECONDS) as answer:
        assert (answer.status, answer.read()) == (200, b"ok\n")
    with urllib.request.urlopen(f"{address}/metrics", timeout=PATIENCE_SECONDS) as answer:
        assert b"mwaa_operator" in answer.read()


def test_it_stops_when_told_to_as_the_first_process_of_a_container(operator: tuple[Any, str]) -> None:
    container, _ = operator
    container.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        container.process.wait(PATIENCE_SECONDS)
    assert container.process.poll() == 0


def test_without_a_region_it_says_what_to_set(engine: Any, tmp: Path) -> None:
    command: Sequence[str] = ["env", "-u", "AWS_REGION", "mwaa-operator"]
    with engine.start(command, tmp) as container:
        output = container.process.stdout.read()
        assert container.process.wait(PATIENCE_SECONDS) != 0
    assert "AWS_REGION" in output
