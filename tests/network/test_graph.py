"""The graph of a network, without any AWS."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mwaa_operator.api.network import Egress, NetworkSpec
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.observed import Observed, State, Unreadable
from mwaa_operator.core.part import Ref
from mwaa_operator.kinds.network import NetworkKind, group_name

CONTEXT = Context("123456789012", "eu-west-3", "aws")
KIND = NetworkKind()


def obj(**spec):
    return Object("Network", "team", "net", "6f1c", 1, NetworkSpec(**spec))


def graph(**spec):
    return KIND.desired(obj(**spec), CONTEXT)


def test_it_stands_alone() -> None:
    assert KIND.references(obj().spec) == KIND.documents(obj().spec) == ()


def test_the_parts_of_public_routing() -> None:
    assert set(graph().parts) == {
        "zones",
        "vpc",
        "internetGateway",
        *(f"{part}{zone}" for zone in (1, 2) for part in ("publicSubnet", "privateSubnet", "address", "natGateway")),
        "publicRoutes",
        "privateRoutes1",
        "privateRoutes2",
        "securityGroup",
    }


BEFORE = [
    ("zones", "vpc"),
    ("vpc", "internetGateway"),
    ("internetGateway", "address1"),
    ("internetGateway", "address2"),
    ("internetGateway", "publicRoutes"),
    ("address1", "natGateway1"),
    ("publicSubnet1", "natGateway1"),
    ("natGateway1", "privateRoutes1"),
    ("natGateway2", "privateRoutes2"),
    ("vpc", "securityGroup"),
]


@pytest.mark.row("C21")
@pytest.mark.parametrize(("first", "then"), BEFORE)
def test_the_order_of_the_guides_template(first, then) -> None:
    assert first in graph().parts[then].depends_on()
    order = graph().order()
    assert order.index(first) < order.index(then)


def test_nothing_crosses_zones() -> None:
    parts = graph().parts
    for zone, other in ((1, 2), (2, 1)):
        names = [f"{part}{zone}" for part in ("publicSubnet", "privateSubnet", "natGateway", "privateRoutes")]
        assert not [name for name in names if any(need.endswith(str(other)) for need in parts[name].depends_on())]


def test_tightened_egress_needs_the_list_of_s3_in_its_region() -> None:
    parts = graph(egress=Egress.TIGHTENED).parts
    assert parts["s3PrefixList"].model.name == "com.amazonaws.eu-west-3.s3"
    assert parts["securityGroup"].model.egress == ("self", "10.192.0.0/16", Ref("s3PrefixList", "id"))


@st.composite
def layouts(draw):
    """A VPC, and four subnets of two sizes in it that do not overlap."""
    size = draw(st.integers(16, 24))
    vpc = IPv4Network((draw(st.sampled_from([0x0A000000, 0xAC100000, 0xC0A80000])), size))
    pieces = list(vpc.subnets(new_prefix=draw(st.integers(max(size + 2, 18), min(size + 6, 27)))))
    four = draw(st.lists(st.sampled_from(pieces), min_size=4, max_size=4, unique=True))
    halves = [draw(st.sampled_from([piece, *piece.subnets()])) for piece in four]
    return str(vpc), [str(half) for half in halves]


@pytest.mark.row("C17")
@given(layouts())
def test_every_range_reaches_its_subnet(layout) -> None:
    vpc, (public1, public2, private1, private2) = layout
    parts = graph(vpc_cidr=vpc, public_subnet_cidrs=(public1, public2), private_subnet_cidrs=(private1, private2)).parts
    assert parts["vpc"].model.cidr_block == vpc
    found = [parts[f"{side}Subnet{zone}"].model for side in ("public", "private") for zone in (1, 2)]
    assert [model.cidr_block for model in found] == [public1, public2, private1, private2]
    assert [model.map_public_ip_on_launch for model in found] == [True, True, False, False]


@pytest.mark.row("A66")
@given(layouts(), st.data())
def test_ranges_that_overlap_are_refused(layout, data) -> None:
    vpc, four = layout
    place, other = data.draw(st.permutations(range(4)))[:2]
    whole = IPv4Network(four[other])
    inner = whole.subnets() if whole.prefixlen < 28 else [whole]
    four[place] = str(data.draw(st.sampled_from([whole, whole.supernet(), *inner])))
    with pytest.raises(ValidationError, match="must not overlap"):
        NetworkSpec(vpc_cidr=vpc, public_subnet_cidrs=four[:2], private_subnet_cidrs=four[2:])


@pytest.mark.row("A66")
@given(layouts(), st.data())
def test_ranges_outside_the_vpc_or_around_it_are_refused(layout, data) -> None:
    vpc, four = layout
    whole = IPv4Network(vpc)
    around = [whole.supernet()] if whole.prefixlen > 16 else []
    four[data.draw(st.integers(0, 3))] = str(data.draw(st.sampled_from([IPv4Network("11.0.0.0/24"), *around])))
    with pytest.raises(ValidationError, match="must lie inside vpcCidr"):
        NetworkSpec(vpc_cidr=vpc, public_subnet_cidrs=four[:2], private_subnet_cidrs=four[2:])


@given(st.text(min_size=1, max_size=100))
def test_a_group_gets_a_name_that_ec2_takes(prefix) -> None:
    name = group_name(prefix)
    assert re.fullmatch(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}", name)
    assert not name.lower().startswith("sg-")
    assert name.endswith("-security-group")


def test_the_guides_name_of_the_group_is_the_default() -> None:
    assert group_name("mwaa-") == "mwaa-security-group"


def seen(id_, state=State.READY, **fields):
    return Observed(id_, fields, {"id": id_, "availability_zone": "zone"}, state)


def complete():
    sights = {name: seen(name) for name in graph().parts}
    for zone in (1, 2):
        users = {f"privateSubnet{zone}": "associated"}
        sights[f"privateRoutes{zone}"] = seen("table", default_route=f"natGateway{zone}", associations=users)
    sights["securityGroup"] = seen("group", self_rule=True)
    return sights


UNUSABLE = {
    "no table": {"privateRoutes1": None},
    "no NAT gateway": {"natGateway2": None},
    "NAT gateway pending": {"natGateway1": seen("natGateway1", State.BUSY)},
    "NAT gateway of the other zone": {
        "privateRoutes1": seen("table", default_route="natGateway2", associations={"privateSubnet1": "associated"})
    },
    "not associated": {"privateRoutes1": seen("table", default_route="natGateway1", associations={})},
    "not seen": {"privateRoutes2": Unreadable(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "down"))},
}


@pytest.mark.parametrize("change", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_private_subnets_are_published_only_while_they_lead_out(change) -> None:
    assert KIND.facts(obj(), CONTEXT, complete())["privateSubnetIds"] == ["privateSubnet1", "privateSubnet2"]
    assert KIND.facts(obj(), CONTEXT, complete() | change)["privateSubnetIds"] is None


def test_the_group_is_published_only_with_its_rule() -> None:
    assert KIND.facts(obj(), CONTEXT, complete())["securityGroupId"] == "group"
    without = complete() | {"securityGroup": seen("group", self_rule=False)}
    assert KIND.facts(obj(), CONTEXT, without)["securityGroupId"] is None


def test_nothing_seen_publishes_nothing_and_still_has_a_summary() -> None:
    facts = KIND.facts(obj(), CONTEXT, {})
    assert set(facts.values()) == {None}
    assert KIND.summary(facts)
