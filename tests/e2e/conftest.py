"""One stack for all end-to-end tests: the operator as its chart deploys it, on a real API server and an emulated AWS."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from devcluster.cluster import Cluster
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY

SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stack(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give the product: AWS ten minutes a second, and an Airflow that is answered for by the emulator."""
    with Stack.started(tmp_path_factory.mktemp("stack"), control_plane, speed=600.0) as stack:
        yield stack


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave no fault and no outcome behind for the next test."""
    yield
    if "stack" in request.fixturenames:
        stack: Stack = request.getfixturevalue("stack")
        stack.emulator.clear_faults()
        stack.emulator.clear_outcomes()


@dataclass
class Home:
    """A namespace of one test, and the quick start made to fit it."""

    stack: Stack
    name: str

    def quickstart(self, *, airflow_proof: bool = False) -> list[dict[str, Any]]:
        """Give the five documents, without DAGs unless there is an Airflow that can prove them."""
        documents = [deepcopy(document) for document in yaml.safe_load_all(SAMPLE.read_text())]
        for document in documents:
            document["metadata"]["namespace"] = self.name
            if document["kind"] == "Environment":
                document["spec"]["name"] = self.name
            if document["kind"] == "DagSource" and not airflow_proof:
                document["spec"].pop("verify")
                document["spec"]["files"] = {"helper.py": "ANSWER = 42\n"}
        return documents

    def document(self, kind: str) -> dict[str, Any]:
        """Give one of the five documents."""
        return next(document for document in self.quickstart() if document["kind"] == kind)

    def apply(self, *documents: dict[str, Any]) -> None:
        """Apply documents server-side."""
        self.stack.apply(documents)

    def edit(self, kind: str, name: str = "quickstart", **spec: Any) -> None:
        """Change fields of a spec."""
        patch = yaml.safe_dump({"spec": spec})
        self.stack.kubectl("-n", self.name, "patch", kind.lower(), name, "--type=merge", "--patch", patch)

    def get(self, kind: str, name: str = "quickstart") -> dict[str, Any]:
        """Read an object that exists."""
        found = self.stack.get(kind, name, self.name)
        assert found, f"{kind} {self.name}/{name} does not exist"
        return found

    def status(self, kind: str, name: str = "quickstart") -> dict[str, Any]:
        """Read the status of an object."""
        status: dict[str, Any] = self.get(kind, name).get("status", {})
        return status

    def condition(self, kind: str, type_: str, name: str = "quickstart") -> dict[str, Any]:
        """Give a condition at the present generation; empty when there is none."""
        return self.stack.condition(kind, name, type_, self.name)

    def wait_condition(self, kind: str, type_: str, name: str = "quickstart", **want: str) -> dict[str, Any]:
        """Wait until a condition has the given `status`, `reason`, or text in its `message`."""

        def holds() -> dict[str, Any] | None:
            found = self.condition(kind, type_, name)
            good = found and all(
                value in found[part] if part == "message" else found[part] == value for part, value in want.items()
            )
            return found if good else None

        return self.stack.wait(holds, f"{kind} {self.name}/{name} {type_} {want}, is {self.condition(kind, type_, name)}")

    def wait_ready(self, *kinds: str) -> None:
        """Wait until the quick start's objects of these kinds are Ready; all five when none is named."""
        names = kinds or ("Network", "Bucket", "ExecutionRole", "DagSource", "Environment")
        self.stack.wait_ready(*((kind, "quickstart") for kind in names), namespace=self.name)

    def delete_all(self) -> None:
        """Delete all objects and wait until they are gone."""
        if not self.stack.objects(self.name):
            return
        self.stack.kubectl("-n", self.name, "delete", "mwaa", "--all", "--wait=false")
        self.stack.wait(lambda: not self.stack.objects(self.name), f"all objects of {self.name} to be gone")


@pytest.fixture
def home(stack: Stack) -> Iterator[Home]:
    """Give a namespace of its own; its objects are deleted after the test, which must end."""
    home = Home(stack, f"e2e-{next(_numbers)}")
    stack.cluster.create_namespace(home.name)
    yield home
    stack.emulator.clear_faults()
    home.delete_all()
