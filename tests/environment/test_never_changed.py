"""What AWS can never change in an environment, and what of others an environment leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest

from mwaa_operator.aws.mwaa_environment import observe
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.change import changes
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.owner import Owner
from mwaa_operator.core.part import Effect
from mwaa_operator.core.report import report
from mwaa_operator.resources.mwaa import Environment

ID = "0123abcd-0123-0123-0123-0123456789ab"
ARN = f"arn:aws:kms:us-east-1:123456789012:key/{ID}"
OTHER = "ffffabcd-0123-0123-0123-0123456789ab"
WANT = Environment("first", "arn:aws:iam::123456789012:role/r", "arn:aws:s3:::b", "dags", ("a", "b"), ("c",))


def conditions(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


@pytest.mark.row("A17")
@pytest.mark.parametrize("where", ["the same VPC", "another VPC"])
async def test_other_subnets_are_refused_with_the_way_to_replace_it(stack: Any, where: str) -> None:
    await stack.settle()
    ec2, asked = stack.account.ec2, [stack.account.subnets[0], stack.account.subnet("10.192.22.0/24", "us-east-1c")]
    if where == "another VPC":
        vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
        places = [{"CidrBlock": f"10.99.{n}.0/24", "AvailabilityZone": f"us-east-1{zone}"} for n, zone in enumerate("ab")]
        asked = [ec2.create_subnet(VpcId=vpc, **place)["Subnet"]["SubnetId"] for place in places]
    before = boto3.client("mwaa").get_environment(Name="first")["Environment"]["NetworkConfiguration"]
    stack.change(subnetIds=asked)
    said = conditions(await stack.settle_on("ImmutableField"))
    assert stack.requests("UpdateEnvironment") == []
    assert boto3.client("mwaa").get_environment(Name="first")["Environment"]["NetworkConfiguration"] == before
    for type_, status in (("Synced", Truth.FALSE), ("Stalled", Truth.TRUE), ("Ready", Truth.FALSE)):
        assert (said[type_].status, said[type_].reason) == (status, "ImmutableField")
    assert "AWS cannot change subnetIds" in said["Synced"].message
    assert asked[1] in said["Synced"].message
    assert (
        "Put the old value back, or make a second Environment whose spec.replaces names this one" in said["Synced"].message
    )


@pytest.mark.row("A27", "D72")
@pytest.mark.parametrize("by", ["KeyId", "Arn"])
async def test_a_customer_key_is_declared_by_id_or_arn(new_stack: Callable[..., Any], by: str) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]
    stack = new_stack({"kmsKey": key[by]})
    run = await stack.settle()
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment"]
    assert boto3.client("mwaa").get_environment(Name="first")["Environment"]["KmsKey"] == key[by]
    assert stack.facts(run)["kmsKey"] == key[by]
    stack.change(kmsKey=OTHER)
    [need] = (await stack.once()).plan.step("environment").needs
    assert (need.reason, stack.requests("UpdateEnvironment")) == ("ImmutableField", [])


@pytest.mark.row("A109")
@pytest.mark.parametrize("declared", [ID, ARN])
@pytest.mark.parametrize("answered", [ID, ARN])
def test_id_and_arn_of_one_key_do_not_differ(declared: str, answered: str) -> None:
    want = replace(WANT, kms_key=declared)
    target = Target("environment", want, Owner("Environment", "team", "first", "6f1c"), "us-east-1")
    view = {"Name": "first", "Status": "AVAILABLE", "KmsKey": answered}
    assert [each for each in changes(want, observe(view, target)) if each.path == "kms_key"] == []


@pytest.mark.parametrize("answered", [OTHER, ARN.replace(ID, OTHER), None])
def test_another_key_can_never_be_taken(answered: str | None) -> None:
    want = replace(WANT, kms_key=ID)
    target = Target("environment", want, Owner("Environment", "team", "first", "6f1c"), "us-east-1")
    seen = observe({"Name": "first", "Status": "AVAILABLE", "KmsKey": answered}, target)
    [change] = [each for each in changes(want, seen) if each.path == "kms_key"]
    assert change.effect is Effect.REFUSED


@pytest.mark.row("A36")
async def test_a_role_given_by_its_arn_is_passed_on_and_never_edited(stack: Any) -> None:
    iam, given = stack.account.iam, stack.account.role_arn

    def everything() -> str:
        role = iam.get_role(RoleName=stack.account.role)["Role"]
        names = iam.list_role_policies(RoleName=stack.account.role)["PolicyNames"]
        policies = [iam.get_role_policy(RoleName=stack.account.role, PolicyName=name)["PolicyDocument"] for name in names]
        attached = iam.list_attached_role_policies(RoleName=stack.account.role)["AttachedPolicies"]
        return json.dumps([role, policies, attached], default=str, sort_keys=True)

    before = everything()
    stack.emulator.clear_calls()
    await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert request["ExecutionRoleArn"] == given
    stack.change(maxWorkers=7)
    await stack.settle()
    stack.deleting = True
    await stack.settle()
    assert stack.writes("iam") == []
    assert everything() == before
