"""The order of creation and deletion over all objects of the quick start, as AWS saw the calls."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_emulator.calls import Call

pytestmark = pytest.mark.cluster
CREATED_FIRST = (
    "s3:PutBucketVersioning",
    "s3:PutPublicAccessBlock",
    "s3:PutObject",
    "iam:PutRolePolicy",
    "ec2:CreateRoute",
    "ec2:AssociateRouteTable",
    "ec2:AuthorizeSecurityGroupIngress",
)
DELETED_LATER = (
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "ec2:DeleteSubnet",
    "ec2:DeleteNatGateway",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteVpc",
)


def numbers(calls: list[Call], operation: str) -> list[int]:
    """Say when the calls of an operation arrived; there must be some, and all must have been carried out."""
    found = [call for call in calls if f"{call.service}:{call.operation}" == operation]
    assert found, f"there was no {operation}"
    assert [call.code for call in found if call.status >= 400] == [], operation
    return [call.seq for call in found]


@pytest.mark.row("A39", "A45", "A78", "A153", "C240")
def test_the_stack_is_made_from_the_ground_up_and_taken_down_from_the_top(home: Any) -> None:
    emulator = home.stack.emulator
    emulator.clear_calls()
    home.apply(*home.quickstart())
    home.wait_ready()
    calls = emulator.calls()
    (created,) = numbers(calls, "mwaa:CreateEnvironment")
    for operation in CREATED_FIRST:
        assert max(numbers(calls, operation)) < created, operation

    # while the environment stands, nothing under it goes, whoever asks for that
    emulator.clear_calls()
    for kind in ("Network", "ExecutionRole", "Bucket", "DagSource"):
        home.delete(kind)
    for kind in ("Network", "ExecutionRole", "Bucket", "DagSource"):
        home.wait_condition(kind, "Ready", status="False", reason="InUse", message=f"Environment {home.name}/quickstart")
    assert emulator.writes() == []
    (bucket,) = [name for name in home.owned() if name.startswith("mwaa-")]

    home.delete("Environment")
    home.wait_gone("Environment")
    assert home.name not in [each["name"] for each in emulator.environments()]
    for kind in ("Network", "ExecutionRole", "Bucket", "DagSource"):
        home.wait_gone(kind)
    calls = emulator.calls()
    gone = max(call.seq for call in calls if call.operation == "GetEnvironment" and call.status == 200)
    for operation in DELETED_LATER:
        assert min(numbers(calls, operation)) > gone, operation
    assert max(numbers(calls, "iam:DeleteRolePolicy")) < min(numbers(calls, "iam:DeleteRole"))
    assert [call.code for call in calls if call.code == "DependencyViolation"] == []
    assert home.owned() == [bucket]
