"""A network that is complete: nothing is written, and what others change is seen and put back."""

from __future__ import annotations

from collections import Counter

import pytest

from mwaa_operator.api.network import NetworkSpec
from mwaa_operator.core.policy import Adoption, DriftPolicy


@pytest.fixture
async def ready(stack):
    """A network that is complete, with its calls forgotten."""
    await stack.settle()
    stack.calls.clear()
    return stack


async def test_a_second_run_writes_nothing(ready) -> None:
    await ready.once()
    assert ready.taken() == []


async def test_what_a_run_says_it_did_is_what_the_next_one_sees(stack, emulator) -> None:
    for _ in range(2):
        did, saw = await stack.once(), await stack.once()
        assert did.sights == saw.sights
        emulator.advance(600)
    assert not saw.plan.steps


async def test_a_look_takes_one_call_per_type_and_none_for_the_zones(ready) -> None:
    await ready.once()
    assert Counter(ready.taken(writes=False)) == {
        "describe_vpcs": 1,
        "describe_vpc_attribute": 2,
        "describe_subnets": 1,
        "describe_internet_gateways": 1,
        "describe_addresses": 1,
        "describe_nat_gateways": 1,
        "describe_route_tables": 1,
        "describe_security_groups": 1,
    }


async def test_without_any_memory_everything_is_found_again_and_nothing_is_written(ready) -> None:
    before = {part: known.id for part, known in ready.memory.items()}
    ready.memory = {}
    ready.start()
    await ready.once()
    assert {part: known.id for part, known in ready.memory.items()} == before
    assert ready.taken() == []


def _delete_route(account, stack):
    account.delete_route(RouteTableId=stack.id("privateRoutes1"), DestinationCidrBlock="0.0.0.0/0")


def _misroute(account, stack):
    account.replace_route(
        RouteTableId=stack.id("privateRoutes1"),
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=stack.id("natGateway2"),
    )


def _associations(account, stack, part):
    (table,) = account.describe_route_tables(RouteTableIds=[stack.id(part)])["RouteTables"]
    return {each["SubnetId"]: each["RouteTableAssociationId"] for each in table["Associations"]}


def _disassociate(account, stack):
    association = _associations(account, stack, "publicRoutes")[stack.id("publicSubnet2")]
    account.disassociate_route_table(AssociationId=association)


def _use_another_table(account, stack):
    other = account.create_route_table(VpcId=stack.id("vpc"))["RouteTable"]["RouteTableId"]
    association = _associations(account, stack, "privateRoutes2")[stack.id("privateSubnet2")]
    account.replace_route_table_association(AssociationId=association, RouteTableId=other)


def _revoke_self_rule(account, stack):
    group = stack.id("securityGroup")
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    account.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])


def _close_egress(account, stack):
    group = stack.id("securityGroup")
    everywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    account.revoke_security_group_egress(GroupId=group, IpPermissions=[everywhere])
    account.authorize_security_group_egress(GroupId=group, IpPermissions=[https])


def _no_host_names(account, stack):
    account.modify_vpc_attribute(VpcId=stack.id("vpc"), EnableDnsHostnames={"Value": False})


def _no_dns(account, stack):
    _no_host_names(account, stack)
    account.modify_vpc_attribute(VpcId=stack.id("vpc"), EnableDnsSupport={"Value": False})


def _no_public_addresses(account, stack):
    account.modify_subnet_attribute(SubnetId=stack.id("publicSubnet1"), MapPublicIpOnLaunch={"Value": False})


def _public_addresses_in_private(account, stack):
    account.modify_subnet_attribute(SubnetId=stack.id("privateSubnet1"), MapPublicIpOnLaunch={"Value": True})


def _rename(account, stack):
    account.create_tags(Resources=[stack.id("publicSubnet1")], Tags=[{"Key": "Name", "Value": "mine"}])


def _detach(account, stack):
    for zone in (1, 2):
        account.delete_nat_gateway(NatGatewayId=stack.id(f"natGateway{zone}"))
    stack.emulator.advance(600)
    account.detach_internet_gateway(InternetGatewayId=stack.id("internetGateway"), VpcId=stack.id("vpc"))


DRIFTS = {
    "deleted route": _delete_route,
    "route to the other zone": _misroute,
    "association deleted": _disassociate,
    "subnet moved to another table": _use_another_table,
    "self rule revoked": _revoke_self_rule,
    "egress narrowed": _close_egress,
    "DNS host names off": _no_host_names,
    "DNS off": _no_dns,
    "public addresses off": _no_public_addresses,
    "public addresses on": _public_addresses_in_private,
    "renamed": _rename,
    "gateway detached": _detach,
}


def picture(account):
    """All that was asked for, as AWS shows it, without what differs from one making to the next."""
    vpcs = [vpc["VpcId"] for vpc in account.vpcs()]
    mine = [{"Name": "vpc-id", "Values": vpcs}]
    tables = account.describe_route_tables(Filters=mine)["RouteTables"]
    nats = {
        n["NatGatewayId"]: n["SubnetId"] for n in account.describe_nat_gateways()["NatGateways"] if n["State"] == "available"
    }
    subnets = account.describe_subnets(Filters=mine)["Subnets"]
    groups = account.describe_security_groups(Filters=mine)["SecurityGroups"]

    def name(item):
        return next((tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == "Name"), None)

    return {
        "dns": [
            account.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)[attribute[0].upper() + attribute[1:]]["Value"]
            for vpc in vpcs
            for attribute in ("enableDnsSupport", "enableDnsHostnames")
        ],
        "subnets": sorted((s["SubnetId"], name(s), s["MapPublicIpOnLaunch"]) for s in subnets),
        "routes": sorted(
            (name(t), nats.get(route.get("NatGatewayId"), route.get("GatewayId")), association.get("SubnetId", ""))
            for t in tables
            if name(t)
            for route in t["Routes"]
            if route["DestinationCidrBlock"] == "0.0.0.0/0"
            for association in t["Associations"]
        ),
        "rules": sorted(str((g["IpPermissions"], g["IpPermissionsEgress"])) for g in groups if name(g)),
        "gateways": [g["Attachments"] for g in account.describe_internet_gateways()["InternetGateways"] if name(g)],
    }


