"""A private network that AWS still has an environment on keeps every endpoint: these are its only way to AWS."""

from __future__ import annotations

import boto3

from mwaa_emulator.prepared import CompleteAccount
from mwaa_operator.api.network import NetworkSpec, Routing
from mwaa_operator.api.network_endpoints import INTERFACES
from mwaa_operator.aws import ec2_holders
from mwaa_operator.aws.ec2_holders import GRACE
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.observed import Observed, State

ENDPOINTS = {f"endpoints/{service}" for service in INTERFACES}


def interfaces(account, stack) -> set[str]:
    found = account.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [stack.id("vpc")]}])
    return {each["NetworkInterfaceId"] for each in found["NetworkInterfaces"]}


def worker(account, stack) -> str:
    """Make the interface of a container of MWAA, which the emulator does not show."""
    where = {"SubnetId": stack.id("privateSubnet2"), "Groups": [stack.id("securityGroup")]}
    made = account.create_network_interface(**where, Description="of a worker")
    return made["NetworkInterface"]["NetworkInterfaceId"]


async def test_nothing_that_a_retained_environment_needs_is_taken_away(private, account) -> None:
    await private.settle()
    ours = interfaces(account, private)
    prepared = CompleteAccount(boto3.client)
    network = {
        "SubnetIds": [private.id("privateSubnet1"), private.id("privateSubnet2")],
        "SecurityGroupIds": [private.id("securityGroup")],
    }
    boto3.client("mwaa").create_environment(**{**prepared.request(), "NetworkConfiguration": network})
    private.emulator.advance(3600)
    theirs = interfaces(account, private) - ours
    assert theirs
    before, vpc = account.counts(), private.id("vpc")
    private.deleting = True
    for _ in range(4):
        run = await private.once()
        private.emulator.advance(600)
    assert account.counts() == before
    for part in (*ENDPOINTS, "endpoints/s3", "privateRoutes", "privateSubnet1", "privateSubnet2", "securityGroup"):
        sight = run.sights[part]
        assert isinstance(sight, Observed)
        assert sight.state is State.READY, part
    assert {name: problem.reason for name, problem in run.problems.items()} == dict.fromkeys(ENDPOINTS, "InUse")
    assert all(id_ in run.problems["endpoints/sqs"].message for id_ in theirs)
    boto3.client("mwaa").delete_environment(Name="first")
    private.emulator.advance(3600)
    await private.settle()
    assert vpc not in account.left()["vpc"]


async def test_a_foreign_interface_holds_all_endpoints_after_the_grace_and_one_look_serves_them(
    private, account, monkeypatch
) -> None:
    await private.settle()
    id_ = worker(account, private)
    private.deleting = True
    for elapsed, trouble in ((0.0, Trouble.NOT_YET), (GRACE - 1, Trouble.NOT_YET), (GRACE, Trouble.HELD)):
        monkeypatch.setattr(ec2_holders, "monotonic", lambda elapsed=elapsed: elapsed)
        private.taken()
        run = await private.once()
        assert private.taken(writes=False).count("describe_network_interfaces") == 1
        assert {(each.trouble, each.reason) for each in run.problems.values()} == {(trouble, "InUse")}
        assert run.problems.keys() == ENDPOINTS
        vpc, message = private.id("vpc"), run.problems["endpoints/logs"].message
        assert f"Network interfaces use {vpc}: {id_} (of a worker). Delete what they belong to" in message
    account.delete_network_interface(NetworkInterfaceId=id_)
    await private.settle()
    assert account.left() == {}


async def test_an_endpoint_of_ours_that_is_still_going_holds_no_others(private, account) -> None:
    await private.settle()
    account.delete_vpc_endpoints(VpcEndpointIds=[private.id("endpoints/sqs")])
    private.deleting = True
    run = await private.once()
    assert not run.problems
    assert {run.sights[name].state for name in ENDPOINTS} == {State.GOING}
    await private.settle()
    assert account.left() == {}


async def test_a_look_that_is_not_allowed_deletes_nothing(private, account, emulator) -> None:
    await private.settle()
    before = account.counts()
    emulator.fault("ec2", "DescribeNetworkInterfaces", code="UnauthorizedOperation", status=403)
    private.deleting = True
    run = await private.once()
    assert account.counts() == before
    assert {each.trouble for each in run.problems.values()} == {Trouble.DENIED}


async def test_an_endpoint_that_left_the_spec_goes_whoever_else_is_there(new_stack, account) -> None:
    stack = new_stack(spec=NetworkSpec(routing=Routing.PRIVATE, endpoints=("secretsmanager",)))
    await stack.settle()
    worker(account, stack)
    stack.spec = NetworkSpec(routing=Routing.PRIVATE)
    await stack.settle()
    assert account.counts()["VPC endpoint"] == len(ENDPOINTS) + 1
