"""An environment whose VPC endpoints AWS leaves to the customer, from apply to Ready and away without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from devcluster.stack import Stack

pytestmark = pytest.mark.cluster


@pytest.mark.row("C95", "C96", "C100", "C101", "C104")
def test_a_private_environment_with_customer_endpoints_comes_and_goes(stack: Stack, home: Any) -> None:
    documents = home.quickstart()
    specs = {each["kind"]: each.setdefault("spec", {}) for each in documents}
    specs["Bucket"] |= {"deletionPolicy": "Delete", "purgeOnDelete": True}
    specs["Environment"] |= {
        "webserverAccessMode": "PRIVATE_ONLY",
        "wayIn": "Bastion",
        "endpointManagement": "CUSTOMER",
    }
    home.apply(*documents)
    home.wait_ready()

    status, network = home.status("Environment"), home.status("Network")
    shown = {each["purpose"]: each for each in status["vpcEndpoints"]}
    assert {name: (each["state"], each["madeBy"]) for name, each in shown.items()} == {
        "database": ("available", "Operator"),
        "webserver": ("available", "Operator"),
    }
    ids = [each["vpcEndpointId"] for each in shown.values()]
    for each in home.aws("ec2").describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"]:
        assert (each["VpcId"], sorted(each["SubnetIds"])) == (network["vpcId"], sorted(network["privateSubnetIds"]))
        assert [group["GroupId"] for group in each["Groups"]] == [status["endpointSecurityGroupId"]]
    assert all(each["createdAt"] and len(each["networkInterfaces"]) == 2 for each in shown.values())
    assert len(home.calls("CreateEnvironment")) == 1
    assert set(ids) <= set(home.owned())

    home.delete_all()
    assert home.owned() == []
