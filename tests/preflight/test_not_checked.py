"""A check that the operator has no right to make says so with the action that is missing, and is no failure."""

from __future__ import annotations

import pytest

from mwaa_operator.core.errors import OutsideError
from mwaa_operator.core.finding import Severity

QUESTIONS = [
    ("ec2", "DescribeSubnets", "ec2:DescribeSubnets"),
    ("ec2", "DescribeSecurityGroups", "ec2:DescribeSecurityGroups"),
    ("ec2", "DescribeRouteTables", "ec2:DescribeRouteTables"),
    ("ec2", "DescribeNetworkAcls", "ec2:DescribeNetworkAcls"),
    ("ec2", "DescribeVpcEndpoints", "ec2:DescribeVpcEndpoints"),
    ("ec2", "DescribeVpcAttribute", "ec2:DescribeVpcAttribute"),
    ("s3", "HeadBucket", "s3:ListBucket"),
    ("s3", "GetBucketVersioning", "s3:GetBucketVersioning"),
    ("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("s3", "ListObjectsV2", "s3:ListBucket"),
    ("iam", "GetRole", "iam:GetRole"),
    ("iam", "SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy"),
    ("mwaa", "ListEnvironments", "airflow:ListEnvironments"),
    ("kms", "DescribeKey", "kms:DescribeKey"),
    ("kms", "GetKeyPolicy", "kms:GetKeyPolicy"),
]
KEY = "11111111-1111-1111-1111-111111111111"


async def test_a_question_that_is_denied_is_a_notice_and_the_others_are_answered(place) -> None:
    kms = place.client("kms").create_key()["KeyMetadata"]["KeyId"]
    # endpoints are asked for only where there is no way to the internet
    place.account.ec2.delete_route(RouteTableId=place.account.routes, DestinationCidrBlock="0.0.0.0/0")
    known = {(each.code, each.where) for each in await place.look(kms_key=kms)}
    for service, operation, action in QUESTIONS:
        place.emulator.fault(service, operation, code="AccessDenied", message="no", status=403)
        found = await place.look(kms_key=kms)
        place.emulator.clear_faults()
        notices = [each for each in found if each.code == "NotChecked"]
        assert notices, operation
        assert all(each.severity is Severity.NOTICE for each in notices)
        assert all(f"Allow {action} to the operator's role." in each.message for each in notices), notices
        others = {(each.code, each.where) for each in found if each.code != "NotChecked"}
        # nothing new is found wrong for want of a right
        assert others <= known, operation


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "InternalError"])
async def test_a_question_that_aws_could_not_answer_is_asked_again(place, code) -> None:
    place.emulator.fault("ec2", "DescribeRouteTables", code=code, message="later", status=503)
    with pytest.raises(OutsideError):
        await place.look()


async def test_bad_credentials_are_no_notice(place) -> None:
    place.emulator.fault("ec2", "DescribeSubnets", code="AuthFailure", message="who are you", status=401)
    with pytest.raises(OutsideError):
        await place.look()


async def test_what_an_emulator_lacks_needs_nobody(place) -> None:
    text = "The emulator does not implement ec2:DescribeNetworkAcls."
    place.emulator.fault("ec2", "DescribeNetworkAcls", code="NotImplementedByEmulator", message=text, status=400)
    (notice,) = [each for each in await place.look() if each.code == "NotChecked"]
    assert text in notice.message
    assert "there is nothing to do" in notice.message
    assert not [word for word in ("Allow", "Correct what AWS names", "every few minutes") if word in notice.message]


async def test_what_aws_refused_to_tell_is_not_to_be_corrected_in_the_spec(place) -> None:
    place.emulator.fault("iam", "SimulatePrincipalPolicy", code="InvalidInput", message="cannot simulate that", status=400)
    notices = [each for each in await place.look() if each.code == "NotChecked"]
    assert notices
    assert all("AWS says so itself, later" in each.message for each in notices)
    assert not [each for each in notices if "Correct what AWS names" in each.message]


async def test_what_aws_did_not_answer_to_a_check_that_only_warns_is_asked_again(place) -> None:
    place.emulator.fault("mwaa", "ListEnvironments", code="InternalServerException", message="later", status=500)
    (notice,) = await place.look_at("sharing")
    assert notice.code == "NotChecked"
    assert "It is asked again when the checks are made the next time." in notice.message
