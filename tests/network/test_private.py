"""A network without internet: the guide's ten endpoints and no way out, looked at with AWS's own eyes."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from mwaa_operator.api.network import Egress, NetworkSpec, Routing
from mwaa_operator.api.network_endpoints import GATEWAY, INTERFACES
from mwaa_operator.checks.endpoints import LISTED, NEEDED
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.policy import DriftPolicy
from mwaa_operator.core.report import report
from mwaa_operator.kinds.network import NetworkKind

PREFIX = "com.amazonaws.us-east-1."
TEN = {
    "s3": "Gateway",
    "monitoring": "Interface",
    "logs": "Interface",
    "ecr.dkr": "Interface",
    "ecr.api": "Interface",
    "sqs": "Interface",
    "kms": "Interface",
    "airflow.api": "Interface",
    "airflow.env": "Interface",
    "airflow.ops": "Interface",
}
"""The guide's list, part 3, section 9.2."""


def spec(**more):
    return NetworkSpec(routing=Routing.PRIVATE, **more)


def endpoints(account, stack):
    of_vpc = [{"Name": "vpc-id", "Values": [stack.id("vpc")]}]
    found = account.describe_vpc_endpoints(Filters=of_vpc)["VpcEndpoints"]
    return {each["ServiceName"].removeprefix(PREFIX): each for each in found}


def both_subnets(stack):
    return sorted(stack.id(f"privateSubnet{zone}") for zone in (1, 2))


def tables(account, stack):
    return account.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [stack.id("vpc")]}])["RouteTables"]


@pytest.fixture
async def ready(private):
    """A network without internet that is complete, with its calls forgotten."""
    private.run = await private.settle()
    assert private.failed() == []
    private.calls.clear()
    return private


@pytest.mark.row("C2", "C14")
async def test_an_empty_account_gets_a_network_that_leads_nowhere(ready, account, without_internet) -> None:
    assert account.counts() == without_internet
    for table in tables(account, ready):
        assert [route["GatewayId"] for route in table["Routes"] if "DestinationCidrBlock" in route] == ["local"]


@pytest.mark.row("A71")
async def test_one_table_serves_both_subnets(ready, account) -> None:
    (table,) = account.describe_route_tables(RouteTableIds=[ready.id("privateRoutes")])["RouteTables"]
    assert sorted(each["SubnetId"] for each in table["Associations"]) == both_subnets(ready)


@pytest.mark.row("A65", "C16", "C19")
async def test_the_subnets_have_the_ranges_of_the_guides_template_and_no_public_addresses(ready, account) -> None:
    found = account.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [ready.id("vpc")]}])["Subnets"]
    assert sorted((s["CidrBlock"], s["AvailabilityZone"], s["MapPublicIpOnLaunch"]) for s in found) == [
        ("10.192.10.0/24", "us-east-1a", False),
        ("10.192.11.0/24", "us-east-1b", False),
    ]


@pytest.mark.row("C54", "C55", "C56", "C57", "C58", "C59", "C60", "C61", "C62", "C63", "C64")
async def test_the_ten_endpoints_of_the_guides_list_are_there_once(ready, account) -> None:
    for _ in range(2):
        found = account.describe_vpc_endpoints()["VpcEndpoints"]
        shown = sorted((each["ServiceName"], each["VpcEndpointType"], each["State"]) for each in found)
        assert shown == sorted((f"{PREFIX}{name}", type_, "available") for name, type_ in TEN.items())
        await ready.once()
    assert ready.taken() == []


@pytest.mark.row("A84", "C66", "C67", "C68")
async def test_each_interface_is_in_both_subnets_with_private_dns_and_the_environments_group(ready, account) -> None:
    found = endpoints(account, ready)
    published = ready.facts(ready.run)["securityGroupId"]
    for name in set(TEN) - {"s3"}:
        point = found[name]
        assert (point["PrivateDnsEnabled"], sorted(point["SubnetIds"])) == (True, both_subnets(ready)), name
        assert [group["GroupId"] for group in point["Groups"]] == [published], name


