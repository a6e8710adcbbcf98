"""The calls that a plan names are the calls that AWS receives: field by field, of every part that carries tags."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.api.network import NetworkSpec
from mwaa_operator.app.registry import registry
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.call import OTHERS, calls_behind
from mwaa_operator.core.change import Change
from mwaa_operator.core.kind import Object
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.owner import OWNER_TAG
from mwaa_operator.core.part import Effect, Graph, Model, Part, Ref
from mwaa_operator.core.policy import Policy
from mwaa_operator.core.step import Action, Step
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import plan_view
from mwaa_operator.resources import ec2, ec2_endpoint, iam, kms, logs, mwaa, s3
from mwaa_operator.resources.s3_artefact import Artefact

from ..crashing_aws import CrashingAws

MARKED = "artefact"
"""It carries the owner's mark alone, and no tags that a user declares."""
REGION, HOUR = "us-east-1", 3600.0
OBJ = Object("Network", "team", "all", "6f1c", 1, NetworkSpec())
WHO = {"Effect": "Allow", "Principal": {"Service": "airflow.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = iam.canonical({"Version": iam.VERSION, "Statement": [WHO]})
ALLOWED = iam.canonical(
    {"Version": iam.VERSION, "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
SERVICE_OF = {"airflow": "mwaa"}
"""A plan says the prefix that IAM has."""
BLOCKED = dict.fromkeys(s3.PUBLIC_ACCESS_BLOCKED, True)


@dataclass
class Desk:
    """One object with a part of every type that carries tags, and what is remembered of it."""

    emulator: Emulator
    models: dict[str, Model]
    account: PreparedAccount
    memory: dict[str, PartMemory] = field(default_factory=dict)
    after: Mapping[str, frozenset[str]] = field(default_factory=lambda: {"policy": frozenset({"role"})})

    async def look(self, **policy: bool) -> tuple[Run, dict[str, str]]:
        """Plan, and name the calls of each step as the status does."""
        made = registry(CrashingAws(lambda call: None))
        parts = (Part(name, model, after=self.after.get(name, frozenset())) for name, model in self.models.items())
        run = Run.of(made, OBJ, REGION, Graph.of(*parts), Policy(OBJ.uid, "team/all", **policy), self.memory)
        await run.observe()
        view = plan_view(run.plan, made.adapters, run.types, run.memory) or {"steps": []}
        return run, {step["part"]: step.get("call", "") for step in view["steps"]}

    async def settle(self) -> None:
        for _ in range(30):
            run, _ = await self.look()
            await run.act()
            self.memory = dict(run.memory)
            busy = [s for s in run.sights.values() if isinstance(s, Observed) and s.state is not State.READY]
            if not run.plan.steps and not run.problems and not busy:
                return
            self.emulator.advance(HOUR / 6)
        raise AssertionError(f"never settled: {run.plan.steps} {run.problems}")

    async def carried_out(self, **policy: bool) -> tuple[dict[str, str], set[str]]:
        """Plan and act; give the calls that were named, and those that AWS received."""
        run, named = await self.look(**policy)
        self.emulator.clear_calls()
        await run.act()
        assert not run.problems
        self.memory = dict(run.memory)
        return named, {f"{call.service}:{call.operation}" for call in self.emulator.writes()}

    def id(self, part: str) -> str:
        known = self.memory[part].id
        assert known
        return known


def calls(named: str) -> set[str]:
    pairs = (call.split(":") for call in named.split(", ") if call)
    return {f"{SERVICE_OF.get(service, service)}:{operation}" for service, operation in pairs}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Emulator.started(speed=0.0) as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.environment().items():
            patch.setenv(name, value)
        account = PreparedAccount(boto3.client)
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            account.ec2.modify_vpc_attribute(VpcId=account.vpc, **{name: {"Value": True}})
        parts: dict[str, Model] = {
            "vpc": ec2.Vpc("10.1.0.0/16", {}),
            "gateway": ec2.InternetGateway(Ref("vpc", "id"), {}),
            "subnet": ec2.Subnet(Ref("vpc", "id"), "10.1.1.0/24", "us-east-1a", False, {}),
            "address": ec2.Address({}),
            "nat": ec2.NatGateway(Ref("subnet", "id"), Ref("address", "id"), {}),
            "routes": ec2.RouteTable(Ref("vpc", "id"), Ref("gateway", "id"), (), {}),
            "group": ec2.SecurityGroup(Ref("vpc", "id"), "all", "all", (ec2.SELF,), {}),
            "endpoint": ec2_endpoint.VpcEndpoint(
                account.vpc,
                "com.amazonaws.us-east-1.sqs",
                (account.subnets[0],),
                (account.group,),
                {},
                private_dns_enabled=False,
                full_access=True,
            ),
            "role": iam.Role("all", "/", TRUST, {}),
            "policy": iam.RolePolicy("all", "more", ALLOWED),
            "log": logs.LogGroup("all", {}),
            "key": kms.Key({}, "alias/all", "all"),
            "bucket": s3.Bucket("all-of-it", REGION, {}),
            "tree": s3.Tree(Ref("bucket", "name"), "dags", {}, {}, ".mwaa-operator/team/all.json", {}),
            "artefact": Artefact(Ref("bucket", "name"), "all.txt", sha256(b"").hexdigest(), {}, b""),
            "environment": mwaa.Environment(
                name="all",
                execution_role_arn=account.role_arn,
                source_bucket_arn=f"arn:aws:s3:::{account.bucket}",
                dag_s3_path="dags",
                subnet_ids=tuple(sorted(account.subnets)),
                security_group_ids=(account.group,),
            ),
        }
        made = {
            name: replace(model, tags=OBJ.owner.tags(name)) if hasattr(model, "tags") else model
            for name, model in parts.items()
        }
        made[MARKED] = replace(parts[MARKED], tags={OWNER_TAG: OBJ.uid})
        yield Desk(emulator, made, account)


CHANGES: list[tuple[str, str, Any, str]] = [
    ("vpc", "enable_dns_hostnames", False, "ec2:ModifyVpcAttribute"),
    ("subnet", "map_public_ip_on_launch", True, "ec2:ModifySubnetAttribute"),
    ("routes", "default_route", Ref("nat", "id"), "ec2:ReplaceRoute"),
    ("routes", "default_route", "", "ec2:DeleteRoute"),
    ("routes", "default_route", Ref("nat", "id"), "ec2:CreateRoute"),
    ("endpoint", "private_dns_enabled", True, "ec2:ModifyVpcEndpoint"),
    ("group", "egress", ("10.0.0.0/8",), "ec2:AuthorizeSecurityGroupEgress, ec2:RevokeSecurityGroupEgress"),
    ("group", "egress", ("10.0.0.0/8", ec2.SELF), "ec2:AuthorizeSecurityGroupEgress"),
    ("group", "egress", (ec2.SELF,), "ec2:RevokeSecurityGroupEgress"),
    ("role", "trust", {**TRUST, "Id": "new"}, "iam:UpdateAssumeRolePolicy"),
    ("policy", "document", {**ALLOWED, "Id": "new"}, "iam:PutRolePolicy"),
    ("log", "retention_in_days", 7, "logs:PutRetentionPolicy"),
    ("key", "enable_key_rotation", True, "kms:EnableKeyRotation"),
    ("bucket", "versioning", "Suspended", "s3:PutBucketVersioning"),
    ("bucket", "public_access_block", {**BLOCKED, "BlockPublicAcls": False}, "s3:PutPublicAccessBlock"),
    ("environment", "max_workers", 5, "airflow:UpdateEnvironment"),
    ("environment", "restart_at", "now", "airflow:UpdateEnvironment"),
]
TAGGING = {
    **dict.fromkeys(("vpc", "gateway", "subnet", "address", "nat", "routes", "group", "endpoint"), "ec2:CreateTags"),
    "role": "iam:TagRole",
    "log": "logs:TagResource",
    "key": "kms:TagResource",
    "bucket": "s3:PutBucketTagging",
    "tree": "s3:PutObject",
    "environment": "airflow:TagResource",
}


async def test_other_bytes_of_a_file_are_put_by_the_named_call(desk: Desk) -> None:
    """First, while the bucket still keeps versions."""
    await desk.settle()
    model: Any = desk.models[MARKED]
    desk.models[MARKED] = replace(model, content=b"new", sha256=sha256(b"new").hexdigest())
    assert await desk.carried_out() == ({MARKED: "s3:PutObject"}, {"s3:PutObject"})


@pytest.mark.parametrize(("part", "path", "value", "call"), [*CHANGES, *((p, "tags", None, c) for p, c in TAGGING.items())])
async def test_the_call_that_a_plan_names_is_the_one_that_aws_receives(
    desk: Desk, part: str, path: str, value: Any, call: str
) -> None:
    await desk.settle()
    model: Any = desk.models[part]
    desk.models[part] = replace(model, **{path: {**model.tags, "team": "x"} if path == "tags" else value})
    named, received = await desk.carried_out()
    assert named == {part: call}
    assert received == calls(call)


ASSOCIATION = {"ec2:AssociateRouteTable", "ec2:ReplaceRouteTableAssociation"}
"""Which of the two it is, AWS tells only when the step is taken: the plan names both."""


async def test_a_plan_names_both_calls_that_may_give_a_subnet_its_route_table(desk: Desk) -> None:
    await desk.settle()
    routes: Any = desk.models["routes"]
    desk.models["routes"] = replace(routes, subnet_ids=(Ref("subnet", "id"),))
    named, received = await desk.carried_out()
    assert (calls(named["routes"]), received) == (ASSOCIATION, {"ec2:AssociateRouteTable"})
    await desk.settle()
    _take_subnet(desk)
    named, received = await desk.carried_out()
    assert (calls(named["routes"]), received) == (ASSOCIATION, {"ec2:ReplaceRouteTableAssociation"})


def _take_subnet(desk: Desk) -> None:
    ec2 = desk.account.ec2
    other = ec2.create_route_table(VpcId=desk.id("vpc"))["RouteTable"]["RouteTableId"]
    (table,) = ec2.describe_route_tables(RouteTableIds=[desk.id("routes")])["RouteTables"]
    (association,) = [each["RouteTableAssociationId"] for each in table["Associations"] if each.get("SubnetId")]
    ec2.replace_route_table_association(AssociationId=association, RouteTableId=other)


def _close(desk: Desk) -> None:
    nobody = iam.canonical({"Version": iam.VERSION, "Statement": []})
    desk.account.ec2.modify_vpc_endpoint(VpcEndpointId=desk.id("endpoint"), PolicyDocument=json.dumps(nobody))


def _widen(desk: Desk) -> None:
    desk.account.ec2.modify_vpc_endpoint(VpcEndpointId=desk.id("endpoint"), AddSubnetIds=[desk.account.subnets[1]])


def _disable(desk: Desk) -> None:
    boto3.client("kms").disable_key(KeyId=desk.id("key"))


def _schedule(desk: Desk) -> None:
    boto3.client("kms").schedule_key_deletion(KeyId=desk.id("key"))


@pytest.mark.parametrize(
    ("part", "spoil", "call"),
    [
        ("endpoint", _close, "ec2:ModifyVpcEndpoint"),
        ("endpoint", _widen, "ec2:ModifyVpcEndpoint"),
        ("key", _disable, "kms:EnableKey"),
        ("key", _schedule, "kms:CancelKeyDeletion, kms:EnableKey"),
    ],
)
async def test_what_was_changed_in_aws_is_put_back_by_the_named_calls(
    desk: Desk, part: str, spoil: Callable[[Desk], None], call: str
) -> None:
    await desk.settle()
    spoil(desk)
    named, received = await desk.carried_out()
    assert named == {part: call}
    assert received == calls(call)


async def test_letting_go_names_what_takes_the_owner_tag_away(desk: Desk) -> None:
    await desk.settle()
    named, received = await desk.carried_out(retain=True, deleting=True)
    assert named.keys() == desk.models.keys() - {"policy"}, "it has no tags: it is let go with its role"
    assert named["environment"] == "airflow:TagResource, airflow:UntagResource"
    assert named["role"] == "iam:TagRole, iam:UntagRole"
    assert received == {call for each in named.values() for call in calls(each)}


ELSEWHERE = {"s3/copies", "s3/lifecycle"}
"""A tree whose bytes S3 copies keeps its tags as every tree does. Rules have none in AWS (tests/storage has their calls)."""


def test_every_part_that_carries_tags_is_tried_here(desk: Desk) -> None:
    tried = {type(desk.models[part]) for part in (*TAGGING, MARKED)}
    known = {each for each in _models(Model) if "tags" in {f.name for f in fields(each)} and not each.READ_ONLY}
    ours = {each.TYPE for each in known if each.__module__.startswith("mwaa_operator.")}
    assert ours - ELSEWHERE == {each.TYPE for each in tried}


def test_each_path_of_a_call_is_a_field_of_the_model() -> None:
    models = {each.TYPE: each for each in _models(Model) if each.__module__.startswith("mwaa_operator.")}
    for type_, adapter in registry(Aws("test")).adapters.items():
        update = adapter.CALLS.get("update", "")
        if isinstance(update, Mapping):
            assert update.keys() - {OTHERS} <= {each.name for each in fields(models[type_])}, type_


NEVER_DIFFERENT = {"service-quotas/increase"}
"""Types whose reads give no fields: there is nothing to compare."""


def test_each_field_that_can_be_changed_has_its_call() -> None:
    models = {each.TYPE: each for each in _models(Model) if each.__module__.startswith("mwaa_operator.")}
    silent = {}
    for type_, adapter in registry(Aws("test")).adapters.items():
        update = adapter.CALLS.get("update", {})
        named = update if isinstance(update, Mapping) else {OTHERS: update}
        changing = {
            each.name
            for each in fields(models[type_])
            if each.metadata["compare"] and each.metadata["effect"] in (Effect.IN_PLACE, Effect.RESTART)
        }
        if not models[type_].READ_ONLY and not named.get(OTHERS) and (missing := changing - named.keys()):
            silent[type_] = missing
    assert silent.keys() == NEVER_DIFFERENT, silent


def test_calls_are_named_once_and_not_for_what_cannot_be_changed() -> None:
    change = Change("size", 1, 2, Effect.IN_PLACE)
    step = Step("a", Action.UPDATE, None, (change, replace(change, path="tags"), replace(change, path="colour")))
    said = {"update": {OTHERS: "x:Put", "tags": lambda each: f"x:Tag{each.desired}"}, "create": "x:Make"}
    assert calls_behind(said, step) == "x:Put, x:Tag2"
    assert calls_behind(said, replace(step, action=Action.CREATE)) == "x:Make"
    assert calls_behind(said, replace(step, action=Action.DELETE)) == ""
    refused = replace(step, changes=(replace(change, effect=Effect.REFUSED),))
    assert calls_behind(said, refused) == ""


def _models(of: type[Model]) -> Iterator[type[Model]]:
    for each in of.__subclasses__():
        yield from (each, *_models(each))
