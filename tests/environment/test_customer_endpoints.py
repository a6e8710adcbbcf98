"""Endpoints that AWS leaves to the customer: made while the environment is PENDING, and gone after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.step import Action
from mwaa_operator.engine.status import part_list

from .endpoint_steps import CUSTOMER, MINUTE, age, conditions, endpoints, groups, in_status, status, until

PUBLIC = {"webserverAccessMode": "PUBLIC_ONLY"}


@pytest.fixture
def customer(new_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Make an Environment object whose endpoints AWS leaves to the customer."""
    return lambda spec=None, **settings: new_stack({**CUSTOMER, **(spec or {})}, **settings)


@pytest.mark.row("C95", "C96", "C97", "C104")
async def test_from_nothing_to_available_by_one_create_call(customer: Callable[..., Any]) -> None:
    stack = customer()
    seen = []
    for _ in range(60):
        run = await stack.once()
        seen += [status(run)] if status(run) not in seen[-1:] else []
        if status(run) == "AVAILABLE":
            break
        stack.emulator.advance(MINUTE)
    assert seen == ["CREATING", "PENDING", "CREATING", "AVAILABLE"]
    shown = boto3.client("mwaa").get_environment(Name="first")["Environment"]
    database, webserver = shown["DatabaseVpcEndpointService"], shown["WebserverVpcEndpointService"]
    made = endpoints(stack)
    assert [each["ServiceName"] for each in made] == sorted([database, webserver])
    for each in made:
        assert (each["VpcEndpointType"], each["VpcId"], each["State"]) == ("Interface", stack.account.vpc, "available")
        assert sorted(each["SubnetIds"]) == sorted(shown["NetworkConfiguration"]["SubnetIds"])
        assert {tag["Key"]: tag["Value"] for tag in each["Tags"]}["mwaa-operator.dev/owner"] == stack.uid
    assert stack.writes() == ["CreateEnvironment"]
    run = await stack.once()
    assert run.plan.steps == ()
    assert conditions(run)["Ready"].status is Truth.TRUE


@pytest.mark.row("C96")
async def test_a_public_web_server_gets_no_endpoint(customer: Callable[..., Any]) -> None:
    stack = customer(PUBLIC)
    run = await stack.settle()
    assert status(run) == "AVAILABLE"
    (made,) = endpoints(stack)
    assert made["ServiceName"] == stack.facts(run)["databaseVpcEndpointService"]
    assert [each["purpose"] for each in stack.facts(run)["vpcEndpoints"]] == ["database"]


@pytest.mark.row("C98", "C102")
async def test_the_group_of_the_endpoints_lets_the_environments_groups_in(customer: Callable[..., Any]) -> None:
    stack = customer()
    other = boto3.client("ec2").create_security_group(GroupName="two", Description="d", VpcId=stack.account.vpc)["GroupId"]
    stack.change(securityGroupIds=[stack.account.group, other])
    run = await stack.settle()
    group = groups(stack)["mwaa-first-endpoints"]
    (everything,) = {rule["IpProtocol"] for rule in group["IpPermissions"]}
    ends = {pair["GroupId"] for rule in group["IpPermissions"] for pair in rule["UserIdGroupPairs"]}
    assert (everything, ends) == ("-1", {stack.account.group, other})
    assert [each["CidrIp"] for rule in group["IpPermissionsEgress"] for each in rule["IpRanges"]] == ["0.0.0.0/0"]
    for point in endpoints(stack):
        assert [each["GroupId"] for each in point["Groups"]] == [group["GroupId"]]
    facts = stack.facts(run)
    assert facts["endpointSecurityGroupId"] == group["GroupId"]
    assert facts["securityGroupIds"] == sorted([stack.account.group, other])


@pytest.mark.row("C92")
async def test_each_turn_of_the_state_is_a_transition_with_its_time(customer: Callable[..., Any]) -> None:
    stack = customer()
    said: list[dict[str, object]] = []
    turns: list[tuple[str, str, str]] = []
    for minute in range(60):
        run = await stack.once()
        said = in_status(run, said, f"2026-01-01T00:{minute:02}:00Z")
        ready = next(each for each in said if each["type"] == "Ready")
        turn = (status(run), str(ready["status"]), str(ready["lastTransitionTime"]))
        turns += [turn] if turn not in turns else []
        assert not any(each["type"] == "Stalled" for each in said)
        if status(run) == "AVAILABLE":
            break
        stack.emulator.advance(MINUTE)
    assert [(state, truth) for state, truth, _ in turns] == [
        ("CREATING", "Unknown"),
        ("PENDING", "False"),
        ("CREATING", "Unknown"),
        ("AVAILABLE", "True"),
    ]
    times = [time for _, _, time in turns]
    assert times == sorted(set(times))


