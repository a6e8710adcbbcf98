"""One stack for all end-to-end tests: the operator as its chart deploys it, on a real API server and an emulated AWS."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from devcluster.controlplane import ControlPlane
from devcluster.processes import Running
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY
from mwaa_emulator.prepared import CompleteAccount

SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"
RECONCILE_AT = "mwaa-operator.dev/reconcile-at"
LISTS = {
    "describe_vpcs": ("Vpcs", "VpcId"),
    "describe_subnets": ("Subnets", "SubnetId"),
    "describe_internet_gateways": ("InternetGateways", "InternetGatewayId"),
    "describe_nat_gateways": ("NatGateways", "NatGatewayId"),
    "describe_addresses": ("Addresses", "AllocationId"),
    "describe_route_tables": ("RouteTables", "RouteTableId"),
    "describe_security_groups": ("SecurityGroups", "GroupId"),
    "describe_vpc_endpoints": ("VpcEndpoints", "VpcEndpointId"),
}
"""The calls of EC2 that list what a network consists of. Tags alone are no proof: they outlive what they were put on."""
_numbers = itertools.count(1)


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

    def aws(self, service: str) -> Any:
        """Give a client in the operator's own account."""
        return self.stack.emulator.connect(service)

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

    def new(self, kind: str, name: str = "quickstart", /, **spec: Any) -> dict[str, Any]:
        """Make a document."""
        about = {"name": name, "namespace": self.name}
        return {"apiVersion": "mwaa-operator.dev/v1alpha1", "kind": kind, "metadata": about, "spec": spec}

    def environment(self, account: CompleteAccount, **spec: Any) -> dict[str, Any]:
        """Make an Environment that stands on things which nobody of ours looks after; None leaves a field out."""
        plain = {
            "name": self.name,
            "subnetIds": account.subnets,
            "securityGroupIds": [account.group],
            "sourceBucketArn": f"arn:aws:s3:::{account.bucket}",
            "executionRoleArn": account.role_arn,
        }
        given = {name: value for name, value in {**plain, **spec}.items() if value is not None}
        return self.new("Environment", **given)

    def apply(self, *documents: dict[str, Any]) -> None:
        """Apply documents server-side."""
        self.stack.apply(documents)

    def edit(self, kind: str, name: str = "quickstart", **spec: Any) -> None:
        """Change fields of a spec."""
        patch = yaml.safe_dump({"spec": spec})
        self.stack.kubectl("-n", self.name, "patch", kind.lower(), name, "--type=merge", "--patch", patch)

    def delete(self, kind: str, name: str = "quickstart") -> None:
        """Ask for the deletion of an object, and do not wait for it."""
        self.stack.kubectl("-n", self.name, "delete", kind.lower(), name, "--wait=false")

    def wait_gone(self, kind: str, name: str = "quickstart") -> None:
        """Wait until an object exists no more."""
        self.stack.wait(lambda: self.stack.get(kind, name, self.name) is None, f"{kind} {self.name}/{name} to be gone")

    def look(self, kind: str, name: str = "quickstart") -> None:
        """Ask the operator for a look at an object, and wait until it has looked."""
        when = str(next(_numbers))
        self.stack.kubectl("-n", self.name, "annotate", "--overwrite", kind.lower(), name, f"{RECONCILE_AT}={when}")
        self.stack.wait(
            lambda: self.status(kind, name).get("lastHandledReconcileAt") == when, f"a look at {kind} {self.name}/{name}"
        )

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

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """Give the parameters of the calls of an operation that concern this test's environment and were carried out."""
        calls = self.stack.emulator.calls("mwaa", operation)
        return [dict(call.params) for call in calls if call.params.get("Name") == self.name and call.status == 200]

    def delivered(self) -> dict[str, bytes]:
        """Give what lies in the DAG folder of the quick start's bucket; nothing before there is one."""
        bucket = self.status("Bucket").get("bucketName")
        if not bucket:
            return {}
        s3 = self.aws("s3")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="dags/").get("Contents", ())]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys if not key.endswith("/")}

    def owned(self) -> list[str]:
        """List all that is in the account and carries this namespace in its owner tags, or its name."""
        iam, s3, logs = (self.aws(name) for name in ("iam", "s3", "logs"))
        found = [id_ for operation, names in LISTS.items() for id_ in self._owned(operation, *names)]
        for role in iam.list_roles(PathPrefix="/service-role/")["Roles"]:
            if self._ours(iam.list_role_tags(RoleName=role["RoleName"])["Tags"]):
                found.append(role["RoleName"])
        found += [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if f"-{self.name}-" in bucket["Name"]]
        groups = logs.describe_log_groups(logGroupNamePrefix=f"airflow-{self.name}-")["logGroups"]
        found += [group["logGroupName"] for group in groups]
        return found + [each["name"] for each in self.stack.emulator.environments() if each["name"] == self.name]

    def _owned(self, operation: str, items: str, id_: str) -> list[str]:
        listed = getattr(self.aws("ec2"), operation)()[items]
        return [each[id_] for each in listed if self._ours(each.get("Tags", ())) and each.get("State") != "deleted"]

    def _ours(self, tags: Any) -> bool:
        return any(tag["Key"] == "mwaa-operator.dev/object" and f"/{self.name}/" in tag["Value"] for tag in tags)

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


@pytest.fixture
def own_cluster(stack: Stack) -> ControlPlane:
    """Give the cluster to do things to that nobody may do to a cluster of somebody else."""
    if not isinstance(stack.cluster, ControlPlane):
        pytest.skip(
            "CLUSTER=current: this test breaks the API server or a definition, and only does so in a cluster of its own"
        )
    return stack.cluster


@pytest.fixture
def stranger(stack: Stack) -> Any:
    """Give a client for S3 in another account."""
    role = "arn:aws:iam::999999999999:role/stranger"
    keys = stack.emulator.connect("sts").assume_role(RoleArn=role, RoleSessionName="stranger")["Credentials"]
    return stack.emulator.connect(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


@pytest.fixture
def other_operator(home: Home) -> Iterator[Callable[..., Running]]:
    """Put an operator with other flags or variables in the place of the usual one, which comes back after the test."""

    def start(*flags: str, env: dict[str, str | None] | None = None, wait: bool = True) -> Running:
        home.stack.stop_operator()
        return home.stack.start_operator(*flags, env=env, wait=wait)

    yield start
    home.stack.stop_operator()
    home.stack.start_operator()


@pytest.fixture
def slow_aws(stack: Stack) -> Iterator[Stack]:
    """Let AWS take its time until the test says otherwise."""
    usual = stack.emulator.speed()
    stack.emulator.speed(1.0)
    yield stack
    stack.emulator.speed(usual)
