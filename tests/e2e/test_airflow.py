"""The quick start exactly as a newcomer applies it, with a real Airflow behind the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

from devcluster.cluster import Cluster
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY

pytestmark = [pytest.mark.cluster, pytest.mark.airflow]
SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"
KINDS = ("Network", "Bucket", "ExecutionRole", "DagSource", "Environment")
BROKEN = "import no_such_module\nfrom airflow.sdk import dag\n"


@pytest.fixture(scope="module")
def airflow_stack(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack.started(tmp_path_factory.mktemp("airflow-stack"), control_plane, speed=600.0, airflow="local") as stack:
        yield stack


@pytest.fixture(scope="module")
def quickstart(airflow_stack: Stack) -> Stack:
    """Apply the sample with kubectl, as it is, and wait for all five objects."""
    airflow_stack.kubectl("apply", "--server-side", "-f", str(SAMPLE))
    airflow_stack.wait_ready(*((kind, "quickstart") for kind in KINDS), timeout=300)
    return airflow_stack


def status(stack: Stack, kind: str) -> dict[str, Any]:
    found = stack.get(kind, "quickstart")
    assert found
    given: dict[str, Any] = found["status"]
    return given


def client(stack: Stack, service: str) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=stack.emulator.url,
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
        config=Config(inject_host_prefix=False),
    )


def airflow(stack: Stack, path: str) -> Any:
    return client(stack, "mwaa").invoke_rest_api(Name="quickstart", Path=path, Method="GET")["RestApiResponse"]


def files(stack: Stack, **changes: str | None) -> None:
    """Apply the sample's DagSource with files added, or with None taken away."""
    documents = [d for d in yaml.safe_load_all(SAMPLE.read_text()) if d["kind"] == "DagSource"]
    spec = documents[0]["spec"]
    for name, text in changes.items():
        spec["files"][f"{name}.py"] = text
    stack.apply(documents)


@pytest.mark.row("A147", "C27")
def test_five_documents_become_an_environment_whose_dag_has_run(quickstart: Stack) -> None:
    environment = client(quickstart, "mwaa").get_environment(Name="quickstart")["Environment"]
    assert environment["Status"] == "AVAILABLE"
    assert environment["MaxWorkers"] == 2
    assert environment["WebserverAccessMode"] == "PUBLIC_ONLY"
    modules = environment["LoggingConfiguration"].values()
    assert [(module["Enabled"], module["LogLevel"]) for module in modules] == [(True, "INFO")] * 5
    run = status(quickstart, "DagSource")["run"]
    answer = airflow(quickstart, f"/dags/{run['dagId']}/dagRuns/{run['runId']}")
    assert (run["state"], answer["state"]) == ("success", "success")


@pytest.mark.row("A150")
def test_the_first_dag_is_where_the_guide_puts_it(quickstart: Stack) -> None:
    bucket = status(quickstart, "Bucket")["bucketName"]
    stored = client(quickstart, "s3").get_object(Bucket=bucket, Key="dags/tutorial.py")["Body"].read().decode()
    (declared,) = [d for d in yaml.safe_load_all(SAMPLE.read_text()) if d["kind"] == "DagSource"]
    assert stored == declared["spec"]["files"]["tutorial.py"]
    assert airflow(quickstart, "/dags/tutorial")["is_paused"] is False


@pytest.mark.row("A149")
def test_the_outputs_of_the_guides_stack_are_in_status(quickstart: Stack) -> None:
    network, environment = status(quickstart, "Network"), status(quickstart, "Environment")
    subnets = {
        name: network[name] for name in ("publicSubnet1Id", "publicSubnet2Id", "privateSubnet1Id", "privateSubnet2Id")
    }
    real = client(quickstart, "ec2").describe_subnets(SubnetIds=list(subnets.values()))["Subnets"]
    assert {subnet["VpcId"] for subnet in real} == {network["vpcId"]}
    assert network["publicSubnetIds"] == [subnets["publicSubnet1Id"], subnets["publicSubnet2Id"]]
    assert network["privateSubnetIds"] == [subnets["privateSubnet1Id"], subnets["privateSubnet2Id"]]
    (group,) = client(quickstart, "ec2").describe_security_groups(GroupIds=[network["securityGroupId"]])["SecurityGroups"]
    assert group["VpcId"] == network["vpcId"]
    host = client(quickstart, "mwaa").get_environment(Name="quickstart")["Environment"]["WebserverUrl"]
    assert environment["webserverUrl"] == f"https://{host}"


