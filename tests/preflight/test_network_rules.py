"""The rules about networks, one broken at a time: exactly that code comes out, with the field and the fix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mwaa_operator.checks.network import RULES, addresses
from mwaa_operator.checks.vpc import (
    ANYWHERE,
    Acl,
    AclEntry,
    Dns,
    Endpoint,
    Group,
    Route,
    RouteTable,
    Rule,
    Seen,
    Subnet,
)
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.resources.mwaa import Environment

A, B, G = "subnet-a", "subnet-b", "sg-1"
SUBNETS = {
    A: Subnet(A, "vpc-1", "us-east-1a", "10.0.1.0/24", 200),
    B: Subnet(B, "vpc-1", "us-east-1b", "10.0.2.0/24", 200),
}
LOCAL = Route("10.0.0.0/16", "local")
NAT = RouteTable("rtb-1", (LOCAL, Route(ANYWHERE, "nat-1")), frozenset({A, B}))
OPEN = Acl(
    "acl-1",
    frozenset({A, B}),
    (
        AclEntry(100, False, True, ANYWHERE),
        AclEntry(100, True, True, ANYWHERE),
        AclEntry(32767, False, False, ANYWHERE),
        AclEntry(32767, True, False, ANYWHERE),
    ),
)
PUBLIC = Seen(
    "us-east-1",
    (A, B),
    (G,),
    SUBNETS,
    {G: Group(G, "vpc-1", (Rule(G),), (Rule(ANYWHERE),))},
    (NAT,),
    (OPEN,),
    (),
    Dns(True, True),
    "vpc-1",
    "PUBLIC_ONLY",
    addresses=(5, 9),
)
INTERFACES = (
    "monitoring",
    "logs",
    "ecr.dkr",
    "ecr.api",
    "sqs",
    "kms",
    "airflow.api",
    "airflow.env",
    "airflow.ops",
)
GATEWAY = Endpoint("vpce-s3", "com.amazonaws.us-east-1.s3", "Gateway", "available", route_table_ids=frozenset({"rtb-1"}))
ENDPOINTS = (
    GATEWAY,
    *(
        Endpoint(
            f"vpce-{name}",
            f"com.amazonaws.us-east-1.{name}",
            "Interface",
            "available",
            True,
            frozenset({A, B}),
            frozenset({G}),
        )
        for name in INTERFACES
    ),
)
PRIVATE = replace(PUBLIC, tables=(replace(NAT, routes=(LOCAL,)),), endpoints=ENDPOINTS, access_mode="PRIVATE_ONLY")


def found(seen: Seen) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(seen)]


def group(ingress: tuple[Rule, ...] = (Rule(G),), egress: tuple[Rule, ...] = (Rule(ANYWHERE),), vpc: str = "vpc-1"):
    return {G: Group(G, vpc, ingress, egress)}


def subnet(**changes) -> dict[str, Subnet]:
    return {**SUBNETS, B: replace(SUBNETS[B], **changes)}


def table(*routes: Route) -> tuple[RouteTable, ...]:
    return (replace(NAT, routes=(LOCAL, *routes)),)


def acl(*entries: AclEntry) -> tuple[Acl, ...]:
    return (replace(OPEN, entries=(*entries, *OPEN.entries)),)


def without(name: str) -> tuple[Endpoint, ...]:
    return tuple(each for each in ENDPOINTS if not each.service.endswith(name))


def changed(name: str, **changes) -> tuple[Endpoint, ...]:
    return tuple(replace(each, **changes) if each.service.endswith(name) else each for each in ENDPOINTS)


PORTS = (Rule(G, "tcp", 443, 443), Rule(G, "tcp", 5432, 5432))
RANGE = (Rule("10.0.0.0/16", "tcp", 0, 65535),)


@pytest.mark.parametrize(
    "seen",
    [
        PUBLIC,
        PRIVATE,
        replace(PUBLIC, groups=group(ingress=PORTS)),
        replace(PUBLIC, groups=group(ingress=RANGE, egress=RANGE)),
        replace(PUBLIC, groups=group(egress=(Rule(G), Rule("10.0.0.0/16"), Rule("pl-s3")))),
        # what one group lacks another one has, and either may be the source
        replace(
            PUBLIC,
            group_ids=(G, "sg-2"),
            groups={G: Group(G, "vpc-1", (), (Rule(ANYWHERE),)), "sg-2": Group("sg-2", "vpc-1", (Rule(G),), ())},
        ),
        # a subnet that no table names uses the main one; other subnets' routes do not matter
        replace(
            PUBLIC,
            tables=(
                replace(NAT, subnet_ids=frozenset(), main=True),
                RouteTable("rtb-2", (Route(ANYWHERE, "igw-1"),), frozenset({"subnet-public"})),
            ),
        ),
        # a transit gateway leads out as well
        replace(PUBLIC, tables=table(Route(ANYWHERE, "tgw-1"))),
        # the answers of one blocked address do not come, all others do
        replace(PUBLIC, acls=acl(AclEntry(1, False, False, "198.51.100.7/32"))),
        replace(PUBLIC, acls=(*acl(), Acl("acl-other", frozenset({"subnet-other"}), ()))),
        replace(
            PRIVATE,
            endpoints=(
                *without(".s3"),
                replace(ENDPOINTS[1], id="vpce-i", service="com.amazonaws.us-east-1.s3", private_dns=False),
            ),
        ),
        # one endpoint that works is enough
        replace(PRIVATE, endpoints=(*ENDPOINTS, replace(ENDPOINTS[1], id="vpce-old", state="failed"))),
        # in a network with NAT nobody needs host names, endpoints or what they are like
        replace(PUBLIC, dns=Dns(True, False), endpoints=(replace(ENDPOINTS[1], state="failed"),)),
        # what may not be seen is no fault
        replace(PUBLIC, subnets=None, vpc_id=None),
        replace(PUBLIC, groups=None, tables=None, acls=None, endpoints=None, dns=None),
    ],
)
def test_what_the_guide_allows_has_no_finding(seen: Seen) -> None:
    assert found(seen) == []


ROWS: list[tuple[str, Seen, str]] = [
    ("TwoSubnetsNeeded", replace(PUBLIC, subnet_ids=(A,), subnets={A: SUBNETS[A]}), "not 1"),
    ("SubnetNotFound", replace(PUBLIC, subnets={A: SUBNETS[A]}), f"no subnet {B} in us-east-1"),
    ("SameAvailabilityZone", replace(PUBLIC, subnets=subnet(zone="us-east-1a")), f"{B} is in us-east-1a"),
    ("DifferentVpcs", replace(PUBLIC, vpc_id=None, subnets=subnet(vpc_id="vpc-2")), f"{B} is in vpc-2"),
    ("NoFreeAddresses", replace(PUBLIC, subnets=subnet(free=4)), f"{B} (10.0.2.0/24) has 4 free addresses"),
    ("FewFreeAddresses", replace(PUBLIC, subnets=subnet(free=8)), "may grow to 9"),
    ("DnsSupportOff", replace(PUBLIC, dns=Dns(False, True)), "vpc-1"),
    ("DnsHostnamesOff", replace(PRIVATE, dns=Dns(True, False)), "enableDnsHostnames=false"),
    (
        "BlackholeRoute",
        replace(PUBLIC, tables=table(Route(ANYWHERE, "nat-1", True))),
        "rtb-1, the route table of subnet-a and subnet-b, sends 0.0.0.0/0 to nat-1",
    ),
    (
        "RouteToInternetGateway",
        replace(
            PUBLIC,
            tables=(
                replace(NAT, subnet_ids=frozenset({A})),
                RouteTable("rtb-2", (Route(ANYWHERE, "igw-1"),), frozenset({B})),
            ),
        ),
        "rtb-2, the route table of subnet-b",
    ),
    ("PublicAccessWithoutInternet", replace(PRIVATE, access_mode="PUBLIC_ONLY"), "PRIVATE_ONLY"),
    ("SecurityGroupCount", replace(PUBLIC, group_ids=(G,) * 6), "not 6"),
    ("SecurityGroupNotFound", replace(PUBLIC, group_ids=(G, "sg-none")), "sg-none in us-east-1"),
    ("SecurityGroupOutsideVpc", replace(PUBLIC, groups=group(vpc="vpc-2")), f"{G} is in vpc-2"),
    ("SecurityGroupClosedInside", replace(PUBLIC, groups=group(ingress=())), "TCP 443 (the web server) and TCP 5432"),
    ("SecurityGroupClosedInside", replace(PUBLIC, groups=group(ingress=PORTS[:1])), "to TCP 5432 (the metadata database):"),
    ("SecurityGroupClosedInside", replace(PUBLIC, groups=group(ingress=(Rule("10.0.1.0/24"),))), "TCP 443"),
    ("SecurityGroupClosedOutside", replace(PUBLIC, groups=group(egress=())), "nothing out to TCP 443"),
    ("SecurityGroupClosedOutside", replace(PUBLIC, groups=group(egress=PORTS[:1])), "out to TCP 5432"),
    (
        "NetworkAclBlocks",
        replace(PUBLIC, acls=acl(AclEntry(1, False, False, ANYWHERE, "6", 5432, 5432))),
        "acl-1 lets no TCP in from 10.0.1.0/24 (ports 5432)",
    ),
    (
        "NetworkAclBlocks",
        replace(PUBLIC, acls=acl(AclEntry(1, True, False, ANYWHERE, "6", 443, 443))),
        "0.0.0.0/0 (ports 443)",
    ),
    (
        "NetworkAclBlocks",
        replace(PUBLIC, acls=acl(AclEntry(1, False, False, ANYWHERE, "-1"), AclEntry(0, False, True, "10.0.0.0/16"))),
        "from 0.0.0.0/0 (ports 1024, 32768, 65535)",
    ),
    ("MissingEndpoints", replace(PRIVATE, endpoints=without(".sqs")), "no VPC endpoint for com.amazonaws.us-east-1.sqs."),
    ("MissingEndpoints", replace(PRIVATE, endpoints=without(".s3")), "com.amazonaws.us-east-1.s3"),
    ("MissingOpsEndpoint", replace(PRIVATE, endpoints=without(".ops")), "airflow.ops"),
    ("EndpointNotAvailable", replace(PRIVATE, endpoints=changed(".kms", state="failed")), "vpce-kms"),
    ("GatewayEndpointNotRouted", replace(PRIVATE, endpoints=changed(".s3", route_table_ids=frozenset())), f"rtb-1 of {A}"),
    (
        "EndpointPolicyTooNarrow",
        replace(
            PRIVATE,
            bucket_arn="arn:aws:s3:::dags",
            endpoints=changed(
                ".s3", policy={"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::dags*"}}
            ),
        ),
        "s3:GetObject pass on arn:aws:s3:::prod-us-east-1-starport-layer-bucket.",
    ),
    (
        "EndpointOutsideSubnets",
        replace(PRIVATE, endpoints=changed(".logs", subnet_ids=frozenset({A}))),
        f"no interface in {B}",
    ),
    ("EndpointWithoutPrivateDns", replace(PRIVATE, endpoints=changed(".logs", private_dns=False)), "vpce-logs"),
    (
        "EndpointClosed",
        replace(
            PRIVATE,
            groups={**group(), "sg-9": Group("sg-9", "vpc-1")},
            endpoints=changed(".logs", group_ids=frozenset({"sg-9"})),
        ),
        "sg-9, let no TCP 443 in from sg-1",
    ),
]
WARNINGS = {"FewFreeAddresses", "MissingOpsEndpoint", "PublicAccessWithoutInternet"}


PROVEN = {"SecurityGroupClosedInside": "D139", "PublicAccessWithoutInternet": "A49", "SameAvailabilityZone": "C7"}


@pytest.mark.parametrize(
    ("code", "seen", "said"),
    [
        pytest.param(*row, marks=[pytest.mark.row(PROVEN[row[0]])] if row[0] in PROVEN else [], id=f"{row[0]}-{number}")
        for number, row in enumerate(ROWS)
    ],
)
def test_a_broken_rule_gives_its_code_and_no_other(code: str, seen: Seen, said: str) -> None:
    (finding,) = found(seen)
    assert finding.code == code
    assert said in finding.message
    assert finding.where in ("spec.subnetIds", "spec.securityGroupIds", "spec.webserverAccessMode")
    assert finding.severity is (Severity.WARNING if code in WARNINGS else Severity.ERROR)


@pytest.mark.parametrize("name", ["s3", *INTERFACES[:-1]])
def test_without_a_way_out_every_service_needs_its_endpoint(name: str) -> None:
    (finding,) = found(replace(PRIVATE, endpoints=without(f".{name}")))
    assert finding.code == "MissingEndpoints"
    assert f"com.amazonaws.us-east-1.{name}." in finding.message


def test_one_subnet_without_a_way_out_is_enough_to_need_endpoints() -> None:
    tables = (replace(NAT, subnet_ids=frozenset({A})), RouteTable("rtb-2", (LOCAL,), frozenset({B})))
    (finding, _) = found(replace(PUBLIC, tables=tables))
    assert finding.code == "MissingEndpoints"
    assert finding.message.startswith(f"{B} have no default route")


def test_everything_that_is_wrong_is_named_at_once() -> None:
    wrong: list[Callable[[Seen], Seen]] = [
        lambda seen: replace(seen, subnets=subnet(zone="us-east-1a", free=0)),
        lambda seen: replace(seen, tables=table(Route(ANYWHERE, "nat-1", True))),
        lambda seen: replace(seen, groups=group((), ())),
        lambda seen: replace(seen, acls=(replace(OPEN, entries=()),)),
        lambda seen: replace(seen, dns=Dns(False, False)),
    ]
    seen = PUBLIC
    for change in wrong:
        seen = change(seen)
    assert [finding.code for finding in found(seen)] == [
        "SameAvailabilityZone",
        "NoFreeAddresses",
        "DnsSupportOff",
        "BlackholeRoute",
        "SecurityGroupClosedInside",
        "SecurityGroupClosedOutside",
        "NetworkAclBlocks",
        "NetworkAclBlocks",
    ]


@pytest.mark.parametrize(
    ("sizes", "need"),
    [
        ({}, (5, 9)),
        ({"webserver_access_mode": "PUBLIC_ONLY"}, (4, 8)),
        ({"min_workers": 10, "max_workers": 25, "max_webservers": 5}, (9, 18)),
    ],
)
def test_addresses_follow_from_what_is_declared(sizes: dict[str, object], need: tuple[int, int]) -> None:
    want = Environment("e", "arn", "arn", "dags", (A, B), (G,), **sizes)  # type: ignore[arg-type]
    assert addresses(want) == need
