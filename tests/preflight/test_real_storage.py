"""One thing in a real bucket is broken by an ordinary call, and exactly that finding comes out."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest

from mwaa_operator.resources.mwaa import Environment

FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
KEY, OTHER = (f"arn:aws:kms:us-east-1:123456789012:key/{digit * 8}-0000-0000-0000-000000000000" for digit in "12")


async def test_a_bucket_that_is_not_there(place) -> None:
    found = await place.look(source_bucket_arn="arn:aws:s3:::nobody-has-this")
    (finding,) = [each for each in found if each.code.startswith("Bucket")]
    assert finding.code == "BucketNotFound"
    assert (finding.where, "nobody-has-this" in finding.message) == ("spec.sourceBucketArn", True)


async def test_a_bucket_in_another_region(place) -> None:
    boto3.client("s3", region_name="eu-west-1").create_bucket(
        Bucket="irish", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    found = await place.look(source_bucket_arn="arn:aws:s3:::irish")
    (finding,) = [each for each in found if each.code.startswith("Bucket")]
    assert finding.code == "BucketInOtherRegion"
    assert "is in eu-west-1, and the environment is to be in us-east-1" in finding.message


async def test_a_bucket_of_another_account(place) -> None:
    # one that its owner lets us read, for which there are no bucket policies here: S3's answer is put in their place
    place.emulator.fault("s3", "HeadBucket", code="403", status=403, after=1)
    finding = await place.only("BucketOfOtherAccount")
    assert "another account than 123456789012" in finding.message


async def test_a_bucket_without_versioning(place) -> None:
    place.account.s3.put_bucket_versioning(Bucket=place.account.bucket, VersioningConfiguration={"Status": "Suspended"})
    finding = await place.only("VersioningOff")
    assert "Suspended" in finding.message


async def test_a_bucket_with_one_flag_off(place) -> None:
    for flag in FLAGS:
        flags = {each: each != flag for each in FLAGS}
        place.account.s3.put_public_access_block(Bucket=place.account.bucket, PublicAccessBlockConfiguration=flags)
        (finding,) = await place.look_at("bucket")
        assert finding.code == "PublicAccessNotBlocked"
        assert f"public: {flag} is off" in finding.message


async def test_a_bucket_without_any_block(place) -> None:
    place.account.s3.delete_public_access_block(Bucket=place.account.bucket)
    await place.only("PublicAccessNotBlocked")


@pytest.mark.row("A96")
async def test_the_block_of_the_account_makes_up_for_that_of_the_bucket(place) -> None:
    place.account.block(False)
    await place.aws.call(
        "us-east-1",
        "s3control",
        "put_public_access_block",
        AccountId="123456789012",
        PublicAccessBlockConfiguration=dict.fromkeys(FLAGS, True),
    )
    assert await place.look() == []


async def test_a_bucket_that_is_well_costs_no_look_at_the_account(place) -> None:
    await place.look()
    assert {call.service for call in place.calls} >= {"s3", "iam", "mwaa"}
    assert "s3control" not in {call.service for call in place.calls}


def encrypt(place, **default) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": default}
    place.account.s3.put_bucket_encryption(Bucket=place.account.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


@pytest.mark.row("A31", "D78")
async def test_a_bucket_under_another_customer_key(place) -> None:
    encrypt(place, SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY)
    finding = await place.only("BucketKeyDiffers")
    assert (finding.where, KEY in finding.message) == ("spec.kmsKey", True)
    (other,) = await place.look_at("bucket", kms_key=OTHER)
    assert (other.code, OTHER in other.message) == ("BucketKeyDiffers", True)
    assert await place.look_at("bucket", kms_key=KEY) == []
    assert await place.look_at("bucket", kms_key=KEY.rpartition("/")[2]) == []


async def test_a_bucket_under_a_key_of_s3(place) -> None:
    own = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"}
    for default in ({"SSEAlgorithm": "AES256"}, {"SSEAlgorithm": "aws:kms"}, own):
        encrypt(place, **default)
        assert await place.look_at("bucket") == []


async def test_a_bucket_under_an_alias(place) -> None:
    encrypt(place, SSEAlgorithm="aws:kms", KMSMasterKeyID="alias/mine")
    await place.only("BucketKeyIsAlias")


async def test_a_folder_that_is_not_there(place) -> None:
    finding = await place.only("DagFolderMissing", dag_s3_path="workflows")
    assert (finding.where, "workflows/" in finding.message) == ("spec.dagS3Path", True)


def naming(place, **files: str) -> Environment:
    return replace(place.environment(), **files)


def put(place, key: str, text: str = "") -> str:
    return str(place.account.s3.put_object(Bucket=place.account.bucket, Key=key, Body=text.encode())["VersionId"])


NAMES = {"plugins": "plugins.zip", "startup_script": "start.sh", "requirements": "requirements.txt"}


@pytest.mark.parametrize(("field", "key"), NAMES.items())
async def test_files_that_are_named(place, field, key) -> None:
    path, version = f"{field}_s3_path", f"{field}_s3_object_version"
    written = {"plugins": "plugins", "startup_script": "startupScript", "requirements": "requirements"}[field]
    missing = await place.only("FileNotFound", naming(place, **{path: key, version: "v"}))
    assert (missing.where, key in missing.message) == (f"spec.{written}S3Path", True)
    there = put(place, key)
    assert await place.look(naming(place, **{path: key, version: there})) == []
    wrong = await place.only("FileVersionNotFound", naming(place, **{path: key, version: "none"}))
    assert (wrong.where, "no version none" in wrong.message) == (f"spec.{written}S3ObjectVersion", True)
    assert "FileVersionMissing" in await place.codes(naming(place, **{path: key}))


async def test_a_version_that_was_deleted(place) -> None:
    version = put(place, "plugins.zip")
    put(place, "plugins.zip")
    place.account.s3.delete_object(Bucket=place.account.bucket, Key="plugins.zip", VersionId=version)
    want = naming(place, plugins_s3_path="plugins.zip", plugins_s3_object_version=version)
    await place.only("FileVersionNotFound", want)


async def test_a_version_that_marks_a_deletion(place) -> None:
    put(place, "plugins.zip")
    marker = place.account.s3.delete_object(Bucket=place.account.bucket, Key="plugins.zip")["VersionId"]
    put(place, "plugins.zip")
    want = naming(place, plugins_s3_path="plugins.zip", plugins_s3_object_version=marker)
    await place.only("FileVersionNotFound", want)


async def test_requirements_are_read_in_the_named_version(place) -> None:
    loose, pinned = put(place, "requirements.txt", "pandas\n"), put(place, "requirements.txt", "--no-index\npandas==1\n")
    path = {"requirements_s3_path": "requirements.txt"}
    assert await place.look(naming(place, **path, requirements_s3_object_version=pinned)) == []
    codes = await place.codes(naming(place, **path, requirements_s3_object_version=loose))
    assert codes == ["ConstraintMissing", "RequirementsNotPinned"]
