"""Subnets and groups of another Region than the environment's, on a real AWS endpoint."""

from __future__ import annotations

import boto3
import pytest

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.report import report

from .test_before_create import Owner, by_ids


@pytest.mark.row("C26")
async def test_network_parts_of_another_region_are_a_condition(place) -> None:
    ec2 = boto3.client("ec2", region_name="eu-west-1")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="irish", Description="d", VpcId=vpc)["GroupId"]
    owner = Owner(place, objects={"Environment": by_ids(place, subnetIds=subnets, securityGroupIds=[group])})
    run = await owner.once("Environment")
    preflight = next(each for each in report(run.found(), True, Truth.UNKNOWN, "").conditions if each.type == "Preflight")
    assert (preflight.status, preflight.reason) == (Truth.FALSE, "PreflightFailed")
    messages = [each.message for each in run.checks if each.code in ("SubnetNotFound", "SecurityGroupNotFound")]
    for part in (*subnets, group):
        assert [each for each in messages if f"{part} in us-east-1. Correct the id, or the region" in each]
    assert owner.created() == 0
