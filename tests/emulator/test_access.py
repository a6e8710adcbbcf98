"""IAM enforcement: off unless asked for, then for MWAA as for moto's services."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount

PREFIX = "arn:aws:airflow:us-east-1:123456789012"
ON_BEHALF = (
    ("iam:CreateServiceLinkedRole", "arn:aws:iam::*:role/aws-service-role/airflow.amazonaws.com/*"),
    ("s3:GetEncryptionConfiguration", "arn:aws:s3:::*"),
    ("ec2:Describe*", "*"),
    ("ec2:CreateVpcEndpoint", "*"),
    ("ec2:CreateNetworkInterface", "*"),
)
"""What MWAA asks of its caller at a create beside its own action and the role (guide, 01 section 11.2)."""


@pytest.fixture
def as_user(emulator: Emulator, client: Callable[..., Any]) -> Callable[..., Any]:
    iam = client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]

    def make(service: str, *statements: tuple[str, str], condition: dict[str, Any] | None = None, **config: Any) -> Any:
        allowed = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
        for statement in allowed if condition else ():
            statement["Condition"] = condition
        document = {"Version": "2012-10-17", "Statement": allowed}
        emulator.enforce_iam(False)
        iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
        emulator.enforce_iam()
        return boto3.client(
            service, endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"], config=Config(inject_host_prefix="proxies" in config, **config),
        )  # fmt: skip

    return make


def test_what_is_allowed_goes_through(as_user: Callable[..., Any], account: PreparedAccount, emulator: Emulator) -> None:
    mwaa = as_user(
        "mwaa",
        *ON_BEHALF,
        ("airflow:*Environment", f"{PREFIX}:environment/first"),
        ("iam:PassRole", account.role_arn),
        ("airflow:CreateWebLoginToken", f"{PREFIX}:role/first/Viewer"),
    )
    mwaa.create_environment(**account.request())
    emulator.advance(26 * 60)
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "AVAILABLE"
    assert mwaa.create_web_login_token(Name="first")["IamIdentity"] == "user/ann"
    with pytest.raises(ClientError, match=r"user/ann is not authorized to perform: airflow:CreateCliToken"):
        mwaa.create_cli_token(Name="first")
    with pytest.raises(ClientError, match="airflow:ListEnvironments"):
        mwaa.list_environments()


@pytest.mark.parametrize(
    ("statements", "missing"),
    [
        ([], "airflow:CreateEnvironment"),
        ([("airflow:CreateEnvironment", f"{PREFIX}:environment/other"), ("iam:*", "*")], "airflow:CreateEnvironment"),
        ([("airflow:CreateEnvironment", "*")], "iam:PassRole"),
        ([("airflow:*", "*"), ("iam:PassRole", "*")], "iam:CreateServiceLinkedRole"),
        *(
            ([("airflow:*", "*"), ("iam:PassRole", "*"), *(each for each in ON_BEHALF if each[0] != action)], missing)
            for action, missing in (
                ("s3:GetEncryptionConfiguration", "s3:GetEncryptionConfiguration"),
                ("ec2:Describe*", "ec2:DescribeRouteTables"),
                ("ec2:CreateNetworkInterface", "ec2:CreateNetworkInterface"),
            )
        ),
    ],
)
def test_what_is_not_allowed_is_named(
    as_user: Callable[..., Any], account: PreparedAccount, statements: list[tuple[str, str]], missing: str
) -> None:
    mwaa = as_user("mwaa", *(statements or [("s3:*", "*")]))
    with pytest.raises(ClientError) as caught:
        mwaa.create_environment(**account.request())
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert f"not authorized to perform: {missing} on resource" in error["Message"]


def test_endpoints_are_missed_in_the_words_of_mwaa(as_user: Callable[..., Any], account: PreparedAccount) -> None:
    others = [each for each in ON_BEHALF if each[0] != "ec2:CreateVpcEndpoint"]
    mwaa = as_user("mwaa", ("airflow:*", "*"), ("iam:PassRole", "*"), *others)
    with pytest.raises(ClientError, match=r"AccessDenied.*: User does not have permissions to manage VPC endpoints\."):
        mwaa.create_environment(**account.request())


def test_strangers_are_refused(emulator: Emulator, mwaa: Any) -> None:
    emulator.enforce_iam()
    with pytest.raises(ClientError) as caught:
        mwaa.list_environments()
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"
    emulator.reset()
    assert mwaa.list_environments()["Environments"] == []


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Gives the error code, and the action that is missing if that is it."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"].partition("perform: ")[2].partition(" ")[0]


def test_a_wrong_secret_is_refused(emulator: Emulator, client: Callable[..., Any]) -> None:
    client("iam").create_user(UserName="ann")
    key = client("iam").create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    emulator.enforce_iam()
    for service, operation, code in (
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
        ("logs", "describe_log_groups", "InvalidSignatureException"),
        ("mwaa", "list_environments", "InvalidSignatureException"),
    ):
        assert refused(getattr(client(service, key=key), operation))[0] == code


def test_resources_count(as_user: Callable[..., Any], client: Callable[..., Any]) -> None:
    vpc, other = (client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    ec2 = as_user("ec2", ("ec2:*Subnet", "arn:aws:ec2:*:*:subnet/*"), ("ec2:CreateSubnet", f"arn:aws:ec2:*:*:vpc/{vpc}"))
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    assert refused(ec2.create_subnet, VpcId=other, CidrBlock="10.9.1.0/24") == ("UnauthorizedOperation", "ec2:CreateSubnet")
    ec2.delete_subnet(SubnetId=subnet)
    assert refused(ec2.describe_subnets) == ("UnauthorizedOperation", "ec2:DescribeSubnets")


def test_tags_on_create_are_an_action_of_their_own(as_user: Callable[..., Any]) -> None:
    tags = [{"Key": "owner", "Value": "me"}]
    ec2 = as_user("ec2", ("ec2:CreateVpc", "*"))
    specification = [{"ResourceType": "vpc", "Tags": tags}]
    assert refused(ec2.create_vpc, CidrBlock="10.9.0.0/16", TagSpecifications=specification)[1] == "ec2:CreateTags"
    role = {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": tags}
    assert refused(as_user("iam", ("iam:CreateRole", "*")).create_role, **role)[1] == "iam:TagRole"
    logs = as_user("logs", ("logs:CreateLogGroup", "*"))
    assert refused(logs.create_log_group, logGroupName="g", tags={"owner": "me"})[1] == "logs:TagResource"
    s3 = as_user("s3", ("s3:CreateBucket", "*"))
    assert refused(s3.create_bucket, Bucket="abcd", CreateBucketConfiguration={"Tags": tags})[1] == "s3:TagResource"


@pytest.mark.parametrize(("key", "deletes"), [("owner", True), ("team", False)])
def test_conditions_count(as_user: Callable[..., Any], client: Callable[..., Any], key: str, deletes: bool) -> None:
    tags = [{"Key": key, "Value": "me"}]
    vpc = client("ec2").create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust, Tags=tags)
    client("logs").create_log_group(logGroupName="g", tags={key: "me"})
    tagged = {"Null": {"aws:ResourceTag/owner": "false"}}
    for service, operation, params in (
        ("ec2", "delete_vpc", {"VpcId": vpc["Vpc"]["VpcId"]}),
        ("iam", "delete_role", {"RoleName": "r"}),
        ("logs", "delete_log_group", {"logGroupName": "g"}),
    ):
        call = getattr(as_user(service, ("*", "*"), condition=tagged), operation)
        if deletes:
            call(**params)
        else:
            assert "Denied" in refused(call, **params)[0] or "Unauthorized" in refused(call, **params)[0]


def test_a_role_that_does_not_exist_has_no_path(as_user: Callable[..., Any], client: Callable[..., Any]) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    client("iam").create_role(RoleName="there", Path="/service-role/", AssumeRolePolicyDocument=trust)
    iam = as_user("iam", ("iam:GetRole", "arn:aws:iam::*:role/service-role/*"))
    assert iam.get_role(RoleName="there")["Role"]["Path"] == "/service-role/"
    assert refused(iam.get_role, RoleName="absent") == ("AccessDenied", "iam:GetRole")


def test_each_version_is_deleted_under_its_own_action(as_user: Callable[..., Any], client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="abcd")
    s3 = as_user("s3", ("s3:DeleteObject", "arn:aws:s3:::abcd/*"))
    s3.delete_objects(Bucket="abcd", Delete={"Objects": [{"Key": "a"}]})
    versions = {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]}
    assert refused(s3.delete_objects, Bucket="abcd", Delete=versions) == ("AccessDenied", "s3:DeleteObjectVersion")


def test_the_block_of_the_account_is_an_action_of_s3(as_user: Callable[..., Any], emulator: Emulator) -> None:
    """botocore puts the account before the host, which a proxy resolves: the emulator is one."""
    own, through = "123456789012", {"http": emulator.url}
    control = as_user("s3control", ("s3:GetAccountPublicAccessBlock", "*"), proxies=through)
    code, _ = refused(control.get_public_access_block, AccountId=own)
    assert code == "NoSuchPublicAccessBlockConfiguration"
    assert refused(control.delete_public_access_block, AccountId=own) == ("AccessDenied", "s3:PutAccountPublicAccessBlock")


def test_the_record_says_which_statement_allowed_what(
    as_user: Callable[..., Any], emulator: Emulator, client: Callable[..., Any]
) -> None:
    vpc = client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert emulator.calls("ec2")[-1].granted == []
    subnets = ("ec2:CreateSubnet", "arn:aws:ec2:*:*:subnet/*")
    ec2 = as_user("ec2", subnets, ("ec2:*", f"arn:aws:ec2:*:*:vpc/{vpc}"), ("ec2:CreateSub*", "arn:aws:ec2:*:*:vpc/*"))
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")
    asked = [["ec2:CreateSubnet", "1.1"], ["ec2:CreateSubnet", "1.2", "1.3"]]
    assert emulator.calls("ec2", "CreateSubnet")[-1].granted == asked
    refused(ec2.describe_vpcs)
    assert emulator.calls("ec2", "DescribeVpcs")[-1].granted == []


def test_the_record_says_what_iam_asks_for(emulator: Emulator, client: Callable[..., Any], account: PreparedAccount) -> None:
    client("s3").head_bucket(Bucket=account.bucket)
    client("mwaa").create_environment(**account.request(Tags={"team": "a"}))
    client("sts").get_caller_identity()
    last = {call.operation: call.actions for call in emulator.calls()}
    assert last["HeadBucket"] == ["s3:ListBucket"]
    assert {"airflow:CreateEnvironment", "airflow:TagResource", "iam:PassRole"} < set(last["CreateEnvironment"])
    assert last["GetCallerIdentity"] == []
