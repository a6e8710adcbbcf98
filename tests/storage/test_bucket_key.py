"""A Bucket that is encrypted with the key of an EncryptionKey, over a real endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.bucket import BucketSpec
from mwaa_operator.core.kind import Neighbour
from mwaa_operator.kinds.bucket import BucketKind

KEY, OTHER = (f"arn:aws:kms:us-east-1:123456789012:key/{each * 8}-0123-0123-0123-0123456789ab" for each in "ab")


@pytest.fixture
def bucket(declared: Callable[..., Any]) -> Callable[..., Any]:
    def make(name: str | None = "lake", **facts: str) -> Any:
        spec = BucketSpec.model_validate({"name": "team-dags", "kmsKeyRef": {"name": name} if name else None})
        thing = declared(BucketKind(), spec)
        point(thing, facts)
        return thing

    return make


def point(thing: Any, facts: Mapping[str, str]) -> None:
    thing.context = replace(
        thing.context, targets={("EncryptionKey", "lake"): Neighbour("EncryptionKey", "lake", None, facts)}
    )


def default_key(client: Any) -> str | None:
    found = client.get_bucket_encryption(Bucket="team-dags")["ServerSideEncryptionConfiguration"]["Rules"][0]
    key: str | None = found["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")
    return key


async def test_it_waits_for_the_key_and_is_published_once_it_encrypts_with_it(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    thing = bucket()
    run = await thing.desk.once()
    (need,) = {need.message for step in run.plan.steps for need in step.needs if need.reason == "DependencyNotReady"}
    assert need == "spec.kmsKeyRef: waits for EncryptionKey lake to publish keyArn"
    assert bucket_client.list_buckets()["Buckets"] == []

    point(thing, {"keyArn": KEY})
    facts = thing.facts(await thing.settle())
    assert facts["bucketArn"] == "arn:aws:s3:::team-dags"
    rule = bucket_client.get_bucket_encryption(Bucket="team-dags")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert rule["BucketKeyEnabled"]
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == []


async def test_the_key_is_put_back_and_can_be_changed(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket(keyArn=KEY)
    await thing.settle()
    own = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    bucket_client.put_bucket_encryption(Bucket="team-dags", ServerSideEncryptionConfiguration={"Rules": [own]})
    await thing.settle()
    assert default_key(bucket_client) == KEY

    point(thing, {"keyArn": OTHER})
    assert thing.facts(await thing.settle())["bucketName"] == "team-dags"
    assert default_key(bucket_client) == OTHER


async def test_a_key_by_its_id_is_the_same_key(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket(keyArn=KEY)
    await thing.settle()
    by_id = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY.rpartition("/")[2]}}
    bucket_client.put_bucket_encryption(Bucket="team-dags", ServerSideEncryptionConfiguration={"Rules": [by_id]})
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == []


async def test_without_a_key_the_encryption_is_left_as_it_is_and_not_even_looked_at(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    thing = bucket(name=None)
    await thing.settle()
    by_kms = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": OTHER}}
    bucket_client.put_bucket_encryption(Bucket="team-dags", ServerSideEncryptionConfiguration={"Rules": [by_kms]})
    thing.desk.taken(writes=False)
    await thing.settle()
    assert "get_bucket_encryption" not in thing.desk.taken(writes=False)
    assert default_key(bucket_client) == OTHER
