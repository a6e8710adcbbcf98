"""The bucket of an environment in every spelling: AWS always gets the ARN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.api import parse
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.source_bucket import bucket_arn
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.kinds.execution_role import ExecutionRoleKind

PLAIN = {"networkRef": {"name": "n"}, "executionRoleRef": {"name": "r"}}


@pytest.mark.row("A8")
@pytest.mark.parametrize("spelling", ["arn:aws:s3:::{}", "{}", "s3://{}"])
async def test_three_spellings_give_one_arn(new_stack: Callable[..., Any], spelling: str) -> None:
    stack = new_stack()
    stack.change(sourceBucketArn=spelling.format(stack.account.bucket))
    run = await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert request["SourceBucketArn"] == f"arn:aws:s3:::{stack.account.bucket}"
    assert stack.facts(run)["bucketArn"] == f"arn:aws:s3:::{stack.account.bucket}"
    assert stack.writes() == ["CreateEnvironment"]


async def test_another_spelling_of_the_same_bucket_is_no_change(stack: Any) -> None:
    await stack.settle()
    stack.change(sourceBucketArn=f"s3://{stack.account.bucket}")
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_name_is_completed_in_the_accounts_partition_and_an_arn_is_left_alone(partition: str) -> None:
    assert bucket_arn("b", partition) == bucket_arn("s3://b", partition) == f"arn:{partition}:s3:::b"
    assert bucket_arn("arn:aws-cn:s3:::b", partition) == "arn:aws-cn:s3:::b"


def test_teams_may_spell_their_bucket_too() -> None:
    center = {"startUrl": "https://x.y/start", "identityStoreId": "d-1234567890"}
    teams = {"one": {"sourceBucketArn": "s3://team", "dagS3Path": "a"}}
    spec = {**PLAIN, "sourceBucketArn": "b", "identityCenterConfiguration": center, "teams": teams}
    obj = Object("Environment", "team", "first", "6f1c", 1, EnvironmentSpec.model_validate(spec))
    model: Any = EnvironmentKind().desired(obj, Context("123456789012", "us-east-1", "aws")).parts["environment"].model
    assert model.teams == {"one": {"SourceBucketArn": "arn:aws:s3:::team", "DagS3Path": "a"}}


def test_the_role_is_granted_the_bucket_in_any_spelling() -> None:
    environment = Neighbour("Environment", "first", parse("Environment", {**PLAIN, "sourceBucketArn": "s3://lake"}), {})
    role = Object("ExecutionRole", "team", "r", "1", 1, parse("ExecutionRole", {}))
    context = Context("123456789012", "us-east-1", "aws", referrers=(environment,), settings={"iam": "enabled"})
    document = str(ExecutionRoleKind().desired(role, context).parts["policy"].model)
    assert "arn:aws:s3:::lake" in document and "s3://lake" not in document


@pytest.mark.row("D181")
@pytest.mark.parametrize("name", ["etl", "data-lake", "my.bucket.7", "7-up", "x" * 63, "airflow-old"])
def test_any_valid_name_of_a_bucket_is_taken(name: str) -> None:
    parse("Bucket", {"name": name})
    spec = parse("Environment", {**PLAIN, "sourceBucketArn": name}, "first")
    obj = Object("Environment", "team", "first", "6f1c", 1, spec)
    graph = EnvironmentKind().desired(obj, Context("123456789012", "us-east-1", "aws"))
    assert graph.findings == ()
    assert graph.parts["environment"].model.source_bucket_arn == f"arn:aws:s3:::{name}"  # type: ignore[attr-defined]