@pytest.mark.row("C23")
@pytest.mark.parametrize("spoil", DRIFTS.values(), ids=DRIFTS.keys())
async def test_what_somebody_changed_in_aws_is_put_back(ready, account, spoil) -> None:
    before = picture(account)
    spoil(account, ready)
    assert picture(account) != before
    await ready.settle()
    assert picture(account) == before
    assert ready.failed() == []


@pytest.mark.parametrize("spoil", [_delete_route, _revoke_self_rule, _no_host_names, _rename])
async def test_drift_is_only_reported_when_the_policy_says_so(ready, account, spoil) -> None:
    ready.drift = DriftPolicy.REPORT
    spoil(account, ready)
    run = await ready.once()
    assert ready.taken() == []
    ((need,),) = (step.needs for step in run.plan.steps)
    assert need.condition == "Drifted"


async def test_what_others_add_is_left_alone(ready, account) -> None:
    group, vpc = ready.id("securityGroup"), ready.id("vpc")
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    account.authorize_security_group_ingress(GroupId=group, IpPermissions=[https])
    account.create_tags(Resources=[vpc], Tags=[{"Key": "cost-centre", "Value": "7"}])
    guest = account.create_subnet(VpcId=vpc, CidrBlock="10.192.99.0/24")["Subnet"]["SubnetId"]
    account.associate_route_table(RouteTableId=ready.id("publicRoutes"), SubnetId=guest)
    account.create_route(
        RouteTableId=ready.id("publicRoutes"), DestinationCidrBlock="192.168.0.0/16", GatewayId=ready.id("internetGateway")
    )
    await ready.once()
    assert ready.taken() == []


@pytest.mark.parametrize("part", ["natGateway1", "privateRoutes2", "securityGroup"])
async def test_what_was_deleted_is_made_again(ready, account, complete, part) -> None:
    id_ = ready.id(part)
    if part == "natGateway1":
        account.delete_nat_gateway(NatGatewayId=id_)
    elif part == "securityGroup":
        account.delete_security_group(GroupId=id_)
    else:
        account.disassociate_route_table(AssociationId=_associations(account, ready, part)[ready.id("privateSubnet2")])
        account.delete_route_table(RouteTableId=id_)
    await ready.settle()
    assert ready.id(part) != id_
    assert account.counts() == complete
    routes = picture(account)["routes"]
    assert len(routes) == 4
    assert all(all(each) for each in routes)


@pytest.mark.parametrize(
    ("change", "part", "path"),
    [
        ({"vpc_cidr": "10.192.0.0/17"}, "vpc", "cidrBlock"),
        ({"public_subnet_cidrs": ("10.192.10.0/24", "10.192.12.0/24")}, "publicSubnet2", "cidrBlock"),
        ({"availability_zones": ("us-east-1a", "us-east-1c")}, "privateSubnet2", "availabilityZone"),
    ],
)
async def test_what_aws_cannot_change_is_refused(ready, change, part, path) -> None:
    ready.spec = NetworkSpec(**change)
    run = await ready.once()
    assert ready.taken() == []
    needs = run.plan.step(part).needs
    assert [need.reason for need in needs] == ["ImmutableField"]
    assert path in needs[0].message


async def test_a_new_prefix_renames_everything_but_the_group_which_cannot_be(ready, account) -> None:
    ready.spec = NetworkSpec(name_prefix="new-")
    await ready.settle()
    assert {
        "name": next(tag["Value"] for tag in account.vpcs()[0]["Tags"] if tag["Key"] == "Name"),
        "group": account.describe_security_groups(GroupIds=[ready.id("securityGroup")])["SecurityGroups"][0]["GroupName"],
    } == {"name": "new-", "group": "mwaa-security-group"}


async def test_zones_stay_when_an_earlier_one_opens(ready) -> None:
    known = ready.memory["zones"]
    ready.memory["zones"] = type(known)(known.name, known.type, remember={"zone1": "us-east-1b", "zone2": "us-east-1c"})
    run = await ready.once()
    assert not run.plan.steps


async def test_a_network_of_another_object_is_never_touched(ready, new_stack, account, complete) -> None:
    other = new_stack(uid="other")
    await other.settle()
    assert account.counts() == {what: 2 * count for what, count in complete.items()}
    assert not {known.id for known in other.memory.values() if known.type != "ec2/availability-zones"} & {
        known.id for known in ready.memory.values()
    }


async def test_a_released_network_is_taken_over_again_by_an_object_of_the_same_name(
    ready, new_stack, account, complete
) -> None:
    ready.deleting = ready.retain = True
    await ready.once()
    heir = new_stack(uid="next", adoption=Adoption.IF_TAGGED)
    await heir.settle()
    assert account.counts() == complete
    assert {part: heir.id(part) for part in heir.memory} == {part: ready.id(part) for part in heir.memory}
    assert heir.failed() == []
    owners = {tag["Value"] for tag in account.describe_tags()["Tags"] if tag["Key"] == "mwaa-operator.dev/owner"}
    assert owners == {"next"}
