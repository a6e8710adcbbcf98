"""One thing about role, key, caller or quotas is broken by an ordinary call, and exactly that finding comes out."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from mwaa_emulator.prepared import TRUST, execution_policy

ROLE = "arn:aws:iam::123456789012:role"


def allowed_but(*actions: str) -> dict[str, Any]:
    policy = deepcopy(execution_policy("my-bucket"))
    for statement in policy["Statement"]:
        given = statement["Action"]
        statement["Action"] = [each for each in given if each not in actions] if isinstance(given, list) else given
    policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
    return policy


def buckets(policy: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in policy["Statement"] if "s3:GetObject*" in each["Action"])


async def test_a_role_and_the_operator_cost_a_question_each(place) -> None:
    assert await place.look() == []
    asked = sorted(call.operation for call in place.calls if call.service == "iam")
    assert asked == ["get_role", "simulate_principal_policy", "simulate_principal_policy"]


async def test_a_role_that_is_not_there(place) -> None:
    for arn in (f"{ROLE}/service-role/nobody", f"{ROLE}/my-role"):
        found = [each for each in await place.look(execution_role_arn=arn) if each.code != "NotChecked"]
        assert [each.code for each in found] == ["RoleNotFound"]
        assert arn in found[0].message


async def test_a_role_whose_name_is_too_long(place) -> None:
    # moto, like IAM, makes no such role: what was given is looked at before IAM is believed
    longest, longer = "r" * 64, "r" * 65
    place.account.iam.create_role(RoleName=longest, AssumeRolePolicyDocument=json.dumps(TRUST))
    assert "RoleNameTooLong" not in [
        each.code for each in await place.look_at("role", execution_role_arn=f"{ROLE}/{longest}")
    ]
    (finding,) = await place.look_at("role", execution_role_arn=f"{ROLE}/{longer}")
    assert (finding.code, "65 characters" in finding.message) == ("RoleNameTooLong", True)


async def test_a_role_of_another_account(place) -> None:
    (finding,) = await place.look_at("role", execution_role_arn="arn:aws:iam::999999999999:role/my-role")
    assert (finding.code, "999999999999" in finding.message) == ("RoleOfOtherAccount", True)


@pytest.mark.parametrize("service", ["airflow.amazonaws.com", "airflow-env.amazonaws.com"])
async def test_a_role_that_trusts_one_of_both(place, service) -> None:
    trust = deepcopy(TRUST)
    trust["Statement"][0]["Principal"]["Service"] = service
    place.account.trust(trust)
    finding = await place.only("RoleNotTrusting")
    (missing,) = {"airflow.amazonaws.com", "airflow-env.amazonaws.com"} - {service}
    assert f"does not let {missing} take it on" in finding.message


@pytest.mark.row("D138")
async def test_a_role_that_may_not_look_at_the_public_access_block(place) -> None:
    policy = execution_policy("my-bucket")
    buckets(policy)["Action"] = ["s3:GetObject*", "s3:List*", "s3:GetBucketVersioning", "s3:GetBucketLocation"]
    place.account.permit(policy)
    finding = await place.only("RoleLacksPermission")
    assert "s3:GetBucketPublicAccessBlock on arn:aws:s3:::my-bucket" in finding.message


NEEDED = (
    "s3:GetAccountPublicAccessBlock",
    "logs:CreateLogStream",
    "logs:CreateLogGroup",
    "logs:PutLogEvents",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
)
ADVISED = ("airflow:PublishMetrics", "cloudwatch:PutMetricData", "logs:GetLogEvents")


async def test_a_role_that_lacks_one_action(place) -> None:
    for action in (*NEEDED, *ADVISED):
        place.account.permit(allowed_but(action))
        (finding,) = await place.look_at("role")
        code = "RoleLacksPermission" if action in NEEDED else "RoleLacksAdvisedPermission"
        assert finding.code == code, (action, finding)
        assert f": {action.rstrip('*')} on " in finding.message
        assert str(finding.severity) == ("Error" if action in NEEDED else "Warning")


async def test_a_role_that_is_denied_something(place) -> None:
    policy = execution_policy("my-bucket")
    policy["Statement"].append({"Effect": "Deny", "Action": "sqs:*", "Resource": "*"})
    place.account.permit(policy)
    finding = await place.only("RoleDenied")
    assert "sqs:SendMessage on arn:aws:sqs:us-east-1:" in finding.message


async def test_a_boundary_denies_too(place) -> None:
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "logs:*", "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    arn = place.account.iam.create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]
    place.account.iam.put_role_permissions_boundary(RoleName="my-role", PermissionsBoundary=arn)
    finding = await place.only("RoleDenied")
    assert "logs:PutLogEvents" in finding.message


@pytest.fixture
def key(place) -> str:
    """A key as the guide wants it, which the role may use."""
    kms = place.client("kms")
    arn = str(kms.create_key()["KeyMetadata"]["Arn"])
    policy = execution_policy("my-bucket")
    policy["Statement"].append({"Effect": "Allow", "Action": "kms:*", "Resource": arn})
    place.account.permit(policy)
    share(place, arn)
    return arn


def share(place, arn: str, service: str = "logs.us-east-1.amazonaws.com", *actions: str) -> None:
    given = actions or ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(given), "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    place.client("kms").put_key_policy(KeyId=arn, PolicyName="default", Policy=policy)


async def test_a_key_as_the_guide_wants_it(place, key) -> None:
    assert await place.look(kms_key=key) == []
    assert await place.look(kms_key=key.rpartition("/")[2]) == []


async def test_a_key_that_is_not_there(place, key) -> None:
    none = f"{key.rpartition('/')[0]}/00000000-0000-0000-0000-000000000000"
    assert "KeyNotFound" in await place.codes(kms_key=none)


@pytest.mark.row("D75")
async def test_a_key_of_another_region(place, key) -> None:
    assert "KeyInOtherRegion" in await place.codes(kms_key=key.replace("us-east-1", "eu-west-1"))


async def test_a_disabled_key(place, key) -> None:
    place.client("kms").disable_key(KeyId=key.rpartition("/")[2])
    finding = await place.only("KeyDisabled", kms_key=key)
    assert "is Disabled" in finding.message


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param("KeyMultiRegion", {"MultiRegion": True}, marks=pytest.mark.row("A29", "D74")),
        ("KeyNotSymmetric", {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
    ],
)
async def test_a_key_of_the_wrong_kind(place, key, code, kind) -> None:
    arn = place.client("kms").create_key(**kind)["KeyMetadata"]["Arn"]
    share(place, arn)
    policy = execution_policy("my-bucket")
    policy["Statement"].append({"Effect": "Allow", "Action": "kms:*", "Resource": arn})
    place.account.permit(policy)
    await place.only(code, kms_key=arn)


@pytest.mark.row("A108")
async def test_a_key_that_logs_may_not_use(place, key) -> None:
    for service, actions in (
        ("logs.eu-west-1.amazonaws.com", ()),
        ("logs.us-east-1.amazonaws.com", ("kms:Describe*",)),
    ):
        share(place, key, service, *actions)
        finding = await place.only("KeyPolicyWithoutLogs", kms_key=key)
        assert "logs.us-east-1.amazonaws.com" in finding.message


@pytest.mark.row("D87")
async def test_an_operator_that_may_not_hand_over_the_role(place, operator) -> None:
    """The row calls it PassRoleDenied: here it is `CallerMayNotPassRole` (docs/fidelity.md)."""
    operator("iam:Get*", "iam:Simulate*", "s3:*", "ec2:*", "airflow:*")
    finding = await place.only("CallerMayNotPassRole")
    assert (finding.where, place.account.role_arn in finding.message) == ("spec.executionRoleArn", True)
    operator("*", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
    assert "CallerMayNotPassRole" in await place.codes()
    operator("iam:*", "ec2:*", Condition={"StringEquals": {"iam:PassedToService": "airflow.amazonaws.com"}})
    assert "CallerMayNotPassRole" not in await place.codes()


@pytest.mark.row("A52", "D142")
async def test_an_operator_that_may_not_create_endpoints_is_warned_about(place, operator) -> None:
    operator("iam:*", "ec2:Describe*", "ec2:CreateNetworkInterface")
    finding = await place.only("CallerMayNotCreateEndpoints")
    assert "ec2:CreateVpcEndpoint (no policy allows it)" in finding.message
    assert "arn:aws:iam::123456789012:user/robots/operator" in finding.message
    assert str(finding.severity) == "Warning"


@pytest.mark.row("A107")
async def test_an_operator_that_may_not_use_the_key_is_warned_about(place, key, operator) -> None:
    operator("iam:*", "ec2:*", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ListGrants")
    finding = await place.only("CallerMayNotUseKey", kms_key=key)
    assert "kms:CreateGrant" in finding.message
    assert "kms:Decrypt" not in finding.message


async def test_an_operator_in_an_assumed_role_is_found_behind_its_path(place, monkeypatch) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    place.account.iam.create_role(RoleName="robot", Path="/robots/", AssumeRolePolicyDocument=document)
    arn = f"{ROLE}/robots/robot"
    given = place.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    for name, key in (
        ("ACCESS_KEY_ID", "AccessKeyId"),
        ("SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("SESSION_TOKEN", "SessionToken"),
    ):
        monkeypatch.setenv(f"AWS_{name}", given[key])
    place.aws = type(place.aws)("test", place.calls.append)
    found = await place.look()
    assert {each.code for each in found} == {"CallerMayNotPassRole", "CallerMayNotCreateEndpoints"}
    assert all(arn in each.message for each in found)


async def test_the_keys_of_the_demo_are_an_administrators_whom_the_simulator_knows(place, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "emulator")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulator")
    place.aws = type(place.aws)("test", place.calls.append)
    assert await place.look() == []
    assert place.emulator.calls("iam", "SimulatePrincipalPolicy")[-1].status == 200


@pytest.mark.row("D113")
async def test_the_tenth_environment_fits_and_the_eleventh_does_not(place) -> None:
    mwaa = place.client("mwaa")
    for number in range(10):
        assert await place.look_at("quotas") == []
        mwaa.create_environment(**place.account.request(f"number-{number}"))
    # moto knows no quotas of MWAA: AWS's default is compared, which may have been raised
    found = await place.look_at("quotas")
    assert [(each.code, str(each.severity)) for each in found] == [
        ("EnvironmentQuotaReached", "Warning"),
        ("NotChecked", "Notice"),
    ]
    # one that is there already, and is to be updated, needs no room
    assert await place.look_at("quotas", name="number-3") == []
