"""What the emulator adds to moto's S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_bucket_has_its_tags_from_the_beginning(client: Callable[..., Any], emulator: Emulator, region: str) -> None:
    s3, tags = client("s3", region), [{"Key": "team", "Value": "<a & b>"}, {"Key": "stage", "Value": "test"}]
    where = {"LocationConstraint": region} if region != "us-east-1" else {}
    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={**where, "Tags": tags})
    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == tags
    assert [call.operation for call in emulator.writes()] == ["CreateBucket"]


def test_a_bucket_without_tags_has_none(client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="plain")
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket="plain")


def test_a_copy_is_made_only_of_what_was_named(client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="plain")
    etag = s3.put_object(Bucket="plain", Key="a b/ä.py", Body=b"1")["ETag"]
    source = {"Bucket": "plain", "Key": "a b/ä.py"}
    s3.copy_object(Bucket="plain", Key="copy", CopySource=source, CopySourceIfMatch=etag)
    s3.put_object(Bucket="plain", Key="a b/ä.py", Body=b"2")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.copy_object(Bucket="plain", Key="copy", CopySource=source, CopySourceIfMatch=etag)
    assert s3.get_object(Bucket="plain", Key="copy")["Body"].read() == b"1"
