"""Accounts are apart: what one has, the other neither sees nor reaches."""

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

OWN, OTHER = "123456789012", "222222222222"
ROLE = f"arn:aws:iam::{OTHER}:role/operators/data"


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def trust(principal: str = f"arn:aws:iam::{OWN}:root", external_id: str | None = None) -> str:
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return document(Principal={"AWS": principal}, Action="sts:AssumeRole", **condition)


@pytest.fixture
def session(emulator: Emulator) -> Callable[..., Callable[[str], Any]]:
    """Gives a maker of clients with the keys of a role that was assumed."""

    def make(sts: Any, role: str, **more: Any) -> Callable[[str], Any]:
        keys = sts.assume_role(RoleArn=role, RoleSessionName="test", **more)["Credentials"]
        return lambda service: boto3.client(
            service, endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"],
            config=Config(retries={"max_attempts": 0}, inject_host_prefix=False),
        )  # fmt: skip

    return make


@pytest.fixture
def other(session: Callable[..., Any], client: Callable[..., Any]) -> Callable[[str], Any]:
    """The other account, entered while it has no roles yet."""
    made: Callable[[str], Any] = session(client("sts"), f"arn:aws:iam::{OTHER}:role/first")
    return made


def test_each_account_sees_its_own_only(
    emulator: Emulator, account: PreparedAccount, mwaa: Any, other: Callable[[str], Any]
) -> None:
    mwaa.create_environment(**account.request())
    foreign = PreparedAccount(other, bucket="their-bucket")
    assert other("sts").get_caller_identity()["Account"] == OTHER
    arn = other("mwaa").create_environment(**foreign.request("theirs"))["Arn"]
    assert arn.split(":")[4] == OTHER

    assert mwaa.list_environments()["Environments"] == ["first"]
    assert other("mwaa").list_environments()["Environments"] == ["theirs"]
    assert refused(mwaa.get_environment, Name="theirs") == ("ResourceNotFoundException", 404)
    assert refused(mwaa.delete_environment, Name="theirs") == ("ResourceNotFoundException", 404)
    assert [bucket["Name"] for bucket in account.s3.list_buckets()["Buckets"]] == [account.bucket]
    assert [bucket["Name"] for bucket in foreign.s3.list_buckets()["Buckets"]] == ["their-bucket"]
    assert refused(account.ec2.describe_vpcs, VpcIds=[foreign.vpc])[0] == "InvalidVpcID.NotFound"
    assert refused(foreign.ec2.describe_subnets, SubnetIds=account.subnets)[0] == "InvalidSubnetID.NotFound"
    assert {one["account"] for one in emulator.environments()} == {OWN, OTHER}


def test_an_environment_stands_on_its_own_account(account: PreparedAccount, mwaa: Any, other: Callable[[str], Any]) -> None:
    foreign = PreparedAccount(other, bucket="their-bucket")
    for change, text in (
        ({"SourceBucketArn": "arn:aws:s3:::their-bucket"}, "does not exist or is not accessible: their-bucket"),
        ({"ExecutionRoleArn": foreign.role_arn}, "role does not exist or cannot be assumed"),
        ({"NetworkConfiguration": {"SubnetIds": foreign.subnets, "SecurityGroupIds": [foreign.group]}}, "subnets"),
    ):
        with pytest.raises(ClientError, match=text):
            mwaa.create_environment(**account.request(**change))


def test_a_bucket_of_another_account_is_there_and_closed(client: Callable[..., Any], other: Callable[[str], Any]) -> None:
    theirs, ours = other("s3"), client("s3")
    theirs.create_bucket(Bucket="taken")
    theirs.put_object(Bucket="taken", Key="a", Body=b"x")
    assert refused(ours.head_bucket, Bucket="taken") == ("403", 403)
    assert refused(ours.head_bucket, Bucket="free") == ("404", 404)
    assert refused(ours.get_bucket_location, Bucket="taken") == ("AccessDenied", 403)
    assert refused(ours.get_object, Bucket="taken", Key="a") == ("AccessDenied", 403)
    assert refused(ours.put_object, Bucket="taken", Key="a", Body=b"y") == ("AccessDenied", 403)
    assert refused(ours.delete_bucket, Bucket="taken") == ("AccessDenied", 403)
    assert refused(ours.create_bucket, Bucket="taken") == ("BucketAlreadyExists", 409)
    assert theirs.get_object(Bucket="taken", Key="a")["Body"].read() == b"x"
    theirs.delete_object(Bucket="taken", Key="a")
    theirs.delete_bucket(Bucket="taken")
    assert refused(ours.head_bucket, Bucket="taken") == ("404", 404)
    ours.create_bucket(Bucket="taken")