@pytest.mark.row("C101")
async def test_while_it_is_pending_each_endpoint_is_shown_with_state_and_age(customer: Callable[..., Any]) -> None:
    stack = customer()
    await until(stack, "PENDING")
    run = await stack.once()
    ready = conditions(run)["Ready"]
    assert (ready.reason, ready.needs_somebody) == ("AwaitingEndpoints", False)
    shown = stack.facts(run)["vpcEndpoints"]
    assert [(each["purpose"], each["state"], each["madeBy"]) for each in shown] == [
        ("database", "pending", "Operator"),
        ("webserver", "pending", "Operator"),
    ]
    assert {each["vpcEndpointId"] for each in shown} == {each["VpcEndpointId"] for each in endpoints(stack)}
    assert all(0 <= age(each) < 3600 for each in shown)


@pytest.mark.row("C93")
async def test_the_deadline_counts_from_the_first_moment_of_pending(customer: Callable[..., Any]) -> None:
    stack = customer({"customerEndpoints": {"madeBy": "Other"}})
    await stack.once()
    stack.emulator.advance(10 * MINUTE)
    stack.later = timedelta(minutes=10)
    begun = datetime.now(UTC) + stack.later
    run = await stack.once()
    (entry,) = [each for each in part_list(run.graph, run.sights, run.memory) if each["name"] == "environment"]
    assert abs(datetime.fromisoformat(entry["deadline"]) - begun - timedelta(hours=72)) < timedelta(minutes=2)
    said = conditions(run)
    assert "(71 h left)" in said["Ready"].message or "(72 h left)" in said["Ready"].message
    assert "DeadlineNear" not in said

    stack.later += timedelta(hours=47)
    assert "DeadlineNear" not in conditions(await stack.once())
    stack.later += timedelta(hours=2)
    run = await stack.once()
    warning = conditions(run)["DeadlineNear"]
    assert warning.status is Truth.TRUE
    assert "in 22 h" in warning.message or "in 23 h" in warning.message
    assert (
        next(each for each in part_list(run.graph, run.sights, run.memory) if each["name"] == "environment")["deadline"]
        == entry["deadline"]
    )


@pytest.mark.row("C100")
async def test_deletion_takes_the_endpoints_after_the_environment_and_no_other(customer: Callable[..., Any]) -> None:
    stack = customer()
    run = await stack.settle()
    service = stack.facts(run)["databaseVpcEndpointService"]
    foreign = stack.account.ec2.create_vpc_endpoint(
        VpcId=stack.account.vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=stack.account.subnets
    )["VpcEndpoint"]["VpcEndpointId"]
    stack.deleting = True
    stack.emulator.clear_calls()
    for _ in range(60):
        run = await stack.once()
        if not run.plan.steps:
            break
        if status(run) == "DELETING":
            assert len(endpoints(stack)) == 3
        stack.emulator.advance(MINUTE)
    assert run.plan.steps == ()
    assert [each["VpcEndpointId"] for each in endpoints(stack)] == [foreign]
    assert "mwaa-first-endpoints" not in groups(stack)
    order = [call.operation for call in stack.emulator.writes() if call.service in ("mwaa", "ec2")]
    assert [each for each in order if each != "DeleteSecurityGroup"] == ["DeleteEnvironment", *["DeleteVpcEndpoints"] * 2]
    assert order[-1] == "DeleteSecurityGroup"


@pytest.mark.row("C100")
async def test_an_environment_that_never_got_endpoints_goes_without_a_trace(customer: Callable[..., Any]) -> None:
    stack = customer()
    await stack.once()
    stack.deleting = True
    for _ in range(60):
        run = await stack.once()
        if not run.plan.steps:
            break
        stack.emulator.advance(MINUTE)
    assert (run.plan.steps, endpoints(stack)) == ((), [])
    assert "mwaa-first-endpoints" not in groups(stack)


async def test_an_endpoint_that_somebody_deletes_is_made_again(customer: Callable[..., Any]) -> None:
    stack = customer(PUBLIC)
    await stack.settle()
    (before,) = endpoints(stack)
    stack.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[before["VpcEndpointId"]])
    await stack.settle()
    (after,) = endpoints(stack)
    assert after["VpcEndpointId"] != before["VpcEndpointId"]
    assert after["ServiceName"] == before["ServiceName"]
    assert stack.writes() == ["CreateEnvironment"]