@pytest.mark.row("A82", "C69", "D141")
async def test_the_gateway_of_s3_is_in_the_table_of_both_subnets(ready, account) -> None:
    point = endpoints(account, ready)["s3"]
    assert (point["VpcEndpointType"], point["RouteTableIds"]) == ("Gateway", [ready.id("privateRoutes")])
    (table,) = account.describe_route_tables(RouteTableIds=point["RouteTableIds"])["RouteTables"]
    (route,) = [route for route in table["Routes"] if "DestinationPrefixListId" in route]
    assert route["GatewayId"] == point["VpcEndpointId"]


@pytest.mark.row("A83", "C47", "D141")
async def test_every_policy_lets_everything_pass(ready, account) -> None:
    """So the layers of ECR's images and the environment's own bucket too, which the guide's sample policy forgets."""
    for point in endpoints(account, ready).values():
        (statement,) = json.loads(point["PolicyDocument"])["Statement"]
        assert statement == {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


@pytest.mark.row("C72")
async def test_further_services_get_an_interface_like_the_others(new_stack, account) -> None:
    whole = f"{PREFIX}codeartifact.api"
    stack = new_stack(spec=spec(endpoints=("secretsmanager", whole)))
    await stack.settle()
    found = endpoints(account, stack)
    assert found.keys() == TEN.keys() | {"secretsmanager", "codeartifact.api"}
    for name in ("secretsmanager", "codeartifact.api"):
        assert (found[name]["PrivateDnsEnabled"], sorted(found[name]["SubnetIds"])) == (True, both_subnets(stack))
    stack.spec = spec()
    await stack.settle()
    assert endpoints(account, stack).keys() == TEN.keys()
    assert stack.failed() == []


async def test_it_is_published_once_every_endpoint_is_there(private, emulator) -> None:
    run = await private.once()
    facts = private.facts(run)
    assert facts["privateSubnet1Id"]
    assert facts["privateSubnetIds"] is None
    emulator.advance(600)
    facts = private.facts(await private.once())
    assert facts["privateSubnetIds"] == [private.id("privateSubnet1"), private.id("privateSubnet2")]
    assert facts["natGatewayIds"] is facts["internetGatewayId"] is facts["publicSubnetIds"] is None
    assert [(each["serviceName"], each["state"]) for each in facts["vpcEndpoints"]] == [
        (f"{PREFIX}{name}", "available") for name in TEN
    ]
    assert private.kind.summary(facts) == (
        f"VPC {private.id('vpc')} with subnets in us-east-1a and us-east-1b is ready, without internet: 10 VPC endpoints, "
        "all charged by AWS but S3's"
    )


async def test_a_look_reads_all_ten_endpoints_in_one_call(ready) -> None:
    await ready.once()
    assert Counter(ready.taken(writes=False)) == {
        "describe_vpcs": 1,
        "describe_vpc_attribute": 2,
        "describe_subnets": 1,
        "describe_route_tables": 1,
        "describe_security_groups": 1,
        "describe_vpc_endpoints": 1,
    }


async def test_without_any_memory_everything_is_found_again_and_nothing_is_written(ready) -> None:
    before = {part: known.id for part, known in ready.memory.items()}
    ready.memory = {}
    ready.start()
    await ready.once()
    assert {part: known.id for part, known in ready.memory.items()} == before
    assert ready.taken() == []


async def test_everything_carries_a_name(ready, account) -> None:
    found = {}
    for tag in account.describe_tags()["Tags"]:
        if tag["Key"] == "Name":
            found[tag["ResourceId"]] = tag["Value"]
    assert found == {
        ready.id("vpc"): "mwaa-",
        ready.id("privateSubnet1"): "mwaa- Private Subnet (AZ1)",
        ready.id("privateSubnet2"): "mwaa- Private Subnet (AZ2)",
        ready.id("privateRoutes"): "mwaa- Private Routes",
        ready.id("securityGroup"): "mwaa- Security Group",
        **{ready.id(f"endpoints/{name}"): f"mwaa- Endpoint ({name})" for name in TEN},
    }


async def test_tightened_egress_still_reaches_the_endpoints(new_stack, account) -> None:
    stack = new_stack(spec=spec(egress=Egress.TIGHTENED))
    await stack.settle()
    (group,) = account.describe_security_groups(GroupIds=[stack.id("securityGroup")])["SecurityGroups"]
    out = group["IpPermissionsEgress"]
    assert [each["CidrIp"] for rule in out for each in rule["IpRanges"]] == ["10.192.0.0/16"]
    assert len([each for rule in out for each in rule["PrefixListIds"]]) == 1


# --- what others change


def _way_out(account, stack):
    gateway = account.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    account.attach_internet_gateway(InternetGatewayId=gateway, VpcId=stack.id("vpc"))
    account.create_route(RouteTableId=stack.id("privateRoutes"), DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def _nat_route(account, stack):
    address = account.allocate_address(Domain="vpc")["AllocationId"]
    nat = account.create_nat_gateway(SubnetId=stack.id("privateSubnet1"), AllocationId=address)["NatGateway"]
    account.create_route(
        RouteTableId=stack.id("privateRoutes"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGatewayId"]
    )


def modify(account, stack, service, **changes):
    account.modify_vpc_endpoint(VpcEndpointId=stack.id(f"endpoints/{service}"), **changes)


def _other_group(account, stack):
    other = account.create_security_group(GroupName="g", Description="d", VpcId=stack.id("vpc"))["GroupId"]
    modify(account, stack, "logs", AddSecurityGroupIds=[other], RemoveSecurityGroupIds=[stack.id("securityGroup")])


NARROW = {
    "Statement": [
        {
            "Sid": "Access-to-specific-bucket-only",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
        }
    ]
}
"""The guide's sample, which shuts out the environment's own bucket."""
DRIFTS = {
    "route to an internet gateway": _way_out,
    "route to a NAT gateway": _nat_route,
    "subnet removed": lambda a, s: modify(a, s, "sqs", RemoveSubnetIds=[s.id("privateSubnet2")]),
    "other group": _other_group,
    "private DNS off": lambda a, s: modify(a, s, "kms", PrivateDnsEnabled=False),
    "gateway out of the table": lambda a, s: modify(a, s, "s3", RemoveRouteTableIds=[s.id("privateRoutes")]),
    "policy narrowed": lambda a, s: modify(a, s, "s3", PolicyDocument=json.dumps(NARROW)),
}


def picture(account, stack):
    routes = [route for table in tables(account, stack) for route in table["Routes"]]
    return {
        "ways out": [route for route in routes if route.get("DestinationCidrBlock") == "0.0.0.0/0"],
        "endpoints": {
            name: (
                sorted(each["SubnetIds"]),
                [group["GroupId"] for group in each["Groups"]],
                each["RouteTableIds"],
                each["PrivateDnsEnabled"],
                json.loads(each["PolicyDocument"]),
            )
            for name, each in endpoints(account, stack).items()
        },
    }


PROVEN = {"policy narrowed": pytest.mark.row("C53")}


@pytest.mark.parametrize(
    "spoil", [pytest.param(spoil, id=name, marks=PROVEN.get(name, ())) for name, spoil in DRIFTS.items()]
)
async def test_what_somebody_changed_in_aws_is_put_back(ready, account, spoil) -> None:
    before = picture(account, ready)
    spoil(account, ready)
    assert picture(account, ready) != before
    await ready.settle()
    assert picture(account, ready) == before
    assert ready.failed() == []


@pytest.mark.row("C10")
@pytest.mark.parametrize("spoil", [_way_out, _nat_route])
async def test_a_way_out_is_reported_and_no_environment_is_created_there(ready, account, spoil) -> None:
    ready.drift = DriftPolicy.REPORT
    spoil(account, ready)
    run = await ready.once()
    (step,) = run.plan.steps
    ((need,),) = (step.needs,)
    assert (step.part, need.condition) == ("privateRoutes", "Drifted")
    assert "defaultRoute" in need.message
    assert ready.facts(run)["privateSubnetIds"] is None
    assert ready.taken() == []


@pytest.mark.row("A86")
@pytest.mark.parametrize("service", ["airflow.env", "s3"])
async def test_a_deleted_endpoint_is_named_and_made_again(ready, account, emulator, service) -> None:
    id_ = ready.id(f"endpoints/{service}")
    account.delete_vpc_endpoints(VpcEndpointIds=[id_])
    emulator.advance(600)
    emulator.fault("ec2", "CreateVpcEndpoint", code="InternalError", status=500)
    run = await ready.once()
    missing = [each["serviceName"] for each in ready.facts(run)["vpcEndpoints"] if each["state"] == "missing"]
    assert missing == [f"{PREFIX}{service}"]
    assert ready.facts(run)["privateSubnetIds"] is None
    assert {step.part for step in run.plan.steps} == {f"endpoints/{service}"}
    said = {each.type: each for each in report(run.found(), False, Truth.UNKNOWN, "").conditions}
    assert said["Ready"].status is not Truth.TRUE
    assert f"endpoints/{service}" in said["Ready"].message
    emulator.clear_faults()
    await ready.settle()
    assert ready.id(f"endpoints/{service}") != id_
    assert endpoints(account, ready).keys() == TEN.keys()


async def test_an_endpoint_that_aws_could_not_make_is_made_again(ready, account) -> None:
    sight = ready.run.sights["endpoints/sqs"]
    assert isinstance(sight, Observed)
    adapter = ready.registry.adapters["ec2/vpc-endpoint"]
    item = next(each for each in account.describe_vpc_endpoints()["VpcEndpoints"] if each["VpcEndpointId"] == sight.id)
    failed = adapter._observed(ready.run.target("endpoints/sqs")[1], {**item, "State": "Failed"})
    assert (failed.state, failed.stillborn) == (State.FAILED, True)
    graph = ready.kind.desired(ready.obj, ready.context)
    assert graph.parts["endpoints/sqs"].remake == 3


# --- away again, and through crashes


@pytest.mark.row("C240")
@pytest.mark.parametrize("egress", Egress)
async def test_a_deleted_network_leaves_nothing_and_no_call_is_refused(new_stack, account, egress) -> None:
    stack = new_stack(spec=spec(egress=egress, endpoints=("secretsmanager",)))
    await stack.settle()
    stack.deleting = True
    run = await stack.once()
    assert {step.part for step in run.plan.steps if step.needs} >= {"privateSubnet1", "securityGroup", "vpc"}
    await stack.settle()
    assert account.left() == {}
    assert stack.failed() == []


@pytest.mark.parametrize("when", ["die_before", "die_after"])
@pytest.mark.parametrize("number", [2, 9, 17])
async def test_a_process_that_died_once_is_taken_over(private, account, without_internet, killed, when, number) -> None:
    setattr(private.aws, when, number)
    with pytest.raises(killed):
        await private.settle()
    private.aws.close()
    private.start()
    await private.settle()
    assert account.counts() == without_internet


async def test_lost_replies_make_nothing_twice(private, account, without_internet, emulator) -> None:
    emulator.fault("ec2", write=True, reply_lost=True, rate=0.4, seed=7)
    for _ in range(8):
        await private.once()
        emulator.advance(60)
    emulator.clear_faults()
    await private.settle()
    assert account.counts() == without_internet


# --- names of services


def test_the_product_has_one_list_of_the_ten() -> None:
    assert set(TEN) == {GATEWAY, *INTERFACES} == {*NEEDED, LISTED}


@pytest.mark.parametrize(
    ("region", "otherwise"),
    [
        ("eu-west-3", {}),
        ("us-gov-west-1", {}),
        ("cn-north-1", dict.fromkeys(("monitoring", "sqs", "ecr.api", "ecr.dkr", "sts"), "cn.com.amazonaws")),
    ],
)
def test_names_begin_as_in_the_partition(region, otherwise) -> None:
    obj = Object("Network", "team", "net", "6f1c", 1, spec(endpoints=("sts", f"cn.com.amazonaws.{region}.athena")))
    graph = NetworkKind().desired(obj, Context("123456789012", region, "aws"))
    names = {name.removeprefix("endpoints/"): part.model.service_name for name, part in graph.parts.items() if "/" in name}
    whole = names.pop(f"cn.com.amazonaws.{region}.athena")
    assert whole == f"cn.com.amazonaws.{region}.athena"
    assert names == {name: f"{otherwise.get(name, 'com.amazonaws')}.{region}.{name}" for name in (*TEN, "sts")}