def test_a_bucket_policy_opens_what_it_names(client: Callable[..., Any], other: Callable[[str], Any]) -> None:
    theirs, ours = other("s3"), client("s3")
    theirs.create_bucket(Bucket="shared")
    theirs.put_object(Bucket="shared", Key="a", Body=b"x")
    opened = {"Principal": {"AWS": OWN}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shared/*"}
    theirs.put_bucket_policy(Bucket="shared", Policy=document(**opened))
    assert ours.get_object(Bucket="shared", Key="a")["Body"].read() == b"x"
    assert refused(ours.put_object, Bucket="shared", Key="a", Body=b"y") == ("AccessDenied", 403)
    assert refused(ours.head_bucket, Bucket="shared") == ("403", 403)


def test_the_expected_owner_is_looked_at(client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="mine")
    s3.head_bucket(Bucket="mine", ExpectedBucketOwner=OWN)
    assert refused(s3.head_bucket, Bucket="mine", ExpectedBucketOwner=OTHER) == ("403", 403)


def test_a_role_wants_its_external_id(
    client: Callable[..., Any], other: Callable[[str], Any], session: Callable[..., Any]
) -> None:
    made = {"RoleName": "data", "Path": "/operators/", "AssumeRolePolicyDocument": trust(external_id="team-42")}
    other("iam").create_role(**made)
    sts = client("sts")
    assert session(sts, ROLE, ExternalId="team-42")("sts").get_caller_identity()["Account"] == OTHER
    for wrong in ({}, {"ExternalId": "team-43"}):
        with pytest.raises(ClientError) as caught:
            session(sts, ROLE, **wrong)
        error = caught.value.response["Error"]
        assert error["Code"] == "AccessDenied"
        assert f"is not authorized to perform: sts:AssumeRole on resource: {ROLE}" in error["Message"]


@pytest.mark.parametrize(
    ("principal", "trusted"),
    [
        ("*", True),
        (OWN, True),
        (f"arn:aws:iam::{OWN}:user/ann", True),
        (f"arn:aws:iam::{OWN}:user/bob", False),
        (f"arn:aws:iam::{OTHER}:root", False),
        (f"arn:aws:iam::{OWN}:role/ann", False),
    ],
)
def test_a_role_is_assumed_by_whom_it_trusts(
    emulator: Emulator, client: Callable[..., Any], other: Callable[[str], Any], principal: str, trusted: bool
) -> None:
    other("iam").create_role(RoleName="data", Path="/operators/", AssumeRolePolicyDocument=trust(principal))
    client("iam").create_user(UserName="ann")
    sts = client("sts", key=client("iam").create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"])
    if trusted:
        assert sts.assume_role(RoleArn=ROLE, RoleSessionName="test")["Credentials"]["SessionToken"]
    else:
        assert refused(sts.assume_role, RoleArn=ROLE, RoleSessionName="test") == ("AccessDenied", 403)


def test_a_session_is_the_role_to_other_roles(
    client: Callable[..., Any], other: Callable[[str], Any], session: Callable[..., Any]
) -> None:
    client("iam").create_role(RoleName="pod", AssumeRolePolicyDocument=trust())
    other("iam").create_role(
        RoleName="data", Path="/operators/", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{OWN}:role/pod")
    )
    pod = session(client("sts"), f"arn:aws:iam::{OWN}:role/pod")
    assert session(pod("sts"), ROLE)("sts").get_caller_identity()["Account"] == OTHER
    assert refused(client("sts").assume_role, RoleArn=ROLE, RoleSessionName="test") == ("AccessDenied", 403)


def test_with_iam_enforced_only_roles_that_exist_can_be_assumed(emulator: Emulator, client: Callable[..., Any]) -> None:
    iam = client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    iam.put_user_policy(
        UserName="ann",
        PolicyName="p",
        PolicyDocument=document(Action="sts:AssumeRole", Resource=f"arn:aws:iam::{OTHER}:role/*"),
    )
    emulator.enforce_iam()
    sts = boto3.client(
        "sts", endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )  # fmt: skip
    assert refused(sts.assume_role, RoleArn=ROLE, RoleSessionName="test") == ("AccessDenied", 403)
