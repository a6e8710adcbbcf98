"""What a role may do on logs, queue and key, and a key of another account."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from mwaa_emulator.prepared import execution_policy

QUEUE = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)
KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
FOREIGN = "arn:aws:kms:us-east-1:222222222222:key/11111111-1111-1111-1111-111111111111"


def without(prefix: str, key: str | None = None) -> dict[str, Any]:
    """Give the guide's policy, for a customer key where one is named, without all actions of a service."""
    policy = deepcopy(execution_policy("my-bucket"))
    if key:
        policy["Statement"] = [each for each in policy["Statement"] if "NotResource" not in each]
        via = {"StringLike": {"kms:ViaService": ["sqs.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"]}}
        actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"]
        policy["Statement"].append({"Effect": "Allow", "Action": actions, "Resource": key, "Condition": via})
    kept = [each for each in policy["Statement"] if not str(each["Action"][0]).startswith(prefix)]
    return {**policy, "Statement": kept}


@pytest.fixture
def key(place) -> str:
    """A customer key that CloudWatch Logs may use."""
    kms = place.client("kms")
    arn = str(kms.create_key()["KeyMetadata"]["Arn"])
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
    logs = {**root, "Principal": {"Service": "logs.us-east-1.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [root, logs]})
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=document)
    return arn


@pytest.mark.row("D46")
async def test_a_role_that_may_not_write_logs_is_named_with_what_it_lacks(place) -> None:
    """The row calls it ExecutionRoleInsufficient: here it is `RoleLacksPermission` (docs/fidelity.md)."""
    place.account.permit(without("logs:"))
    found = await place.look_at("role")
    assert [each.code for each in found] == ["RoleLacksPermission", "RoleLacksAdvisedPermission"]
    groups = "arn:aws:logs:us-east-1:123456789012:log-group:airflow-first-Task:log-stream:*"
    assert f"logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents on {groups}" in found[0].message


@pytest.mark.row("D79")
@pytest.mark.parametrize("customer", [False, True])
async def test_queue_and_key_are_needed_with_either_kind_of_key(place, key, customer) -> None:
    wanted = key if customer else None
    place.account.permit(without("none:", wanted))
    assert await place.look_at("role", kms_key=wanted) == []
    for prefix, actions in (("sqs:", QUEUE), ("kms:", KEY_ACTIONS)):
        place.account.permit(without(prefix, wanted))
        (finding,) = await place.look_at("role", kms_key=wanted)
        assert (finding.code, str(finding.severity)) == ("RoleLacksPermission", "Error")
        assert f"{', '.join(actions)} on arn:aws:{prefix}us-east-1:" in finding.message
        assert (key in finding.message) == (customer and prefix == "kms:")


@pytest.mark.row("D76")
async def test_a_key_of_another_account_is_warned_about_by_arn_and_refused_by_id(place) -> None:
    place.emulator.fault("kms", "DescribeKey", code="AccessDeniedException", message="no", status=400, count=1)
    warning, notice = await place.look_at("key", kms_key=FOREIGN)
    assert (warning.code, str(warning.severity)) == ("CrossAccountKey", "Warning")
    assert "belongs to the account 222222222222" in warning.message
    assert (notice.code, "kms:DescribeKey" in notice.message) == ("NotChecked", True)
    assert [call.operation for call in place.calls if call.service == "kms"] == ["describe_key"]

    (finding,) = await place.look_at("key", kms_key=FOREIGN.rpartition("/")[2])
    assert (finding.code, str(finding.severity)) == ("KeyNotFound", "Error")
    assert "a key of another account goes by its ARN" in finding.message
