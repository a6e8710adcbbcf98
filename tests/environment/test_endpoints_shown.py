"""Endpoints that MWAA makes itself: counted, shown with their addresses, and never touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from mwaa_operator.api.environment_endpoints import WayIn
from mwaa_operator.core.finding import Severity

from .endpoint_steps import endpoints, status

REPOSITORY = Path(__file__).parents[2]
PUBLIC = {"webserverAccessMode": "PUBLIC_ONLY"}
PRIVATE = {"webserverAccessMode": "PRIVATE_ONLY"}


def shown(stack: Any) -> dict[str, Mapping[str, Any]]:
    """Give the endpoints in status by what they are for."""
    return {each["purpose"]: each for each in stack.published["vpcEndpoints"]}


@pytest.mark.row("A47", "A51", "C79")
async def test_a_public_environment_gives_a_link_and_has_one_endpoint(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(PUBLIC)
    run = await stack.settle()
    assert status(run) == "AVAILABLE"
    host = boto3.client("mwaa").get_environment(Name="first")["Environment"]["WebserverUrl"]
    assert stack.published["webserverUrl"] == f"https://{host}"
    (made,) = endpoints(stack)
    assert "AmazonMWAAManaged" in [tag["Key"] for tag in made["Tags"]]
    assert {name: (each["vpcEndpointId"], each["madeBy"]) for name, each in shown(stack).items()} == {
        "database": (made["VpcEndpointId"], "Service")
    }


@pytest.mark.row("A51", "C79", "C80")
async def test_a_private_environment_has_two_with_an_address_in_each_zone(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(PRIVATE)
    await stack.settle()
    assert list(shown(stack)) == ["database", "webserver"]
    made = {each["VpcEndpointId"]: each for each in endpoints(stack)}
    for each in shown(stack).values():
        interfaces = boto3.client("ec2").describe_network_interfaces(
            NetworkInterfaceIds=made[each["vpcEndpointId"]]["NetworkInterfaceIds"]
        )["NetworkInterfaces"]
        assert sorted(one["availabilityZone"] for one in each["networkInterfaces"]) == ["us-east-1a", "us-east-1b"]
        assert {(one["networkInterfaceId"], one["privateIpAddress"]) for one in each["networkInterfaces"]} == {
            (one["NetworkInterfaceId"], one["PrivateIpAddress"]) for one in interfaces
        }


@pytest.mark.row("C79")
async def test_they_are_no_drift_whatever_somebody_does_to_them(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(PRIVATE)
    await stack.settle()
    first, second = (each["VpcEndpointId"] for each in endpoints(stack))
    ec2 = boto3.client("ec2")
    ec2.create_tags(Resources=[first], Tags=[{"Key": "team", "Value": "other"}])
    ec2.modify_vpc_endpoint(VpcEndpointId=first, RemoveSubnetIds=stack.account.subnets[:1])
    ec2.delete_vpc_endpoints(VpcEndpointIds=[second])
    stack.emulator.advance(600)
    stack.emulator.clear_calls()
    run = await stack.once()
    assert (run.plan.steps, run.problems) == ((), {})
    assert [call.operation for call in stack.emulator.writes("ec2")] == []
    stack.deleting = True
    for _ in range(4):
        run = await stack.once()
        stack.emulator.advance(600)
    assert [call.operation for call in stack.emulator.writes("ec2")] == []
    assert run.plan.steps == ()


async def test_a_whole_look_costs_two_calls_for_them_and_changes_nothing(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(PRIVATE)
    await stack.settle()
    await stack.once()
    before = stack.published["vpcEndpoints"]
    stack.calls.clear()
    await stack.once()
    # most checks of a steady environment are no whole look, and cost none (test_checks_of_a_steady_one.py)
    asked = [call.operation for call in stack.calls if call.service == "ec2"]
    assert asked == ["describe_vpc_endpoints", "describe_network_interfaces"]
    assert stack.published["vpcEndpoints"] == before


async def test_they_are_read_anew_when_the_environment_has_changed(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(PRIVATE)
    await stack.settle()
    stack.change(**PUBLIC)
    await stack.settle()
    await stack.once()
    assert list(shown(stack)) == ["database"]


async def test_who_may_not_look_is_told_and_nothing_is_held_up(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(PUBLIC)
    stack.emulator.fault("ec2", "DescribeVpcEndpoints", code="UnauthorizedOperation", message="no", status=403)
    run = await stack.settle()
    assert status(run) == "AVAILABLE"
    assert "vpcEndpoints" not in stack.published
    assert "Allow ec2:DescribeVpcEndpoints to the operator's role" in run.sights["endpoints"].message


@pytest.mark.row("C81", "D150")
@pytest.mark.parametrize(("mode", "access"), [(PUBLIC, "Public"), (PRIVATE, "Private")])
async def test_the_address_tells_a_private_web_server(new_stack: Callable[..., Any], mode: Any, access: str) -> None:
    stack = new_stack(mode)
    await stack.settle()
    host = boto3.client("mwaa").get_environment(Name="first")["Environment"]["WebserverUrl"]
    assert ("-vpce." in host) is (access == "Private")
    assert (stack.published["webserverUrl"], stack.published["webserverAccess"]) == (f"https://{host}", access)


@pytest.mark.row("D150")
def test_the_runbook_lists_every_way_in() -> None:
    page = (REPOSITORY / "docs" / "how-to" / "private-network.md").read_text()
    section = page[page.index("## The way in") :]
    assert all(f"| {way} |" in section for way in ("AWS Client VPN", "bastion", "Application Load Balancer"))
    assert all(f"`{way.value}`" in section for way in WayIn)


@pytest.mark.row("C83")
async def test_a_private_web_server_warns_until_a_way_in_is_declared(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(PRIVATE)
    assert "access" in stack.kind.desired(stack.obj, stack.context).parts["environment"].checks
    await stack.settle()
    (finding,) = stack.kind.desired(stack.obj, stack.context).findings
    assert (finding.code, finding.severity) == ("PrivateWebServer", Severity.WARNING)
    assert "spec.wayIn" in finding.message
    stack.change(wayIn="ClientVpn")
    graph = stack.kind.desired(stack.obj, stack.context)
    assert graph.findings == ()
    assert "access" not in graph.parts["environment"].checks
    assert (await stack.once()).plan.steps == ()


@pytest.mark.row("C83")
async def test_a_web_server_that_aws_made_private_warns_too_and_a_public_one_does_not(new_stack: Callable[..., Any]) -> None:
    default, public = new_stack(), new_stack({**PUBLIC, "name": "second"}, called="second", uid="7a2d")
    await default.settle()
    await public.settle()
    assert [each.code for each in default.kind.desired(default.obj, default.context).findings] == ["PrivateWebServer"]
    assert public.kind.desired(public.obj, public.context).findings == ()
