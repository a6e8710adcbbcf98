"""Environments in a network without internet that the operator has made: from apply to Ready, and away without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from devcluster.stack import Stack

pytestmark = pytest.mark.cluster

TEN = ("s3", "monitoring", "logs", "ecr.dkr", "ecr.api", "sqs", "kms", "airflow.api", "airflow.env", "airflow.ops")
MODES: dict[str, dict[str, Any]] = {
    "service": {"webserverAccessMode": "PRIVATE_ONLY", "wayIn": "ClientVpn"},
    "customer": {"webserverAccessMode": "PRIVATE_ONLY", "wayIn": "ClientVpn", "endpointManagement": "CUSTOMER"},
    "public": {"webserverAccessMode": "PUBLIC_ONLY"},
}
KINDS = ("Network", "Bucket", "ExecutionRole")


@pytest.fixture
def let_aws_work(stack: Stack) -> Iterator[Callable[[], None]]:
    """Let AWS finish nothing until the test says so: endpoints stay pending."""
    usual = stack.emulator.speed()
    stack.emulator.speed(0.0)

    def work() -> None:
        stack.emulator.speed(usual)

    yield work
    work()


def states(home: Any) -> list[str]:
    """Give the states of the network's endpoints."""
    return sorted(each["state"] for each in home.status("Network").get("vpcEndpoints", ()))


def asked(stack: Stack, home: Any, operation: str) -> list[str]:
    """Name the environments of this test for which AWS was asked."""
    names = [str(call.params.get("Name")) for call in stack.emulator.calls("mwaa", operation)]
    return sorted(name for name in names if name.startswith(f"{home.name}-"))


@pytest.mark.row("C99", "C2", "C73", "C74")
def test_environments_come_up_without_internet(stack: Stack, home: Any, let_aws_work: Callable[[], None]) -> None:
    references = {f"{kind[0].lower()}{kind[1:]}Ref": {"name": "quickstart"} for kind in KINDS}
    home.apply(
        home.new("Network", routing="Private"),
        home.new("Bucket", deletionPolicy="Delete", purgeOnDelete=True),
        home.new("ExecutionRole"),
        *(home.new("Environment", mode, **references, name=f"{home.name}-{mode}", **spec) for mode, spec in MODES.items()),
    )
    stack.wait(lambda: states(home) == ["available", *["pending"] * 9], "nine endpoints to be pending")
    for mode in MODES:
        waits = "waits for Network quickstart to publish privateSubnetIds"
        home.wait_condition("Environment", "ReferencesResolved", mode, status="False", message=waits)
        home.look("Environment", mode)
    assert asked(stack, home, "CreateEnvironment") == []
    let_aws_work()

    names = [("Environment", mode) for mode in MODES]
    stack.wait_ready(*((kind, "quickstart") for kind in KINDS), *names, namespace=home.name)

    network, ec2 = home.status("Network"), home.aws("ec2")
    of_vpc = [{"Name": "vpc-id", "Values": [network["vpcId"]]}]
    found = {each["VpcEndpointId"]: each for each in ec2.describe_vpc_endpoints(Filters=of_vpc)["VpcEndpoints"]}
    shown = {each["vpcEndpointId"]: each["serviceName"] for each in network["vpcEndpoints"]}
    assert sorted(shown.values()) == sorted(f"com.amazonaws.us-east-1.{name}" for name in TEN)
    assert {found[id_]["ServiceName"] for id_ in shown} == set(shown.values())
    assert {found[id_]["State"] for id_ in shown} == {"available"}
    # and beside them those of each environment, whoever has made them
    own = {mode: {each["purpose"]: each for each in home.status("Environment", mode)["vpcEndpoints"]} for mode in MODES}
    assert {mode: sorted(each) for mode, each in own.items()} == {
        "service": ["database", "webserver"],
        "customer": ["database", "webserver"],
        "public": ["database"],
    }
    assert {each["madeBy"] for each in own["customer"].values()} == {"Operator"}
    assert not shown.keys() & {each["vpcEndpointId"] for of_one in own.values() for each in of_one.values()}
    assert not [
        route
        for table in ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]
        for route in table["Routes"]
        if route.get("DestinationCidrBlock") == "0.0.0.0/0"
    ]

    assert {mode: home.condition("Environment", "Preflight", mode)["status"] for mode in MODES} == dict.fromkeys(
        MODES, "True"
    )
    home.edit("Network", endpoints=["secretsmanager"])
    stack.wait(lambda: states(home) == ["available"] * 11, "a further endpoint to be available")
    for mode in MODES:
        home.look("Environment", mode)
    stack.wait_ready(*names, namespace=home.name)
    assert asked(stack, home, "UpdateEnvironment") == []
    assert asked(stack, home, "CreateEnvironment") == sorted(f"{home.name}-{mode}" for mode in MODES)

    home.delete_all()
    assert home.owned() == []
