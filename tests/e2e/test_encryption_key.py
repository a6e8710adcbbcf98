"""A key, the bucket and the environment that have it, and what becomes of the key in the end."""

from __future__ import annotations

from typing import Any

import pytest

from devcluster.stack import Stack
from mwaa_emulator.prepared import CompleteAccount

pytestmark = pytest.mark.cluster

HARM = ("DisableKey", "ScheduleKeyDeletion", "RetireGrant", "RevokeGrant", "DeleteAlias")


@pytest.mark.row("D81", "D82")
def test_a_key_outlives_what_is_encrypted_with_it(stack: Stack, account: CompleteAccount, home: Any) -> None:
    reference = {"name": "quickstart"}
    environment = home.environment(account, sourceBucketArn=None, executionRoleArn=None)
    environment["spec"] |= {"bucketRef": reference, "kmsKeyRef": reference}
    key = home.new("EncryptionKey", deletionPolicy="Delete", pendingWindowInDays=8)
    # the user of a thing comes before it
    home.apply(environment, home.new("Bucket", kmsKeyRef=reference, deletionPolicy="Delete", purgeOnDelete=True), key)
    home.wait_ready("EncryptionKey", "Bucket", "Environment")
    kms, arn = home.aws("kms"), home.status("EncryptionKey")["keyArn"]
    (created,) = home.calls("CreateEnvironment")
    assert created["KmsKey"] == home.status("Environment")["kmsKey"] == arn
    bucket = home.aws("s3").get_bucket_encryption(Bucket=home.status("Bucket")["bucketName"])
    rule = bucket["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert rule["KMSMasterKeyID"] == arn

    begun = len(stack.emulator.calls())
    home.delete("EncryptionKey")
    home.delete("Bucket")
    said = home.wait_condition("EncryptionKey", "Ready", status="False", reason="InUse")["message"]
    assert "Environment" in said
    home.look("EncryptionKey")
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"
    assert [call.operation for call in stack.emulator.calls()[begun:] if call.operation in HARM] == []

    home.delete("Environment")
    home.wait_gone("EncryptionKey")
    calls = [call for call in stack.emulator.calls()[begun:] if call.operation in (*HARM, "GetEnvironment", "DeleteBucket")]
    asked = [call for call in calls if call.operation in HARM]
    assert [call.operation for call in asked] == ["ScheduleKeyDeletion", "DeleteAlias"]
    assert asked[0].params["PendingWindowInDays"] == 8
    before = calls[: calls.index(asked[0])]
    gone = [call for call in before if call.operation == "GetEnvironment" and call.code == "ResourceNotFoundException"]
    assert [call.params["Name"] for call in gone][-1:] == [home.name]
    assert "DeleteBucket" in [call.operation for call in before]
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion"
