"""`kubectl mwaa import` of an environment whose endpoints somebody has made: no second set of them is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.cluster


@pytest.fixture
def environment(shell: Any) -> Iterator[dict[str, Any]]:
    """Give an environment with `CUSTOMER`, and both of its endpoints made by hand."""
    mwaa, name = shell.aws("mwaa"), f"Shared_{shell.namespace}"

    def found(status: str) -> dict[str, Any] | None:
        there: dict[str, Any] = mwaa.get_environment(Name=name)["Environment"]
        return there if there["Status"] == status else None

    request = shell.account.request(name, EndpointManagement="CUSTOMER", WebserverAccessMode="PRIVATE_ONLY")
    mwaa.create_environment(**request)
    waiting = shell.stack.wait(lambda: found("PENDING"), f"{name} to be PENDING")
    made = [
        shell.aws("ec2").create_vpc_endpoint(
            VpcId=shell.account.vpc,
            ServiceName=waiting[service],
            VpcEndpointType="Interface",
            SubnetIds=waiting["NetworkConfiguration"]["SubnetIds"],
        )["VpcEndpoint"]["VpcEndpointId"]
        for service in ("DatabaseVpcEndpointService", "WebserverVpcEndpointService")
    ]
    yield shell.stack.wait(lambda: found("AVAILABLE"), f"{name} to be AVAILABLE")
    shell.aws("ec2").delete_vpc_endpoints(VpcEndpointIds=made)


def test_the_endpoints_that_somebody_made_are_taken_over_without_a_write(shell: Any, environment: dict[str, Any]) -> None:
    shell.stack.emulator.clear_calls()
    text = shell.mwaa("import", environment["Name"]).stdout
    assert "# customerEndpoints.madeBy is Other" in text
    document = yaml.safe_load(text)
    assert document["spec"]["endpointManagement"] == "CUSTOMER"
    assert document["spec"]["customerEndpoints"] == {"madeBy": "Other"}
    assert "nothing to do" in shell.mwaa("plan", "-f", "-", given=text).stdout

    shell.stack.kubectl("apply", "-f", "-", given=text)
    shell.wait_ready(document["metadata"]["name"])
    assert shell.writes() == []
    shown = shell.get(document["metadata"]["name"])["status"]["vpcEndpoints"]
    assert sorted((each["purpose"], each["madeBy"]) for each in shown) == [("database", "Other"), ("webserver", "Other")]
