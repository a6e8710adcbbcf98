"""The plugin as a user has it: `kubectl mwaa` as a process, on a real API server and an emulated AWS."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from devcluster import tools
from devcluster.stack import Stack
from mwaa_emulator.prepared import CompleteAccount
from mwaa_operator.api.meta import API_VERSION

_numbers = itertools.count(1)
Lint = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass
class Shell:
    """A user's shell: their kubeconfig, their AWS credentials, their namespace."""

    stack: Stack
    account: CompleteAccount
    """What somebody has made by hand."""
    ground: dict[str, Any]
    """The ids of a network and a bucket on which an environment can be created."""
    namespace: str

    def environment(self, **changes: str | None) -> dict[str, str]:
        """Give the variables of a process; None takes one away."""
        programs = [str(Path(sys.executable).parent), str(tools.ensure("kubectl")["kubectl"].parent)]
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        known: dict[str, str | None] = {
            **kept,
            **self.stack.cluster.environment(),
            **self.stack.emulator.environment(),
            "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
            **changes,
        }
        return {name: value for name, value in known.items() if value is not None}

    def mwaa(
        self, *arguments: str, code: int = 0, given: str | None = None, namespaced: bool = True, **env: str | None
    ) -> subprocess.CompletedProcess[str]:
        """Run `kubectl mwaa`, which must end with the given code and never with a traceback."""
        where = ["-n", self.namespace] if namespaced else []
        done = subprocess.run(
            ["kubectl", "mwaa", *arguments, *where],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=self.environment(**env),
        )
        assert "Traceback" not in done.stderr
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, code: int = 0, **more: Any) -> Any:
        """Run `kubectl mwaa ... -o json` and read its output."""
        return json.loads(self.mwaa(*arguments, "-o", "json", code=code, **more).stdout)

    def environment_document(self, name: str = "first", /, **spec: Any) -> dict[str, Any]:
        """Write an Environment that stands on things by their ids, and has a role of its own."""
        plain = {
            "name": f"{self.namespace}-{name}",
            "subnetIds": self.ground["privateSubnetIds"],
            "securityGroupIds": [self.ground["securityGroupId"]],
            "sourceBucketArn": self.ground["bucketArn"],
        }
        given = {key: value for key, value in {**plain, **spec}.items() if value is not None}
        return self.document("Environment", name, **given)

    def document(self, kind: str, name: str, /, **spec: Any) -> dict[str, Any]:
        """Write a document."""
        about = {"name": name, "namespace": self.namespace}
        return {"apiVersion": API_VERSION, "kind": kind, "metadata": about, "spec": spec}

    def apply(self, *documents: Mapping[str, Any]) -> None:
        """Apply documents."""
        self.stack.apply(documents)

    def get(self, name: str = "first", kind: str = "Environment") -> dict[str, Any]:
        """Read an object that exists."""
        found = self.stack.get(kind, name, self.namespace)
        assert found
        return found

    def wait(self, good: Callable[[dict[str, Any]], Any], what: str, name: str = "first", kind: str = "Environment") -> Any:
        """Wait until an object is as it should be."""
        return self.stack.wait(lambda: good(self.get(name, kind)), what)

    def wait_ready(self, name: str = "first", kind: str = "Environment") -> None:
        """Wait until an object is Ready."""
        self.stack.wait_ready((kind, name), namespace=self.namespace)

    def aws(self, service: str) -> Any:
        """Give a client."""
        return self.stack.emulator.connect(service)

    def create_in_aws(self, name: str, **members: Any) -> dict[str, Any]:
        """Make an environment as somebody does in the console, and wait until AWS has it."""
        self.aws("mwaa").create_environment(**self.account.request(name, **members))
        return self.stack.wait(lambda: self._available(name), f"{name} to be AVAILABLE")

    def _available(self, name: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.aws("mwaa").get_environment(Name=name)["Environment"]
        return found if found["Status"] == "AVAILABLE" else None

    def writes(self) -> list[str]:
        """Name every call that changed something in AWS since the calls were cleared."""
        return [f"{call.service}:{call.operation}" for call in self.stack.emulator.writes()]


@pytest.fixture(scope="session")
def ground(stack: Stack) -> dict[str, Any]:
    """Give a network and a bucket that pass every check, and their ids."""
    stack.cluster.create_namespace("ground")
    about = {"name": "ground", "namespace": "ground"}
    kinds = ("Network", "Bucket")
    stack.apply([{"apiVersion": API_VERSION, "kind": kind, "metadata": about, "spec": {}} for kind in kinds])
    stack.wait_ready(*((kind, "ground") for kind in kinds), namespace="ground")
    found = [stack.get(kind, "ground", "ground") for kind in kinds]
    return {name: value for body in found if body for name, value in body["status"].items()}


@pytest.fixture
def shell(stack: Stack, account: CompleteAccount, ground: dict[str, Any]) -> Iterator[Shell]:
    """Give a shell with a namespace of its own; its objects are deleted after the test."""
    shell = Shell(stack, account, ground, f"cli-{next(_numbers)}")
    stack.cluster.create_namespace(shell.namespace)
    stack.emulator.clear_calls()
    yield shell
    for body in stack.objects(shell.namespace):
        # a deletion that has to be approved would wait for ever
        approve = [
            "patch",
            body["kind"].lower(),
            body["metadata"]["name"],
            "--type=merge",
            "-p",
            '{"spec":{"approval":"Automatic"}}',
        ]
        stack.kubectl("-n", shell.namespace, *approve)
    if stack.objects(shell.namespace):
        stack.kubectl("-n", shell.namespace, "delete", "mwaa", "--all", "--wait=false")
        stack.wait(lambda: not stack.objects(shell.namespace), f"all objects of {shell.namespace} to be gone")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write documents to a file, and give its path."""

    def to(*documents: Mapping[str, Any]) -> str:
        path = tmp_path / f"{next(_numbers)}.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        return str(path)

    return to


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """Run the program in an empty folder, on a machine that has neither kubeconfig nor AWS."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "kubectl-mwaa"), "lint", *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert "Traceback" not in done.stderr
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run
