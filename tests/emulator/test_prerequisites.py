"""What an environment needs is looked up in moto when it is created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import TRUST, PreparedAccount, policy

Break = Callable[[PreparedAccount], dict[str, Any] | None]


def no_versioning(account: PreparedAccount) -> None:
    account.s3.put_bucket_versioning(Bucket=account.bucket, VersioningConfiguration={"Status": "Suspended"})


def three_flags(account: PreparedAccount) -> None:
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
    account.s3.put_public_access_block(Bucket=account.bucket, PublicAccessBlockConfiguration=block)


def no_dags(account: PreparedAccount) -> None:
    account.s3.delete_object(Bucket=account.bucket, Key="dags/hello.py")


def one_principal(account: PreparedAccount) -> None:
    statement = {**TRUST["Statement"][0], "Principal": {"Service": "airflow.amazonaws.com"}}
    account.trust({**TRUST, "Statement": [statement]})


def cannot_read(account: PreparedAccount) -> None:
    account.permit(policy("another-bucket"))


def one_zone(account: PreparedAccount) -> dict[str, Any]:
    return network(account, [account.subnets[0], account.subnet("10.192.22.0/24", "us-east-1a")])


def two_vpcs(account: PreparedAccount) -> dict[str, Any]:
    other = account.ec2.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
    return network(account, [account.subnets[0], account.subnet("10.200.1.0/24", "us-east-1b", other)])


def foreign_group(account: PreparedAccount) -> dict[str, Any]:
    other = account.ec2.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
    return network(account, account.subnets, account.security_group(other))


def network(account: PreparedAccount, subnets: list[str], group: str | None = None) -> dict[str, Any]:
    return {"NetworkConfiguration": {"SubnetIds": subnets, "SecurityGroupIds": [group or account.group]}}


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda a: {"SourceBucketArn": "arn:aws:s3:::absent"}, "Provided bucket does not exist or is not accessible"),
        (no_versioning, "does not have versioning enabled for s3 bucket my-bucket"),
        (three_flags, "Provided bucket does not have BlockPublicAccess set for s3 bucket my-bucket"),
        (no_dags, "Unable to access DAG folder dags"),
        (lambda a: {"PluginsS3Path": "p.zip", "PluginsS3ObjectVersion": "v"}, "Unable to read version v of file p.zip"),
        (lambda a: {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/absent"}, "Provided role does not exist"),
        (one_principal, "cannot be assumed by airflow-env.amazonaws.com"),
        (cannot_read, "Provided role does not have sufficient permissions for s3 location my-bucket/dags"),
        (one_zone, "must be in two different Availability Zones"),
        (two_vpcs, "Provided subnets must be in the same VPC"),
        (lambda a: network(a, ["subnet-1", "subnet-2"]), "Provided subnets could not be read"),
        (lambda a: network(a, a.subnets, "sg-1"), "Provided security groups could not be read"),
        (foreign_group, "is not in the VPC of the subnets"),
        (lambda a: {"KmsKey": "11111111-2222-3333-4444-555555555555"}, "Provided KMS key does not exist"),
    ],
)
def test_refused_at_once(account: PreparedAccount, mwaa: Any, spoil: Break, expected: str) -> None:
    changes = spoil(account) or {}
    with pytest.raises(ClientError) as caught:
        mwaa.create_environment(**account.request(**changes))
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("Invalid request provided: ")
    assert expected in error["Message"]
    assert mwaa.list_environments()["Environments"] == []


def test_several_are_named_at_once(account: PreparedAccount, mwaa: Any) -> None:
    no_versioning(account)
    changes = {**network(account, ["subnet-1", "subnet-2"]), "KmsKey": "11111111-2222-3333-4444-555555555555"}
    with pytest.raises(ClientError) as caught:
        mwaa.create_environment(**account.request(**changes))
    assert caught.value.response["Error"]["Message"].count(";") == 2


def test_a_disabled_key(account: PreparedAccount, mwaa: Any, client: Callable[..., Any]) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError, match="it is Disabled"):
        mwaa.create_environment(**account.request(KmsKey=key))
    kms.enable_key(KeyId=key)
    assert mwaa.create_environment(**account.request(KmsKey=key))


def test_pinned_versions_exist(account: PreparedAccount, mwaa: Any) -> None:
    version = account.s3.put_object(Bucket=account.bucket, Key="r.txt", Body=b"x")["VersionId"]
    request = account.request(RequirementsS3Path="r.txt", RequirementsS3ObjectVersion=version)
    assert mwaa.create_environment(**request)


def test_managed_policies_count(account: PreparedAccount, mwaa: Any) -> None:
    import json

    arn = account.iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(policy("my-bucket")))["Policy"]["Arn"]
    account.iam.delete_role_policy(RoleName=account.role, PolicyName="main")
    account.iam.attach_role_policy(RoleName=account.role, PolicyArn=arn)
    assert mwaa.create_environment(**account.request())


def test_a_role_without_logs_fails_later(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    document = policy("my-bucket")
    document["Statement"] = [one for one in document["Statement"] if "logs:PutLogEvents" not in one["Action"]]
    account.permit(document)
    mwaa.create_environment(**account.request())
    emulator.advance(26 * 60)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert shown["Status"] == "CREATE_FAILED"
    assert "check the execution role permissions policy" in shown["LastUpdate"]["Error"]["ErrorMessage"]


def test_updates_are_checked_too(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    mwaa.create_environment(**account.request())
    emulator.advance(26 * 60)
    with pytest.raises(ClientError, match=r"Unable to read version gone of file requirements\.txt"):
        mwaa.update_environment(Name="first", RequirementsS3Path="requirements.txt", RequirementsS3ObjectVersion="gone")
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "AVAILABLE"


def test_checks_can_be_switched_off(emulator: Emulator, mwaa: Any) -> None:
    emulator.switches(check_prerequisites=False)
    mwaa.create_environment(
        Name="first",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
        SourceBucketArn="arn:aws:s3:::b",
        DagS3Path="dags",
        NetworkConfiguration={"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
    )
