"""docs/how-to/operator-policy.json allows what the operator calls, and nothing that has no reason."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore import xform_name
from botocore.config import Config
from botocore.session import get_session

from devcluster.cluster import Cluster
from devcluster.stack import Stack
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.aws.errors import _action

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "operator" / "mwaa_operator"
POLICY = ROOT / "docs" / "how-to" / "operator-policy.json"
SERVICES = ("ec2", "s3", "iam", "logs", "mwaa")
BESIDE_CALLS = {
    "iam:PassRole": "CreateEnvironment is given a role",
    "iam:CreateServiceLinkedRole": "the first environment of an account makes AWSServiceRoleForAmazonMWAA",
    "ec2:CreateNetworkInterface": "MWAA, in the name of who creates an environment (guide, 01 section 11)",
    "ec2:CreateVpcEndpoint": "the same",
    "s3:GetEncryptionConfiguration": "the same",
    "s3:TagResource": "CreateBucket with tags (API model of S3)",
    "s3:DeleteObjectVersion": "DeleteObjects with version ids, to purge a bucket",
}


def operations() -> Iterator[tuple[str, str]]:
    """Give every operation that an adapter names."""
    known = {
        service: {xform_name(name) for name in get_session().get_service_model(service).operation_names}
        for service in SERVICES
    }
    for path in (*SOURCE.glob("aws/*.py"), *SOURCE.glob("airflow/*.py")):
        service = "mwaa" if path.parent.name == "airflow" else path.stem.partition("_")[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in known.get(service, ()):
                yield service, str(node.value)


def allowed() -> set[str]:
    statements = json.loads(POLICY.read_text())["Statement"]
    listed = (statement["Action"] for statement in statements)
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}


def test_it_allows_every_call_of_the_adapters_and_what_aws_asks_beside_them() -> None:
    called = {_action(service, operation) for service, operation in operations()}
    assert len(called) > 60
    assert allowed() == called | BESIDE_CALLS.keys()


@pytest.mark.cluster
def test_a_user_who_has_only_its_actions_makes_and_takes_down_an_environment(control_plane: Cluster, tmp_path: Path) -> None:
    """IAM is enforced. The bucket is given: moto does not get S3's signatures right when it checks them."""
    stack = Stack.prepare(tmp_path / "stack", control_plane, speed=600.0, airflow="none")
    try:
        bucket = PreparedAccount(lambda service: connect(stack, service)).bucket
        iam = connect(stack, "iam")
        iam.create_user(UserName="operator")
        iam.put_user_policy(UserName="operator", PolicyName="operator", PolicyDocument=json.dumps(for_moto()))
        key = iam.create_access_key(UserName="operator")["AccessKey"]
        stack.emulator.enforce_iam()
        credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        stack.start_operator(env=credentials)
        control_plane.create_namespace("policy")
        documents = list(quickstart("policy", bucket))
        stack.apply(documents)
        stack.wait_ready(*((each["kind"], "quickstart") for each in documents), namespace="policy", timeout=60.0)
        stack.kubectl("-n", "policy", "delete", "mwaa", "--all", "--wait=false")
        stack.wait(lambda: not stack.objects("policy"), "all objects to be gone", timeout=60.0)
    finally:
        stack.close()


def connect(stack: Stack, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=stack.emulator.url,
        region_name="us-east-1",
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
        config=Config(inject_host_prefix=False),
    )


def for_moto() -> dict[str, Any]:
    """Give the policy as moto reads it, which compares no resources. The emulator does, for MWAA's own."""
    policy: dict[str, Any] = json.loads(POLICY.read_text())
    for statement in policy["Statement"]:
        if statement["Sid"] not in ("Environments", "AskAirflow", "GiveRolesToEnvironments"):
            statement["Resource"] = "*"
    return policy


def quickstart(namespace: str, bucket: str) -> Iterator[dict[str, Any]]:
    """Give network, role and environment of the quick start, in a given bucket."""
    for document in yaml.safe_load_all((ROOT / "manifests" / "samples" / "quickstart.yaml").read_text()):
        document["metadata"]["namespace"] = namespace
        if document["kind"] == "Environment":
            document["spec"].pop("bucketRef")
            document["spec"].pop("dagSourceRefs")
            document["spec"]["sourceBucketArn"] = f"arn:aws:s3:::{bucket}"
        if document["kind"] in ("Network", "ExecutionRole", "Environment"):
            yield document