def kubernetes_writes(stack: Stack) -> float:
    """Count what the operator wrote to Kubernetes, but for its lease."""
    lines = stack.operator_get("/metrics").text.splitlines()
    wanted = [line for line in lines if line.startswith("mwaa_operator_kubernetes_writes_total{") and "lease" not in line]
    return sum(float(line.rpartition(" ")[2]) for line in wanted)


def test_a_second_apply_costs_no_write_at_all(quickstart: Stack) -> None:
    quickstart.emulator.clear_calls()
    before = kubernetes_writes(quickstart)
    quickstart.kubectl("apply", "--server-side", "-f", str(SAMPLE))
    for kind in ("mwaanet", "mwaabucket", "mwaarole", "mwaadags", "mwaaenv"):
        quickstart.kubectl("annotate", kind, "quickstart", "mwaa-operator.dev/reconcile-at=now")
    for kind in KINDS:
        quickstart.wait(lambda kind=kind: status(quickstart, kind).get("lastHandledReconcileAt") == "now", "a fresh look")
    assert [f"{call.service}:{call.operation}" for call in quickstart.emulator.writes()] == []
    # the echo of the annotation is the only thing that each object had to say
    assert kubernetes_writes(quickstart) - before == len(KINDS)


def test_a_dag_that_fails_on_import_is_shown_with_airflows_words_and_mends(quickstart: Stack) -> None:
    files(quickstart, broken=BROKEN)
    shown = quickstart.wait(
        lambda: next(
            (c for c in [quickstart.condition("DagSource", "quickstart", "DagsImported")] if c.get("status") == "False"),
            None,
        ),
        "the import error to be shown",
        timeout=180,
    )
    assert shown["reason"] == "ImportError"
    assert "broken.py" in shown["message"]
    assert "No module named 'no_such_module'" in shown["message"]
    (proof,) = status(quickstart, "DagSource")["imports"]
    assert [error["file"] for error in proof["errors"]] == ["broken.py"]
    assert quickstart.condition("Environment", "quickstart", "Ready")["status"] == "True"
    files(quickstart)
    quickstart.wait_ready(("DagSource", "quickstart"), timeout=180)


@pytest.mark.row("B114")
def test_a_new_revision_is_proven_without_an_update_of_the_environment(quickstart: Stack) -> None:
    quickstart.emulator.clear_calls()
    old = status(quickstart, "DagSource")["revision"]
    sample = next(d for d in yaml.safe_load_all(SAMPLE.read_text()) if d["kind"] == "DagSource")
    sample["spec"]["files"]["tutorial.py"] = sample["spec"]["files"]["tutorial.py"].replace("Hello from", "Greetings from")
    quickstart.apply([sample])
    quickstart.wait_ready(("DagSource", "quickstart"), timeout=180)
    source = airflow(quickstart, "/dagSources/tutorial")
    assert "Greetings from MWAA" in json.dumps(source)
    assert status(quickstart, "DagSource")["revision"] != old
    assert quickstart.emulator.calls("mwaa", "UpdateEnvironment") == []


def test_deleting_the_file_of_the_quick_start_leaves_the_kept_bucket_alone(quickstart: Stack) -> None:
    bucket = status(quickstart, "Bucket")["bucketName"]
    quickstart.kubectl("delete", "-f", str(SAMPLE), "--wait=true", "--timeout=120s")
    assert quickstart.objects() == []
    ec2 = client(quickstart, "ec2")
    assert client(quickstart, "mwaa").list_environments()["Environments"] == []
    assert [name["Name"] for name in client(quickstart, "s3").list_buckets()["Buckets"]] == [bucket]
    assert client(quickstart, "iam").list_roles(PathPrefix="/service-role/")["Roles"] == []
    assert client(quickstart, "logs").describe_log_groups()["logGroups"] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
    assert [nat for nat in ec2.describe_nat_gateways()["NatGateways"] if nat["State"] != "deleted"] == []
