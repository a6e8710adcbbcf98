"""An environment that has its key from an EncryptionKey: what waits for it, and who learns of it. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api import parse
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.part import Missing
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.kinds.execution_role import ExecutionRoleKind
from mwaa_operator.resources.iam import Account, Served, execution_policy

KIND = EnvironmentKind()
KEY_ID = "0123abcd-0123-0123-0123-0123456789ab"
KEY = f"arn:aws:kms:us-east-1:123456789012:key/{KEY_ID}"
SPEC = {
    "networkRef": {"name": "net"},
    "bucketRef": {"name": "bucket"},
    "kmsKeyRef": {"name": "lake"},
}
BUCKET = "arn:aws:s3:::b"


def context(**key: str) -> Context:
    near = {
        ("Network", "net"): {"privateSubnetIds": ["subnet-2", "subnet-1"], "securityGroupId": "sg-1"},
        ("Bucket", "bucket"): {"bucketName": "b", "bucketArn": BUCKET},
        ("EncryptionKey", "lake"): key,
    }
    targets = {of: Neighbour(*of, None, facts) for of, facts in near.items()}
    return Context("123456789012", "us-east-1", "aws", targets)


def obj(facts: dict[str, Any] | None = None, **spec: Any) -> Object[Any]:
    return Object("Environment", "team", "first", "6f1c", 1, parse("Environment", {**SPEC, **spec}), facts=facts or {})


def model(thing: Object[Any], where: Context, part: str = "environment") -> Any:
    return KIND.desired(thing, where).parts[part].model


def test_it_refers_to_the_key() -> None:
    assert [(each.kind, each.name) for each in KIND.references(obj().spec) if each.path == "kmsKeyRef"] == [
        ("EncryptionKey", "lake")
    ]


@pytest.mark.parametrize("role", [None, "arn:aws:iam::123456789012:role/r"])
def test_environment_and_own_role_wait_until_the_key_is_known(role: str | None) -> None:
    waiting = KIND.desired(obj(executionRoleArn=role), context())
    late = waiting.parts["environment"].model.kms_key  # type: ignore[attr-defined]
    assert isinstance(late, Missing)
    assert late.need.message == "spec.kmsKeyRef: waits for EncryptionKey lake to publish keyArn"
    assert model(obj(executionRoleArn=role), context(keyArn=KEY)).kms_key == KEY
    if role is None:
        assert waiting.parts["policy"].model.document == late  # type: ignore[attr-defined]
        document = model(obj(), context(keyArn=KEY), "policy").document
        assert document == execution_policy(Account("aws", "123456789012"), [Served("first", "us-east-1", BUCKET, KEY)])


def test_a_role_of_its_own_waits_for_the_bucket_too() -> None:
    where = context(keyArn=KEY)
    where = Context("123456789012", "us-east-1", "aws", {k: v for k, v in where.targets.items() if k[0] != "Bucket"})
    assert model(obj(), where, "policy").document.need.reason == "DependencyNotFound"


@pytest.mark.parametrize(
    ("before", "key", "published"),
    [({}, {}, None), ({}, {"keyArn": KEY}, KEY), ({"kmsKey": KEY}, {}, KEY)],
)
def test_the_key_is_published_before_the_environment_is_and_never_taken_back(
    before: dict[str, str], key: dict[str, str], published: str | None
) -> None:
    assert KIND.facts(obj(before), context(**key), {})["kmsKey"] == published


def test_a_key_by_its_id_is_published_when_the_environment_has_it() -> None:
    assert KIND.facts(obj(kmsKeyRef=None, kmsKey=KEY_ID), context(), {})["kmsKey"] is None


@pytest.mark.parametrize(
    ("spec", "facts", "key"),
    [
        ({}, {"bucketArn": BUCKET}, "waits"),
        ({}, {"bucketArn": BUCKET, "kmsKey": KEY}, KEY),
        ({"kmsKeyRef": None, "kmsKey": KEY_ID}, {"bucketArn": BUCKET}, KEY),
        ({"kmsKeyRef": None}, {"bucketArn": BUCKET}, None),
    ],
)
def test_a_role_allows_the_key_and_says_nothing_of_an_environment_before_it_knows_it(
    spec: dict[str, Any], facts: dict[str, str], key: str | None
) -> None:
    prod = Neighbour("Environment", "prod", parse("Environment", {**SPEC, **spec}), facts)
    where = Context("123456789012", "us-east-1", "aws", referrers=(prod,), settings={"iam": "enabled"})
    role = Object("ExecutionRole", "team", "etl", "uid", 1, parse("ExecutionRole", {}))
    parts = ExecutionRoleKind().desired(role, where).parts
    document = parts["policy"].model.document  # type: ignore[attr-defined]
    assert "environment/prod" in str(parts["role"].model.trust)  # type: ignore[attr-defined]
    if key == "waits":
        assert "publish bucketArn, and kmsKey" in document.need.message
        return
    assert document == execution_policy(Account("aws", "123456789012"), [Served("prod", "us-east-1", BUCKET, key)])
