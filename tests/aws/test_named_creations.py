"""What a plan names for a thing that is to be made is all that AWS receives until it is as asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.app.registry import registry
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.call import OTHERS, calls_behind, calls_sent, where
from mwaa_operator.core.part import Model, Ref
from mwaa_operator.core.step import Action, Step
from mwaa_operator.resources import ec2, ec2_endpoint, iam, kms, logs, mwaa, s3

from .test_named_calls import ALLOWED, OBJ, REGION, TRUST, Desk, calls

SHA, CONTENT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", b""


def wishes(account: PreparedAccount) -> dict[str, Model]:
    """Give one of each thing, with every field set; each after those that it refers to."""
    vpc, key = Ref("vpc", "id"), Ref("key", "arn")
    return {
        "vpc": ec2.Vpc("10.1.0.0/16", {}),
        "silent": ec2.Vpc("10.2.0.0/16", {}, enable_dns_support=False, enable_dns_hostnames=False),
        "plain": ec2.Vpc("10.3.0.0/16", {}, enable_dns_hostnames=False),
        "gateway": ec2.InternetGateway(vpc, {}),
        "public": ec2.Subnet(vpc, "10.1.1.0/24", "us-east-1a", True, {}, "us-east-1a"),
        "private": ec2.Subnet(vpc, "10.1.2.0/24", "us-east-1a", False, {}),
        "address": ec2.Address({}),
        "nat": ec2.NatGateway(Ref("public", "id"), Ref("address", "id"), {}),
        "routes": ec2.RouteTable(vpc, Ref("gateway", "id"), (Ref("public", "id"),), {}),
        "noRoutes": ec2.RouteTable(vpc, "", (), {}),
        "group": ec2.SecurityGroup(vpc, "one", "one", (ec2.ANYWHERE,), {}),
        "closed": ec2.SecurityGroup(vpc, "two", "two", (), {}, self_rule=None, admits=(Ref("group", "id"),)),
        "tight": ec2.SecurityGroup(vpc, "three", "three", (ec2.SELF, "10.0.0.0/8"), {}),
        "wide": ec2.SecurityGroup(vpc, "four", "four", (ec2.SELF, ec2.ANYWHERE), {}, self_rule=None),
        "endpoint": ec2_endpoint.VpcEndpoint(
            account.vpc, "com.amazonaws.us-east-1.sqs", (account.subnets[0],), (account.group,), {}
        ),
        "role": iam.Role("made", "/", TRUST, {}),
        "policy": iam.RolePolicy("made", "more", ALLOWED),
        "key": kms.Key({}, "alias/made", "made", enable_key_rotation=True),
        "fixed": kms.Key({}, "alias/fixed", "fixed", enable_key_rotation=False),
        "alias": kms.Alias("alias/made", Ref("key", "id")),
        "keyPolicy": kms.KeyPolicy(Ref("key", "id"), (kms.logs_statement("aws", REGION, "123456789012"),)),
        "log": logs.LogGroup("made", {}, retention_in_days=7, kms_key=f"arn:aws:kms:{REGION}:123456789012:key/k"),
        "plainLog": logs.LogGroup("plain", {}),
        "bucket": s3.Bucket("made-just-now", REGION, {}, kms_key=key),
        "plainBucket": s3.Bucket("made-plainly", REGION, {}),
        "folder": s3.Folder("made-just-now", "dags"),
        "tree": s3.Tree(
            Ref("bucket", "name"), "dags", {"a.py": SHA}, {}, ".mwaa-operator/team/made.json", {"a.py": CONTENT}
        ),
        "environment": mwaa.Environment(
            name="made",
            execution_role_arn=account.role_arn,
            source_bucket_arn=f"arn:aws:s3:::{account.bucket}",
            dag_s3_path="dags",
            subnet_ids=tuple(sorted(account.subnets)),
            security_group_ids=(account.group,),
            max_workers=5,
            restart_at="now",
        ),
    }


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Desk, dict[str, Model]]]:
    with Emulator.started(speed=0.0) as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.environment().items():
            patch.setenv(name, value)
        asked = {
            name: replace(model, tags=OBJ.owner.tags(name)) if hasattr(model, "tags") else model  # type: ignore[call-arg]
            for name, model in wishes(PreparedAccount(boto3.client)).items()
        }
        yield Desk(emulator, {}), asked


async def test_a_creation_names_every_call_until_it_is_as_asked(made: tuple[Desk, dict[str, Model]]) -> None:
    desk, asked = made
    after = {"policy": frozenset({"role"}), "folder": frozenset({"bucket"})}
    _, foretold = await Desk(desk.emulator, asked, after=after).look()
    wrong: dict[str, Any] = {}
    for name, model in asked.items():
        desk.models[name] = model
        desk.after = {key: value for key, value in after.items() if key in desk.models}
        desk.emulator.clear_calls()
        await desk.settle()
        received = {f"{call.service}:{call.operation}" for call in desk.emulator.writes()}
        if calls(foretold[name]) != received:
            wrong[name] = (foretold[name], received)
    assert not wrong


def test_of_a_creation_the_call_itself_is_told_from_what_comes_after() -> None:
    said = {"create": {OTHERS: "x:Make", "versioning": "x:Put", "kms_key": where("x:Encrypt"), "name": where("x:Make")}}
    step = Step("a", Action.CREATE, s3.Bucket("made", REGION, {}))
    assert calls_behind(said, step) == "x:Make, x:Put"
    assert calls_sent(said, step) == "x:Make"
    assert calls_behind(said, replace(step, model=s3.Bucket("made", REGION, {}, kms_key=Ref("key", "arn")))).endswith(
        "x:Encrypt"
    )
    assert calls_sent({"update": "x:Put"}, replace(step, action=Action.UPDATE)) == "x:Put"


def test_a_subnet_that_is_there_may_have_another_table() -> None:
    said = registry(Aws("test")).adapters[ec2.RouteTable.TYPE].CALLS
    step = Step("a", Action.CREATE, ec2.RouteTable("vpc-1", "", ("subnet-1",), {}))
    assert calls_behind(said, step).endswith("ec2:AssociateRouteTable, ec2:ReplaceRouteTableAssociation")


def test_each_field_that_is_set_after_a_creation_is_one_of_the_model() -> None:
    models = {each.TYPE: each for each in _models(Model) if each.__module__.startswith("mwaa_operator.")}
    for type_, adapter in registry(Aws("test")).adapters.items():
        create = adapter.CALLS.get("create", "")
        if not isinstance(create, str):
            assert create.keys() - {OTHERS} <= {each.name for each in fields(models[type_])}, type_
            assert create[OTHERS], type_


def _models(of: type[Model]) -> Iterator[type[Model]]:
    for each in of.__subclasses__():
        yield from (each, *_models(each))
