"""The checks of the run under the published policy themselves: they name one action too few, and one too many."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from devcluster.stack import policy
from mwaa_emulator.calls import Call
from mwaa_emulator.client import Emulator

OWNER = {"Key": "mwaa-operator.dev/owner", "Value": "uid"}
CALLS = ("ec2:CreateVpc", "ec2:CreateSubnet", "ec2:DescribeVpcs", "s3:CreateBucket", "s3:HeadBucket")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.started() as emulator:
        yield emulator


@pytest.fixture
def run(emulator: Emulator) -> Callable[[dict[str, Any]], list[Call]]:
    """Make the calls of CALLS under a policy, going on after refusals as the operator does."""

    def under(document: dict[str, Any]) -> list[Call]:
        emulator.reset()
        iam = _client(emulator, "iam", "emulator", "emulator")
        iam.create_user(UserName="operator")
        iam.put_user_policy(UserName="operator", PolicyName="may", PolicyDocument=json.dumps(document))
        pair = iam.create_access_key(UserName="operator")["AccessKey"]
        vpc = _client(emulator, "ec2", "emulator", "emulator").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        emulator.enforce_iam()
        ec2, s3 = (_client(emulator, each, pair["AccessKeyId"], pair["SecretAccessKey"]) for each in ("ec2", "s3"))
        tagged = {kind: [{"ResourceType": kind, "Tags": [OWNER]}] for kind in ("vpc", "subnet")}
        for call in (
            lambda: ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged["vpc"]),
            lambda: ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24", TagSpecifications=tagged["subnet"]),
            ec2.describe_vpcs,
            lambda: s3.create_bucket(Bucket="team-dags", CreateBucketConfiguration={"Tags": [OWNER]}),
            lambda: s3.head_bucket(Bucket="team-dags"),
        ):
            _attempt(call)
        return [call for call in emulator.calls() if call.access_key == pair["AccessKeyId"]]

    return under


@pytest.fixture
def least() -> dict[str, Any]:
    """The policy for these calls alone, made as the published one is."""
    recorded = json.loads(policy.CALLS.read_text())
    return policy.document({call: recorded[call] for call in CALLS})


def _attempt(call: Callable[[], Any]) -> None:
    try:
        call()
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404), error


def _client(emulator: Emulator, service: str, key: str, secret: str) -> Any:
    return boto3.client(
        service, endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
    )


def denied(calls: list[Call]) -> list[str]:
    return [call.operation for call in calls if call.status == 403]


def test_just_enough_passes(run: Callable[..., list[Call]], least: dict[str, Any]) -> None:
    calls = run(least)
    assert denied(calls) == []
    assert policy.grants(least) == policy.used(calls)


def test_each_single_action_too_few_is_refused(run: Callable[..., list[Call]], least: dict[str, Any]) -> None:
    single = sorted(policy.grants(least))
    assert len(single) == 8
    for sid, action in single:
        fewer = deepcopy(least)
        (statement,) = [each for each in fewer["Statement"] if each["Sid"] == sid]
        statement["Action"].remove(action)
        fewer["Statement"] = [each for each in fewer["Statement"] if each["Action"]]
        assert denied(run(fewer)), f"{action} of {sid} is not missed"


@pytest.mark.parametrize(
    ("sid", "resource", "action"),
    [
        ("More", "arn:aws:s3:::*", "s3:PutBucketPolicy"),
        ("Twice", "arn:aws:s3:::*", "s3:CreateBucket"),
        ("Elsewhere", "arn:aws:ec2:*:*:subnet/*", "ec2:DescribeVpcs"),
    ],
)
def test_one_action_too_many_is_named(
    run: Callable[..., list[Call]], least: dict[str, Any], sid: str, resource: str, action: str
) -> None:
    more = deepcopy(least)
    more["Statement"].append({"Sid": sid, "Effect": "Allow", "Action": [action], "Resource": [resource]})
    calls = run(more)
    assert denied(calls) == []
    assert (sid, action) in policy.grants(more) - policy.used(calls)