async def test_subnets_and_groups_of_an_endpoint_are_put_back(customer: Callable[..., Any]) -> None:
    stack = customer(PUBLIC)
    await stack.settle()
    (before,) = endpoints(stack)
    group = before["Groups"][0]["GroupId"]
    stack.account.ec2.modify_vpc_endpoint(
        VpcEndpointId=before["VpcEndpointId"],
        RemoveSubnetIds=stack.account.subnets[:1],
        AddSecurityGroupIds=[stack.account.group],
        RemoveSecurityGroupIds=[group],
    )
    await stack.settle()
    (after,) = endpoints(stack)
    assert sorted(after["SubnetIds"]) == sorted(stack.account.subnets)
    assert [each["GroupId"] for each in after["Groups"]] == [group]


async def test_a_lost_reply_makes_no_second_endpoint(customer: Callable[..., Any]) -> None:
    stack = customer(PUBLIC)
    stack.emulator.fault("ec2", "CreateVpcEndpoint", reply_lost=True, count=1)
    await stack.settle()
    assert len(endpoints(stack)) == 1


async def test_an_environment_that_is_made_anew_gets_new_endpoints(customer: Callable[..., Any]) -> None:
    """The old ones lead to services that went with the old environment."""
    stack = customer(PUBLIC)
    await stack.settle()
    (before,) = endpoints(stack)
    boto3.client("mwaa").delete_environment(Name="first")
    stack.emulator.advance(20 * MINUTE)
    run = await stack.settle()
    (after,) = endpoints(stack)
    assert status(run) == "AVAILABLE"
    assert after["VpcEndpointId"] != before["VpcEndpointId"]
    assert after["ServiceName"] == stack.facts(run)["databaseVpcEndpointService"] != before["ServiceName"]


async def test_the_web_servers_endpoint_goes_when_the_web_server_is_public_in_aws(customer: Callable[..., Any]) -> None:
    stack = customer()
    await stack.settle()
    stack.change(**PUBLIC)
    run = await stack.once()
    assert (status(run), len(endpoints(stack))) == ("UPDATING", 2)
    assert not [step for step in run.plan.steps if step.action is Action.DELETE]
    await stack.settle()
    await stack.settle()
    (left,) = endpoints(stack)
    assert left["ServiceName"] == stack.published["databaseVpcEndpointService"]


async def test_endpoints_that_others_make_are_only_looked_at(customer: Callable[..., Any]) -> None:
    stack = customer({**PUBLIC, "customerEndpoints": {"madeBy": "Other"}})
    run = await until(stack, "PENDING")
    assert (endpoints(stack), "mwaa-first-endpoints" in groups(stack)) == ([], False)
    ready = conditions(run)["Ready"]
    assert (ready.reason, ready.needs_somebody) == ("AwaitingOthersEndpoints", True)
    stack.account.ec2.create_vpc_endpoint(
        VpcId=stack.account.vpc,
        ServiceName=stack.facts(run)["databaseVpcEndpointService"],
        VpcEndpointType="Interface",
        SubnetIds=stack.account.subnets,
    )
    run = await stack.settle()
    ((shown),) = stack.facts(run)["vpcEndpoints"]
    assert (status(run), shown["madeBy"], shown["state"]) == ("AVAILABLE", "Other", "available")
    stack.deleting = True
    for _ in range(4):
        run = await stack.once()
        stack.emulator.advance(10 * MINUTE)
    assert (run.plan.steps, len(endpoints(stack))) == ((), 1)


async def test_a_service_that_this_account_may_not_use_is_explained(customer: Callable[..., Any]) -> None:
    stack = customer(PUBLIC)
    text = "The Vpc Endpoint Service 'com.amazonaws.vpce.us-east-1.vpce-svc-1' does not exist"
    stack.emulator.fault("ec2", "CreateVpcEndpoint", code="InvalidServiceName", message=text, status=400)
    run = await until(stack, "PENDING")
    ready = conditions(run)["Ready"]
    assert ready.reason == "NoSuchService"
    assert "Only the account that owns the VPC can make an endpoint to it" in ready.message


async def test_a_look_asks_for_the_group_once_and_for_endpoints_as_ours_and_as_the_environments(
    customer: Callable[..., Any],
) -> None:
    stack = customer()
    await stack.settle()
    await stack.once()
    stack.calls.clear()
    run = await stack.once()
    asked = sorted(call.operation for call in stack.calls if call.service == "ec2")
    points = ["describe_vpc_endpoints"] * 2
    assert asked == ["describe_network_interfaces", "describe_security_groups", *points]
    sight = run.sights["endpoints/database"]
    assert isinstance(sight, Observed) and sight.state is State.READY
