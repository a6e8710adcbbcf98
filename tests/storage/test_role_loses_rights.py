"""A right that somebody takes away from a role: put back, or warned about where the operator only reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mwaa_operator.api.execution_role import ExecutionRoleSpec
from mwaa_operator.checks.role_drift import lacking
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.kind import Neighbour
from mwaa_operator.core.policy import DriftPolicy
from mwaa_operator.core.report import report
from mwaa_operator.kinds.execution_role import ExecutionRoleKind

POLICY = "MWAA-Execution-Policy"
QUEUE = [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
]


def preflight(run: Any) -> Any:
    """Give the condition that shows findings; None when there is nothing to say."""
    found = report(run.found(), True, Truth.TRUE, "fine").conditions
    return next((each for each in found if each.type == "Preflight"), None)


@pytest.mark.row("A100")
async def test_an_edit_that_drops_the_queue_is_warned_about(
    declared: Callable[..., Any], client: Callable[..., Any], neighbour: Callable[..., Neighbour]
) -> None:
    spec = SimpleNamespace(name=None, region=None, source_bucket_arn=None, kms_key=None, kms_key_ref=None)
    prod = neighbour("prod", spec, {"environmentName": "prod", "bucketArn": "arn:aws:s3:::lake"})
    thing, iam = declared(ExecutionRoleKind(), ExecutionRoleSpec(), referrers=(prod,), name="etl"), client("iam")
    name = thing.facts(await thing.settle())["roleName"]
    thing.desk.drift = DriftPolicy.REPORT
    thing.desk.taken()

    document = iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"]
    kept = [each for each in document["Statement"] if "sqs:SendMessage" not in each["Action"]]
    iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps({**document, "Statement": kept}))
    facts = thing.facts(await thing.desk.once())
    assert facts["lackingActions"] == QUEUE

    # what is published is there at the next look
    thing.desk.obj = lambda spec=None, known=thing.desk.obj: replace(known(spec), facts=facts)
    shown = preflight(await thing.desk.once())
    assert (shown.status, shown.reason) == (Truth.TRUE, "RoleLostPermission")
    assert "sqs:SendMessage" in shown.message
    assert thing.desk.taken() == []

    thing.desk.drift = DriftPolicy.CORRECT
    assert thing.facts(await thing.settle())["lackingActions"] is None


def test_wider_words_are_no_loss() -> None:
    def allow(*actions: str, effect: str = "Allow") -> dict[str, Any]:
        return {"Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]}

    wanted = allow("sqs:SendMessage", "s3:GetObject*")
    assert lacking(allow("sqs:*", "S3:Get*"), wanted) == ()
    assert lacking(allow("*"), wanted) == ()
    assert lacking(allow("s3:GetObject"), wanted) == ("s3:GetObject*", "sqs:SendMessage")
    assert lacking(allow("*", effect="Deny"), wanted) == ("s3:GetObject*", "sqs:SendMessage")
    assert lacking(wanted, allow("s3:ListAllMyBuckets", effect="Deny")) == ()
