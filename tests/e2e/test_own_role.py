"""An environment that names no role gets one of its own, as the console makes it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from devcluster.stack import Stack

pytestmark = pytest.mark.cluster


@pytest.mark.row("A37")
def test_a_role_and_its_policy_are_made_before_the_environment_and_go_after_it(stack: Stack, home: Any) -> None:
    documents = [document for document in home.quickstart() if document["kind"] != "ExecutionRole"]
    for document in documents:
        document["spec"].pop("executionRoleRef", None) if "spec" in document else None
    begun = len(stack.emulator.calls())
    home.apply(*documents)
    home.wait_ready("Environment")

    order = [call.operation for call in stack.emulator.calls()[begun:] if call.write and call.code == ""]
    assert order.index("CreateRole") < order.index("PutRolePolicy") < order.index("CreateEnvironment")
    arn = home.status("Environment")["executionRoleArn"]
    name = arn.rpartition("/")[2]
    assert ":role/service-role/AmazonMWAA-quickstart-" in arn
    iam = boto3.client("iam", "us-east-1", endpoint_url=stack.emulator.url, aws_access_key_id="x", aws_secret_access_key="x")
    policy = iam.get_role_policy(RoleName=name, PolicyName="MWAA-Execution-Policy")["PolicyDocument"]
    assert f"environment/{home.name}" in str(policy)

    home.delete_all()
    assert name not in [role["RoleName"] for role in iam.list_roles()["Roles"]]
