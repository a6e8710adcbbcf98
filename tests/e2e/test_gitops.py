"""What GitOps tools do with our objects: the waves of the sample become ready one by one, and Helm waits for the last."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from devcluster import ensure
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY
from mwaa_emulator.prepared import CompleteAccount

pytestmark = pytest.mark.cluster
SAMPLE = REPOSITORY / "manifests" / "samples" / "gitops" / "analytics.yaml"
WAVE = "argocd.argoproj.io/sync-wave"


def waves(home: Any) -> list[list[dict[str, Any]]]:
    """Give the documents of the sample by their waves, with files in place of a repository that is nowhere."""
    documents = list(yaml.safe_load_all(SAMPLE.read_text()))
    for document in documents:
        document["metadata"]["namespace"] = home.name
        if document["kind"] == "Environment":
            document["spec"]["name"] = home.name
        if document["kind"] == "DagSource":
            del document["spec"]["git"]
            document["spec"]["files"] = {"helper.py": "ANSWER = 42\n"}
    numbers = sorted({document["metadata"]["annotations"][WAVE] for document in documents})
    return [[each for each in documents if each["metadata"]["annotations"][WAVE] == number] for number in numbers]


class Helm:
    """A chart that has some documents, and Helm in front of the test's cluster."""

    def __init__(self, home: Any, directory: Path) -> None:
        self.home, self.chart = home, directory / "chart"
        self.started: list[subprocess.Popen[str]] = []

    def install(self, documents: list[dict[str, Any]], *flags: str) -> subprocess.Popen[str]:
        """Begin an installation of them all."""
        (self.chart / "templates").mkdir(parents=True)
        about = {"apiVersion": "v2", "name": "analytics", "version": "1.0.0"}
        (self.chart / "Chart.yaml").write_text(yaml.safe_dump(about))
        (self.chart / "templates" / "all.yaml").write_text(yaml.safe_dump_all(documents))
        argv = [str(ensure("helm")["helm"]), "install", "analytics", str(self.chart), "--namespace", self.home.name, *flags]
        surroundings = {**os.environ, **self.home.stack.cluster.environment()}
        running = subprocess.Popen(
            argv, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
        )
        self.started.append(running)
        return running


@pytest.fixture
def helm(home: Any, tmp_path: Path) -> Iterator[Helm]:
    helm = Helm(home, tmp_path)
    yield helm
    for running in helm.started:
        running.kill()
        running.communicate()


def begun(home: Any) -> None:
    home.stack.wait(
        lambda: (
            home.stack.get("Environment", "analytics", home.name)
            and home.status("Environment", "analytics").get("environmentStatus") == "CREATING"
        ),
        "AWS to be at work",
    )


def test_each_wave_of_the_sample_becomes_ready_and_helm_waits_for_the_environment(
    home: Any, helm: Helm, slow_aws: Stack
) -> None:
    first, second = waves(home)
    home.apply(*first)
    slow_aws.emulator.speed(600.0)
    home.stack.wait_ready(*((each["kind"], "analytics") for each in first), namespace=home.name)

    slow_aws.emulator.speed(1.0)
    running = helm.install(second, "--wait", "--timeout=5m")
    begun(home)
    assert home.condition("DagSource", "Ready", "analytics")["status"] == "False", "it could be in a wave of its own"
    assert running.poll() is None, running.stdout.read() if running.stdout else ""

    slow_aws.emulator.speed(600.0)
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert home.condition("Environment", "Ready", "analytics")["status"] == "True"
    assert home.status("Environment", "analytics")["environmentStatus"] == "AVAILABLE"


def test_helm_that_does_not_wait_is_done_while_aws_is_at_work(home: Any, helm: Helm, slow_aws: Stack) -> None:
    """Without this the test above would prove nothing: Helm could be slow for another reason."""
    first, second = waves(home)
    slow_aws.emulator.speed(600.0)
    home.apply(*first)
    home.stack.wait_ready(*((each["kind"], "analytics") for each in first), namespace=home.name)
    slow_aws.emulator.speed(1.0)
    running = helm.install(second)
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    begun(home)
    slow_aws.emulator.speed(600.0)


def test_helm_is_told_of_an_object_that_is_stuck(home: Any, helm: Helm, account: CompleteAccount) -> None:
    stuck = home.environment(account, subnetIds=["subnet-0a1b2c3d4e5f60718", "subnet-0f1e2d3c4b5a69788"])
    running = helm.install([stuck], "--wait", "--timeout=10m")
    said, _ = running.communicate(timeout=120)
    assert running.returncode != 0
    assert home.condition("Environment", "Stalled")["message"] in said
