"""Who may put files into a bucket: a policy for each in a real IAM, and gone with the entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.api.bucket import BucketSpec
from mwaa_operator.kinds.bucket import BucketKind
from mwaa_operator.resources.iam_uploads import upload_policy

NAME, POLICY = "team-dags", "MWAA-Upload-team-dags"
ALL = [{"kind": "Role", "name": "deployers"}, {"kind": "User", "name": "ci"}, {"kind": "Group", "name": "people"}]
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    """IAM, with a role, a user and a group of somebody else's."""
    made = client("iam")
    made.create_role(RoleName="deployers", AssumeRolePolicyDocument=TRUST)
    made.create_user(UserName="ci")
    made.create_group(GroupName="people")
    return made


def spec(*uploaders: dict[str, str], **more: Any) -> BucketSpec:
    return BucketSpec.model_validate({"name": NAME, "uploaders": list(uploaders), **more})


def policies(iam: Any) -> dict[str, list[str]]:
    return {
        "Role": iam.list_role_policies(RoleName="deployers")["PolicyNames"],
        "User": iam.list_user_policies(UserName="ci")["PolicyNames"],
        "Group": iam.list_group_policies(GroupName="people")["PolicyNames"],
    }


def statements(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer["PolicyDocument"]["Statement"]
    return found


@pytest.mark.row("B111")
async def test_each_named_principal_gets_the_policy_and_loses_it_with_its_entry(
    declared: Callable[..., Any], iam: Any
) -> None:
    thing = declared(BucketKind(), spec(*ALL))
    await thing.settle()
    assert policies(iam) == {"Role": [POLICY], "User": [POLICY], "Group": [POLICY]}
    there = statements(iam.get_user_policy(UserName="ci", PolicyName=POLICY))
    allowed = {action: each["Resource"] for each in there for action in each["Action"]}
    bucket = f"arn:aws:s3:::{NAME}"
    assert allowed["s3:PutObject"] == [f"{bucket}/*"]
    assert allowed["s3:ListBucket"] == allowed["s3:GetBucketLocation"] == [bucket]
    assert not {"s3:GetObject", "s3:DeleteObject", "s3:PutBucketPolicy"} & allowed.keys()

    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == [], "steady"
    thing.spec = spec(ALL[0])
    await thing.settle()
    assert policies(iam) == {"Role": [POLICY], "User": [], "Group": []}
    thing.spec = spec(ALL[0], deletionPolicy="Delete")
    thing.desk.deleting = True
    await thing.settle()
    assert policies(iam) == {"Role": [], "User": [], "Group": []}


async def test_what_somebody_changed_is_put_back(declared: Callable[..., Any], iam: Any) -> None:
    thing = declared(BucketKind(), spec(*ALL))
    await thing.settle()
    there = iam.get_group_policy(GroupName="people", PolicyName=POLICY)["PolicyDocument"]
    there["Statement"][0]["Resource"] = "*"
    iam.put_group_policy(GroupName="people", PolicyName=POLICY, PolicyDocument=json.dumps(there))
    await thing.settle()
    found = statements(iam.get_group_policy(GroupName="people", PolicyName=POLICY))
    assert "*" not in [each["Resource"] for each in found]


async def test_a_policy_of_that_name_that_is_somebody_elses_stays(declared: Callable[..., Any], iam: Any) -> None:
    theirs = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    iam.put_role_policy(RoleName="deployers", PolicyName=POLICY, PolicyDocument=theirs)
    thing = declared(BucketKind(), spec(ALL[0]))
    run = await thing.desk.once()
    [step] = [step for step in run.plan.steps if step.part == "uploader/role/deployers"]
    assert [need.reason for need in step.needs] == ["NotOurs"]
    assert statements(iam.get_role_policy(RoleName="deployers", PolicyName=POLICY))[0]["Effect"] == "Deny"


async def test_nothing_is_written_into_iam_before_somebody_allows_it(declared: Callable[..., Any], iam: Any) -> None:
    thing = declared(BucketKind(), spec(*ALL), settings={})
    run = await thing.desk.once()
    reasons = {need.reason for step in run.plan.steps if step.part.startswith("uploader/") for need in step.needs}
    assert "IamNotAcknowledged" in reasons
    assert policies(iam) == {"Role": [], "User": [], "Group": []}


async def test_a_principal_that_is_not_there_is_named(declared: Callable[..., Any], iam: Any) -> None:
    thing = declared(BucketKind(), spec({"kind": "User", "name": "nobody"}))
    run = await thing.desk.once()
    assert "nobody" in str(run.problems)


def test_a_customer_key_is_allowed_through_s3_alone() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    [statement] = [
        each
        for each in upload_policy("aws", "eu-west-1", NAME, key)["Statement"]
        if "kms:GenerateDataKey*" in each["Action"]
    ]
    assert statement["Resource"] == [key]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}
