"""What MWAA itself makes in the customer's VPC, and when it offers its services to customers who make that themselves."""

from __future__ import annotations

from typing import Any

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount as Account

MINUTE = 60.0


def points(account: Account) -> dict[str, dict[str, Any]]:
    return {each["ServiceName"]: each for each in account.ec2.describe_vpc_endpoints()["VpcEndpoints"]}


def shown(mwaa: Any) -> dict[str, Any]:
    return dict(mwaa.get_environment(Name="first")["Environment"])


def test_two_of_its_own_for_a_private_web_server_until_the_environment_is_gone(
    emulator: Emulator, account: Account, mwaa: Any
) -> None:
    mwaa.create_environment(**account.request(WebserverAccessMode="PRIVATE_ONLY"))
    assert points(account) == {}
    emulator.advance(26 * MINUTE)
    view = shown(mwaa)
    assert points(account).keys() == {view["DatabaseVpcEndpointService"], view["WebserverVpcEndpointService"]}
    for each in points(account).values():
        assert each["Tags"][0]["Key"] == "AmazonMWAAManaged"
        assert (sorted(each["SubnetIds"]), each["Groups"][0]["GroupId"]) == (sorted(account.subnets), account.group)
        assert len(each["NetworkInterfaceIds"]) == 2

    other = account.ec2.create_security_group(GroupName="h", Description="h", VpcId=account.vpc)["GroupId"]
    network = {"SecurityGroupIds": [other]}
    mwaa.update_environment(Name="first", WebserverAccessMode="PUBLIC_ONLY", NetworkConfiguration=network)
    emulator.advance(21 * MINUTE)
    assert shown(mwaa)["Status"] == "AVAILABLE"
    ((service, point),) = points(account).items()
    assert service == view["DatabaseVpcEndpointService"]
    assert [group["GroupId"] for group in point["Groups"]] == [other]

    mwaa.delete_environment(Name="first")
    emulator.advance(16 * MINUTE)
    assert "first" not in mwaa.list_environments()["Environments"]
    assert points(account) == {}


def test_services_are_offered_to_customers_from_pending_on(emulator: Emulator, account: Account, mwaa: Any) -> None:
    mwaa.create_environment(**account.request(EndpointManagement="CUSTOMER"))
    assert "DatabaseVpcEndpointService" not in shown(mwaa)
    emulator.advance(11 * MINUTE)
    assert (shown(mwaa)["Status"], "DatabaseVpcEndpointService" in shown(mwaa)) == ("PENDING", True)
    assert points(account) == {}


def test_an_endpoint_in_another_vpc_does_not_count(emulator: Emulator, account: Account, mwaa: Any) -> None:
    mwaa.create_environment(**account.request(EndpointManagement="CUSTOMER", WebserverAccessMode="PUBLIC_ONLY"))
    emulator.advance(11 * MINUTE)
    other = account.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    service = shown(mwaa)["DatabaseVpcEndpointService"]
    for vpc, status in ((other, "PENDING"), (account.vpc, "CREATING")):
        account.ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=account.subnets
        )
        emulator.advance(3 * MINUTE)
        assert shown(mwaa)["Status"] == status


def test_one_that_the_customer_has_deleted_comes_back_with_the_next_update(
    emulator: Emulator, account: Account, mwaa: Any
) -> None:
    mwaa.create_environment(**account.request())
    emulator.advance(26 * MINUTE)
    view = shown(mwaa)
    made = points(account)
    gone = made[view["DatabaseVpcEndpointService"]]["VpcEndpointId"]
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=[gone])
    emulator.advance(5 * MINUTE)
    assert len(points(account)) == len(made) - 1
    mwaa.update_environment(Name="first", MaxWorkers=3)
    emulator.advance(21 * MINUTE)
    assert shown(mwaa)["Status"] == "AVAILABLE"
    assert points(account).keys() == made.keys()
    assert points(account)[view["DatabaseVpcEndpointService"]]["VpcEndpointId"] != gone


def test_none_where_a_benchmark_of_very_many_has_switched_them_off(emulator: Emulator, account: Account, mwaa: Any) -> None:
    emulator.switches(service_endpoints=False)
    mwaa.create_environment(**account.request())
    emulator.advance(26 * MINUTE)
    assert shown(mwaa)["Status"] == "AVAILABLE"
    assert points(account) == {}
