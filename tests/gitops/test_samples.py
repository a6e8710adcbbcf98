"""The GitOps samples, taken by a real API server that has the definitions of Flux and Argo CD as these publish them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from devcluster import ControlPlane, ensure
from mwaa_operator.api import BY_KIND, parse
from mwaa_operator.api.meta import API_VERSION

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "manifests" / "samples" / "gitops").glob("*.yaml"))
# a definition that is a moment old has no conditions yet, which `--for=condition` takes for an error
ESTABLISHED = """--for=jsonpath={.status.conditions[?(@.type=="Established")].status}=True"""
NAMESPACES = ("flux-system", "argocd", "team-a", "mwaa-system")
Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def foreign() -> list[dict[str, Any]]:
    """Give the definitions of both; what their files have besides is not needed."""
    files = [file for name in ("flux-definitions", "argo-cd-definitions") for file in sorted(ensure(name)[name].iterdir())]
    found = [document for file in files for document in documents(file) if document]
    return [document for document in found if document["kind"] == "CustomResourceDefinition"]


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """A control plane of its own: other tests have smaller definitions under the names of Flux's, or none."""
    program = str(ensure("kubectl")["kubectl"])
    with ControlPlane.started(tmp_path_factory.mktemp("plane")) as plane:

        def run(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
            argv = [program, "--kubeconfig", str(plane.kubeconfig), *map(str, arguments)]
            return subprocess.run(argv, input=given, capture_output=True, text=True, check=False)

        for namespace in NAMESPACES:
            plane.create_namespace(namespace)
        for made in (
            run("apply", "--server-side", "-f", ROOT / "crds"),
            run("apply", "--server-side", "-f", "-", given=yaml.safe_dump_all(foreign())),
            run("wait", ESTABLISHED, "--timeout=60s", "crd", "--all"),
        ):
            assert made.returncode == 0, made.stderr
        yield run


def dry(kubectl: Kubectl, text: str) -> subprocess.CompletedProcess[str]:
    """Let the API server look at documents as if they were applied; an unknown field is an error."""
    return kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", given=text)


@pytest.mark.cluster
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_taken_by_the_real_definitions(path: Path, kubectl: Kubectl) -> None:
    done = dry(kubectl, path.read_text())
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("serverside-applied") == len(documents(path))


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("name", "kind", "wrong"),
    [
        ("flux.yaml", "Kustomization", {"healthCheck": []}),
        ("flux.yaml", "Kustomization", {"timeout": "two hours"}),
        ("flux-operator.yaml", "HelmRelease", {"chartReference": {}}),
        ("argo-cd.yaml", "Application", {"destinations": {}}),
    ],
    ids=["unknown-field", "no-duration", "unknown-in-helm-release", "unknown-in-application"],
)
def test_what_their_definitions_do_not_know_is_refused(name: str, kind: str, wrong: Any, kubectl: Kubectl) -> None:
    path = next(each for each in SAMPLES if each.name == name)
    one = next(each for each in documents(path) if each["kind"] == kind)
    text = yaml.safe_dump({**one, "spec": {**one["spec"], **wrong}})
    done = dry(kubectl, text)
    assert done.returncode != 0
    assert next(iter(wrong)) in done.stderr


def test_our_objects_in_them_are_valid() -> None:
    ours = [each for path in SAMPLES for each in documents(path) if each["apiVersion"] == API_VERSION]
    assert {each["kind"] for each in ours} >= {"Network", "Bucket", "ExecutionRole", "DagSource", "Environment"}
    for each in ours:
        parse(each["kind"], each.get("spec", {}), each["metadata"]["name"])


def test_health_is_asked_of_objects_that_are_there() -> None:
    """A health check of Flux on an object that the repository lacks fails only after two hours."""
    flux = documents(next(each for each in SAMPLES if each.name == "flux.yaml"))
    asked = [check for each in flux for check in each["spec"].get("healthChecks", ())]
    there = documents(next(each for each in SAMPLES if each.name == "analytics.yaml"))
    assert asked
    for check in asked:
        assert check["apiVersion"] == API_VERSION and check["kind"] in BY_KIND
        assert (check["kind"], check["name"]) in {(each["kind"], each["metadata"]["name"]) for each in there}
