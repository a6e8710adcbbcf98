"""Subnets of another account, and NAT gateways in a network that shall be without internet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.aws.ec2_network_facts import Ec2NetworkFacts
from mwaa_operator.checks import shared_vpc
from mwaa_operator.checks.network import NetworkCheck
from mwaa_operator.checks.vpc import Subnet
from mwaa_operator.core.finding import Severity

OWNER = "222222222222"


class SharedSubnets(Ec2NetworkFacts):
    """A network as EC2 describes it to an account that another one has shared its subnets with."""

    async def subnets(self, region: str, ids: Any) -> dict[str, Subnet]:
        found = await super().subnets(region, ids)
        assert {subnet.owner for subnet in found.values()} == {"123456789012"}
        return {id_: replace(subnet, owner=OWNER) for id_, subnet in found.items()}


@pytest.mark.row("D125")
@pytest.mark.parametrize(("management", "refused"), [(None, True), ("SERVICE", True), ("CUSTOMER", False)])
async def test_subnets_of_another_account_need_customer_endpoints(place: Any, management: Any, refused: bool) -> None:
    want = place.environment(endpoint_management=management)
    findings = await NetworkCheck(SharedSubnets(place.aws)).findings(want, "us-east-1")
    if not refused:
        assert list(findings) == []
        return
    (finding,) = findings
    assert (finding.code, finding.severity) == ("SharedVpcWithoutCustomerEndpoints", Severity.ERROR)
    for said in (*place.account.subnets, OWNER, "123456789012", "spec.endpointManagement: CUSTOMER"):
        assert said in finding.message


async def test_subnets_of_the_own_account_need_nothing(place: Any) -> None:
    assert await place.look_at("network", endpoint_management="SERVICE") == []


@pytest.mark.row("D140")
async def test_a_nat_gateway_warns_in_private_mode_and_in_public_mode_does_not(place: Any) -> None:
    findings = await place.look_at("network", webserver_access_mode="PRIVATE_ONLY")
    assert {(each.code, each.severity) for each in findings} == {("NatGatewayInPrivateMode", Severity.WARNING)}
    assert [each.message.split(" ", 1)[0] for each in findings] == sorted(place.account.subnets)
    assert all(place.account.nat in each.message for each in findings)
    assert await place.look_at("network") == []


@pytest.mark.parametrize("management", ["SERVICE", "CUSTOMER"])
async def test_the_endpoints_of_aws_services_are_wanted_whoever_makes_the_environments(place: Any, management: str) -> None:
    place.account.ec2.delete_route(RouteTableId=place.account.routes, DestinationCidrBlock="0.0.0.0/0")
    found = await place.look_at("network", endpoint_management=management, webserver_access_mode="PRIVATE_ONLY")
    (missing,) = [each for each in found if each.code == "MissingEndpoints"]
    for service in ("s3", "monitoring", "logs", "ecr.dkr", "ecr.api", "sqs", "kms", "airflow.api", "airflow.env"):
        assert f"com.amazonaws.us-east-1.{service}" in missing.message


@pytest.mark.row("D140")
async def test_an_internet_gateway_is_refused_in_either_mode(place: Any) -> None:
    account = place.account
    account.ec2.replace_route(RouteTableId=account.routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=account.gateway)
    for mode in ("PRIVATE_ONLY", "PUBLIC_ONLY"):
        (finding,) = await place.look_at("network", webserver_access_mode=mode)
        assert (finding.code, finding.severity) == ("RouteToInternetGateway", Severity.ERROR)


def test_what_ec2_does_not_tell_is_no_fault(place: Any) -> None:
    subnet = Subnet("subnet-1", "vpc-1", "us-east-1a", "10.0.1.0/24", 9)
    seen = shared_vpc.Seen("us-east-1", ("subnet-1",), (), {"subnet-1": subnet}, account="123456789012")
    assert list(shared_vpc.faults(seen)) == []
