"""SimulatePrincipalPolicy and SimulateCustomPolicy over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
BUCKET = "arn:aws:s3:::data"
OBJECT = f"{BUCKET}/dags/a.py"
PRINCIPAL = "arn:aws:iam::123456789012"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=4)


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def context(**values: str) -> list[dict[str, Any]]:
    return [
        {"ContextKeyName": name.replace("_", ":"), "ContextKeyValues": [value], "ContextKeyType": "string"}
        for name, value in values.items()
    ]


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


@pytest.fixture
def role(iam: Any) -> str:
    return str(iam.create_role(RoleName="worker", Path="/service-role/", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"])


def only(answer: dict[str, Any]) -> dict[str, Any]:
    (result,) = answer["EvaluationResults"]
    return dict(result)


def matched(result: dict[str, Any]) -> list[str]:
    return [match["SourcePolicyId"] for match in result["MatchedStatements"]]


def test_a_role_with_inline_and_attached_policies(iam: Any, role: str) -> None:
    iam.put_role_policy(RoleName="worker", PolicyName="reads", PolicyDocument=policy(allow("s3:GetObject*", f"{BUCKET}/*")))
    managed = iam.create_policy(PolicyName="keys", PolicyDocument=policy(allow("kms:Decrypt")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=managed)
    newer = policy(allow("kms:Decrypt"), deny("s3:*", f"{BUCKET}/secret/*"))
    iam.create_policy_version(PolicyArn=managed, PolicyDocument=newer, SetAsDefault=True)

    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["s3:GetObject", "kms:Decrypt", "sqs:SendMessage"],
        ResourceArns=[OBJECT, f"{BUCKET}/secret/x"],
    )
    assert answer["IsTruncated"] is False
    get, decrypt, send = answer["EvaluationResults"]
    assert [one["EvalActionName"] for one in (get, decrypt, send)] == ["s3:GetObject", "kms:Decrypt", "sqs:SendMessage"]
    assert [one["EvalDecision"] for one in (get, decrypt, send)] == ["explicitDeny", "allowed", "implicitDeny"]

    first, second = get["ResourceSpecificResults"]
    assert (first["EvalResourceName"], first["EvalResourceDecision"]) == (OBJECT, "allowed")
    assert (second["EvalResourceName"], second["EvalResourceDecision"]) == (f"{BUCKET}/secret/x", "explicitDeny")
    assert (matched(first), matched(second), matched(get)) == (["role_worker_reads"], ["keys"], ["keys"])
    assert get["MatchedStatements"][0]["SourcePolicyType"] == "IAM Policy"
    assert matched(decrypt) == ["keys"]
    assert matched(send) == []


def test_a_statement_is_told_by_its_place(iam: Any) -> None:
    text = policy(allow("iam:*"), allow("codecommit:ListRepositories"))
    (match,) = only(iam.simulate_custom_policy(PolicyInputList=[text], ActionNames=["codecommit:ListRepositories"]))[
        "MatchedStatements"
    ]
    lines = text.split("\n")
    assert match["SourcePolicyId"] == "PolicyInputList.1"
    assert match["StartPosition"] == {"Line": 8, "Column": len("        },") + 1}
    assert match["EndPosition"] == {"Line": 13, "Column": len("        }") + 1}
    assert lines[7] == "        },"


def test_without_resources_only_a_star_covers(iam: Any) -> None:
    documents = [policy(allow("s3:GetObject", f"{BUCKET}/*"), allow("ec2:DescribeVpcs"))]
    answer = iam.simulate_custom_policy(PolicyInputList=documents, ActionNames=["s3:GetObject", "ec2:DescribeVpcs"])
    assert [one["EvalDecision"] for one in answer["EvaluationResults"]] == ["implicitDeny", "allowed"]
    assert [one["EvalResourceName"] for one in answer["EvaluationResults"]] == ["*", "*"]
    assert "ResourceSpecificResults" not in answer["EvaluationResults"][0]


@pytest.mark.parametrize(
    ("condition", "given", "decision", "missing"),
    [
        ({"StringEquals": {"iam:PassedToService": "airflow.amazonaws.com"}}, {}, "implicitDeny", ["iam:PassedToService"]),
        (
            {"StringEquals": {"iam:PassedToService": "airflow.amazonaws.com"}},
            {"iam_PassedToService": "airflow.amazonaws.com"},
            "allowed",
            [],
        ),
        (
            {"StringEquals": {"iam:PassedToService": "airflow.amazonaws.com"}},
            {"iam_passedtoservice": "ec2.amazonaws.com"},
            "implicitDeny",
            [],
        ),
        ({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}, {"kms_ViaService": "s3.us-east-1.amazonaws.com"},
         "allowed", []),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, {}, "allowed", ["aws:RequestedRegion"]),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, {"aws_RequestedRegion": "us-east-1"},
         "implicitDeny", []),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3_max-keys": "9"}, "allowed", []),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws_SourceIp": "11.0.0.1"}, "implicitDeny", []),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, {"aws_CurrentTime": "2026-06-01T00:00:00Z"},
         "allowed", []),
        ({"Null": {"aws:TokenIssueTime": "true"}}, {}, "allowed", ["aws:TokenIssueTime"]),
    ],
)  # fmt: skip
def test_conditions_and_context(
    iam: Any, condition: dict[str, Any], given: dict[str, str], decision: str, missing: list[str]
) -> None:
    document = policy(allow("iam:PassRole", Condition=condition))
    parameters = {"PolicyInputList": [document], "ActionNames": ["iam:PassRole"], "ContextEntries": context(**given)}
    result = only(iam.simulate_custom_policy(**parameters))
    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing)
    named = only(iam.simulate_custom_policy(**parameters, ResourceArns=[f"{PRINCIPAL}:role/r"]))
    assert named["ResourceSpecificResults"][0]["MissingContextValues"] == missing


def test_set_operators_look_at_every_value(iam: Any) -> None:
    entry = {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a", "b"], "ContextKeyType": "stringList"}
    for quantity, decision in (("ForAllValues", "implicitDeny"), ("ForAnyValue", "allowed")):
        document = policy(allow("s3:PutObject", Condition={f"{quantity}:StringEquals": {"aws:TagKeys": ["a", "c"]}}))
        answer = iam.simulate_custom_policy(PolicyInputList=[document], ActionNames=["s3:PutObject"], ContextEntries=[entry])
        assert only(answer)["EvalDecision"] == decision


@pytest.mark.parametrize("attached", [True, False])
def test_a_permissions_boundary_limits(iam: Any, role: str, attached: bool) -> None:
    iam.put_role_policy(RoleName="worker", PolicyName="all", PolicyDocument=policy(allow("*")))
    limit = policy(allow("s3:*"), deny("s3:DeleteBucket"))
    more: dict[str, Any] = {"PermissionsBoundaryPolicyInputList": [limit]}
    if attached:
        arn = iam.create_policy(PolicyName="limit", PolicyDocument=limit)["Policy"]["Arn"]
        iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=arn)
        more = {}
    actions = ["s3:GetObject", "sqs:SendMessage", "s3:DeleteBucket"]
    answer = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=actions, **more)
    seen = [
        (one["EvalDecision"], one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"])
        for one in answer["EvaluationResults"]
    ]
    assert seen == [("allowed", True), ("implicitDeny", False), ("explicitDeny", False)]


def test_a_user_has_the_policies_of_its_groups(iam: Any) -> None:
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(UserName="ann", GroupName="team")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy(allow("s3:GetObject")))
    iam.put_group_policy(GroupName="team", PolicyName="common", PolicyDocument=policy(allow("s3:PutObject")))
    ann = iam.simulate_principal_policy(
        PolicySourceArn=f"{PRINCIPAL}:user/ann", ActionNames=["s3:GetObject", "s3:PutObject"]
    )
    assert [matched(one) for one in ann["EvaluationResults"]] == [["user_ann_own"], ["group_team_common"]]
    team = iam.simulate_principal_policy(
        PolicySourceArn=f"{PRINCIPAL}:group/team", ActionNames=["s3:GetObject", "s3:PutObject"]
    )
    assert [one["EvalDecision"] for one in team["EvaluationResults"]] == ["implicitDeny", "allowed"]


def test_whoever_has_keys_that_nobody_made_is_an_administrator(client: Callable[..., Any], iam: Any) -> None:
    arn = client("sts").get_caller_identity()["Arn"]
    assert arn == f"{PRINCIPAL}:user/emulator"
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["iam:PassRole"], ResourceArns=[BUCKET])
    assert (only(answer)["EvalDecision"], matched(only(answer))) == ("allowed", ["AdministratorAccess"])
    # one who is made under this name has what is given to him
    iam.create_user(UserName="emulator")
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["iam:PassRole"])
    assert only(answer)["EvalDecision"] == "implicitDeny"


def test_policies_given_are_added_to_those_it_has(iam: Any, role: str) -> None:
    iam.put_role_policy(RoleName="worker", PolicyName="all", PolicyDocument=policy(allow("*")))
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["s3:GetObject"], PolicyInputList=[policy(deny("s3:Get*"))]
    )
    assert (only(answer)["EvalDecision"], matched(only(answer))) == ("explicitDeny", ["PolicyInputList.1"])


def test_pages(iam: Any) -> None:
    actions = [f"s3:Action{number}" for number in range(5)]
    paginator = iam.get_paginator("simulate_custom_policy")
    parameters = {"PolicyInputList": [policy(allow("s3:*"))], "ActionNames": actions}
    pages = list(paginator.paginate(**parameters, PaginationConfig={"PageSize": 2}))
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert [one["EvalActionName"] for page in pages for one in page["EvaluationResults"]] == actions
    assert refused(iam.simulate_custom_policy, **parameters, Marker="?")[0] == "InvalidInput"


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("arn", "code", "status", "text"),
    [
        (f"{PRINCIPAL}:role/absent", "NoSuchEntity", 404, "The role with name absent cannot be found."),
        (f"{PRINCIPAL}:role/worker", "NoSuchEntity", 404, "The role with name worker cannot be found."),  # has a path
        (f"{PRINCIPAL}:user/absent", "NoSuchEntity", 404, "The user with name absent cannot be found."),
        ("arn:aws:iam::210987654321:role/service-role/worker", "NoSuchEntity", 404, "The role with name worker"),
        (f"{PRINCIPAL}:root", "InvalidInput", 400, "does not clearly define entity type and name"),
        ("arn:aws:sts::123456789012:assumed-role/worker/s", "InvalidInput", 400, "does not clearly define"),
    ],
)
def test_nobody_to_simulate(iam: Any, role: str, arn: str, code: str, status: int, text: str) -> None:
    found = refused(iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["s3:GetObject"])
    assert found[:2] == (code, status)
    assert text in found[2]


def test_what_cannot_be_simulated_is_refused(iam: Any) -> None:
    simulate, good = iam.simulate_custom_policy, policy(allow("*"))
    assert refused(simulate, PolicyInputList=["{"], ActionNames=["s3:GetObject"])[0] == "InvalidInput"
    assert refused(simulate, PolicyInputList=["{}"], ActionNames=["s3:GetObject"])[0] == "InvalidInput"
    assert refused(simulate, PolicyInputList=[good], ActionNames=["GetObject"])[0] == "InvalidInput"
    code, _, text = refused(simulate, PolicyInputList=[good])
    assert (code, "'actionNames' failed to satisfy constraint: Member must not be null" in text) == ("ValidationError", True)
    lacking = refused(simulate, PolicyInputList=[good], ActionNames=["s3:GetObject"], ResourcePolicy=good)
    assert lacking[0] == "NotImplementedByEmulator"


def test_to_simulate_somebody_is_itself_an_action_on_them(emulator: Emulator, iam: Any, role: str) -> None:
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    may = policy(allow("iam:SimulatePrincipalPolicy", f"{PRINCIPAL}:role/service-role/*"))
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=may)
    emulator.enforce_iam()
    ann = boto3.client(
        "iam", endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"], config=Config(retries={"max_attempts": 0}),
    )  # fmt: skip
    answer = ann.simulate_principal_policy(PolicySourceArn=role, ActionNames=["s3:GetObject"])
    assert only(answer)["EvalDecision"] == "implicitDeny"
    own = refused(ann.simulate_principal_policy, PolicySourceArn=f"{PRINCIPAL}:user/ann", ActionNames=["s3:GetObject"])
    assert own[:2] == ("AccessDenied", 403)
    assert refused(ann.simulate_custom_policy, PolicyInputList=[may], ActionNames=["s3:GetObject"])[0] == "AccessDenied"


@pytest.fixture(scope="module")
def with_managed_policies() -> Iterator[Any]:
    with Emulator.started(arguments=["--aws-managed-policies"]) as emulator:
        yield boto3.client(
            "iam", endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
        )


def test_policies_of_aws_count_by_their_name(with_managed_policies: Any) -> None:
    iam = with_managed_policies
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=[OBJECT]
    )
    get, put = answer["EvaluationResults"]
    assert (get["EvalDecision"], matched(get)) == ("allowed", ["AmazonS3ReadOnlyAccess"])
    assert put["EvalDecision"] == "implicitDeny"
