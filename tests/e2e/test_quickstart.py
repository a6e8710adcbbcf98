"""The main job: five documents become an environment, stay as they are at no cost, and go without a trace."""

from __future__ import annotations

import random
from typing import Any

import boto3
import pytest
from botocore.config import Config

from devcluster.stack import Stack

pytestmark = pytest.mark.cluster


def aws(stack: Stack, service: str) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=stack.emulator.url,
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
        config=Config(inject_host_prefix=False),
    )


def writes(stack: Stack) -> list[str]:
    return [f"{call.service}:{call.operation}" for call in stack.emulator.writes()]


def owned(stack: Stack, namespace: str) -> list[str]:
    """List everything in the account that carries this namespace in its owner tags, or its name."""
    ec2, iam, s3, logs, mwaa = (aws(stack, name) for name in ("ec2", "iam", "s3", "logs", "mwaa"))
    tagged = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["mwaa-operator.dev/object"]}])["Tags"]
    nats = ec2.describe_nat_gateways()["NatGateways"]
    dead = {nat["NatGatewayId"] for nat in nats if nat["State"] == "deleted"}
    found = [tag["ResourceId"] for tag in tagged if f"/{namespace}/" in tag["Value"] and tag["ResourceId"] not in dead]
    for role in iam.list_roles(PathPrefix="/service-role/")["Roles"]:
        tags = iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
        found += [role["RoleName"] for tag in tags if tag["Key"].endswith("/object") and f"/{namespace}/" in tag["Value"]]
    found += [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if f"-{namespace}-" in bucket["Name"]]
    groups = logs.describe_log_groups(logGroupNamePrefix=f"airflow-{namespace}-")["logGroups"]
    found += [group["logGroupName"] for group in groups]
    return found + [name for name in mwaa.list_environments()["Environments"] if name == namespace]


def test_one_apply_in_any_order_becomes_an_environment_and_a_second_one_costs_nothing(stack: Stack, home: Any) -> None:
    documents = home.quickstart()
    random.Random(7).shuffle(documents)
    for document in documents:
        home.apply(document)
    home.wait_ready()
    assert home.status("Environment")["environmentStatus"] == "AVAILABLE"

    stack.emulator.clear_calls()
    versions = {kind: home.get(kind)["metadata"]["resourceVersion"] for kind in ("Network", "Bucket", "Environment")}
    home.apply(*documents)
    reconciled = {kind: home.get(kind) for kind in versions}
    assert writes(stack) == []
    assert {kind: item["metadata"]["generation"] for kind, item in reconciled.items()} == dict.fromkeys(versions, 1)


def test_deleting_everything_at_once_leaves_only_the_kept_bucket(stack: Stack, home: Any) -> None:
    home.apply(*home.quickstart())
    home.wait_ready()
    (bucket,) = [name for name in owned(stack, home.name) if name.startswith("mwaa-")]
    home.delete_all()
    assert owned(stack, home.name) == [bucket]
    failed = [call for call in stack.emulator.calls() if call.code == "DependencyViolation"]
    assert failed == []


@pytest.mark.row("A1", "A15")
def test_an_environment_is_created_once_with_what_is_declared(stack: Stack, home: Any) -> None:
    home.apply(*home.quickstart())
    home.wait_ready()
    created = [call for call in stack.emulator.calls("mwaa", "CreateEnvironment") if call.params["Name"] == home.name]
    assert len(created) == 1
    sent, network = created[0].params, home.status("Network")
    assert sent["MaxWorkers"] == 2
    assert sent["WebserverAccessMode"] == "PUBLIC_ONLY"
    assert sorted(sent["NetworkConfiguration"]["SubnetIds"]) == sorted(network["privateSubnetIds"])
    assert sent["ExecutionRoleArn"] == home.status("ExecutionRole")["roleArn"]
    assert sent["SourceBucketArn"] == home.status("Bucket")["bucketArn"]
