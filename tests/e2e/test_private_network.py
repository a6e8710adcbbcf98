"""Environments in a network without internet that the operator has made: from apply to Ready, and away without a trace."""

from __future__ import annotations

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


@pytest.mark.row("C99", "C2")
def test_environments_come_up_without_internet(stack: Stack, home: Any) -> None:
    references = {f"{kind[0].lower()}{kind[1:]}Ref": {"name": "quickstart"} for kind in KINDS}
    home.apply(
        home.new("Network", routing="Private"),
        home.new("Bucket", deletionPolicy="Delete", purgeOnDelete=True),
        home.new("ExecutionRole"),
        *(home.new("Environment", mode, **references, name=f"{home.name}-{mode}", **spec) for mode, spec in MODES.items()),
    )
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
    home.delete_all()
    assert home.owned() == []
