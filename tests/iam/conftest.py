"""The product on an emulated AWS in which IAM refuses what nobody is allowed, and a user for the operator."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

from devcluster.controlplane import ControlPlane
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY
from devcluster.stack.policy import published
from mwaa_emulator.calls import Call

SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"
RECORD = bool(os.environ.get("RECORD"))
"""Record the calls anew: then the operator may do everything, since the policy is yet to be made."""
EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "All", "Effect": "Allow", "Action": ["*"], "Resource": ["*"]}],
}
PACE = ("--poll-seconds=0.2", "--slow-seconds=0.5", "--drift-seconds=3600", "--iam=enabled")
_looks = itertools.count(1)


@dataclass
class Account:
    """The account, its administrator, and the operator that is a user of it."""

    stack: Stack
    administrator: Mapping[str, str]
    operator: Mapping[str, str]

    @classmethod
    def prepared(cls, stack: Stack) -> Account:
        """Make both users while nothing is refused yet, then let IAM be enforced."""
        iam = _client(stack, "iam", "emulator", "emulator")
        keys = []
        for name in ("administrator", "operator"):
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=json.dumps(EVERYTHING))
            key = iam.create_access_key(UserName=name)["AccessKey"]
            keys.append({"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]})
        stack.emulator.enforce_iam()
        return cls(stack, *keys)

    def aws(self, service: str) -> Any:
        """Connect as the administrator."""
        return _client(self.stack, service, *self.administrator.values())

    def allow(self, *but: str) -> None:
        """Allow the operator what is published, but some actions."""
        policy: dict[str, Any] = deepcopy(EVERYTHING) if RECORD else published()
        for statement in policy["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action not in but]
        policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
        self.aws("iam").put_user_policy(UserName="operator", PolicyName="may", PolicyDocument=json.dumps(policy))

    def calls(self) -> list[Call]:
        """Give the operator's calls."""
        mine = self.operator["AWS_ACCESS_KEY_ID"]
        return [call for call in self.stack.emulator.calls() if call.access_key == mine]


@dataclass
class Team:
    """A namespace, and the quick start in it."""

    account: Account
    name: str

    def quickstart(self, **specs: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give the five documents and a key, with changes to some specs. No Airflow runs here that could prove DAGs."""
        documents: list[dict[str, Any]] = [deepcopy(each) for each in yaml.safe_load_all(SAMPLE.read_text())]
        documents.append({**deepcopy(documents[0]), "kind": "EncryptionKey", "spec": {}})
        for document in documents:
            document["metadata"]["namespace"] = self.name
            if document["kind"] == "DagSource":
                document["spec"].pop("verify")
                document["spec"]["files"] = {"first.py": "ANSWER = 42\n", "second.py": "ANSWER = 43\n"}
            if document["kind"] == "Environment":
                document["spec"]["name"] = self.name
            if document["kind"] in ("Bucket", "Environment"):
                document.setdefault("spec", {})["kmsKeyRef"] = {"name": "quickstart"}
            document.setdefault("spec", {}).update(specs.get(document["kind"], {}))
        return documents

    def apply(self, documents: list[dict[str, Any]]) -> None:
        self.account.stack.apply(documents)

    def wait_ready(self, *only: str) -> None:
        kinds = only or ("Network", "EncryptionKey", "Bucket", "ExecutionRole", "DagSource", "Environment")
        self.account.stack.wait_ready(*((kind, "quickstart") for kind in kinds), namespace=self.name)

    def wait_said(self, kind: str, text: str) -> dict[str, Any]:
        """Wait until an object's condition Ready has a text in its message."""

        def said() -> dict[str, Any] | None:
            ready = self.account.stack.condition(kind, "quickstart", "Ready", self.name)
            return ready if text in ready.get("message", "") else None

        return self.account.stack.wait(said, f"{kind} {self.name}/quickstart to say {text!r}")

    def status(self, kind: str) -> dict[str, Any]:
        found = self.account.stack.get(kind, "quickstart", self.name) or {}
        return dict(found.get("status", {}))

    def look(self, *kinds: str) -> None:
        """Have the operator look at objects, and wait until it has."""
        when = str(next(_looks))
        for kind in kinds:
            mark = f"mwaa-operator.dev/reconcile-at={when}"
            self.account.stack.kubectl("-n", self.name, "annotate", "--overwrite", kind.lower(), "quickstart", mark)
        for kind in kinds:
            done = f"a look at {kind} {self.name}/quickstart"
            self.account.stack.wait(lambda kind=kind: self.status(kind).get("lastHandledReconcileAt") == when, done)  # type: ignore[misc]

    def delete(self) -> None:
        self.account.stack.kubectl("-n", self.name, "delete", "mwaa", "--all", "--wait=false")

    def wait_gone(self) -> None:
        self.account.stack.wait(lambda: not self.account.stack.objects(self.name), f"all objects of {self.name} to be gone")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Give a control plane of its own: the operators of other tests must not see these objects."""
    directory = tmp_path_factory.mktemp("iam")
    with ControlPlane.started(directory / "cluster") as cluster:
        stack = Stack.prepare(directory / "stack", cluster, speed=6000.0, airflow="none", flags=PACE)
        try:
            account = Account.prepared(stack)
            account.allow()
            stack.start_operator(env=account.operator)
            yield account
        finally:
            stack.close()


@pytest.fixture
def team(account: Account) -> Any:
    """Make namespaces."""

    def make(name: str) -> Team:
        account.stack.cluster.create_namespace(name)
        return Team(account, name)

    return make


def _client(stack: Stack, service: str, key: str, secret: str) -> Any:
    config = Config(inject_host_prefix=False)
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=stack.emulator.url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config,
    )
