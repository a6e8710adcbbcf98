"""The ExecutionRole kind over a real endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_operator.api.execution_role import ExecutionRoleSpec
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.finding import Severity
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.need import EndsBy
from mwaa_operator.core.owner import OBJECT_TAG, OWNER_TAG, PART_TAG
from mwaa_operator.core.policy import Adoption
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.execution_role import ExecutionRoleKind, role_name
from mwaa_operator.resources.iam import Account, Served, canonical, execution_policy, trust_policy

KIND = ExecutionRoleKind()
POLICY = "MWAA-Execution-Policy"
ACCOUNT = Account("aws", "123456789012")


def spec(**values: Any) -> Any:
    nothing = dict.fromkeys(("name", "region", "source_bucket_arn", "kms_key", "kms_key_ref"))
    return SimpleNamespace(**{**nothing, **values})


@pytest.fixture
def prod(neighbour: Callable[..., Neighbour]) -> Neighbour:
    return neighbour("prod", spec(), {"environmentName": "prod", "bucketArn": "arn:aws:s3:::lake"})


@pytest.fixture
def role(declared: Callable[..., Any]) -> Callable[..., Any]:
    def make(*referrers: Neighbour, **about: Any) -> Any:
        return declared(KIND, about.pop("spec", ExecutionRoleSpec()), referrers=referrers, name="etl", **about)

    return make


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


def needs(run: Run) -> list[str]:
    return sorted({need.reason for step in run.plan.steps for need in step.needs if need.reason != "PartNotReady"})


def policy(iam: Any, name: str) -> Any:
    return canonical(iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"])


def trust(iam: Any, name: str) -> Any:
    return canonical(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])


def exists(iam: Any, name: str) -> bool:
    try:
        iam.get_role(RoleName=name)
    except ClientError:
        return False
    return True


@pytest.mark.row("A88", "A89", "A90", "A101")
async def test_the_role_is_made_as_the_guide_has_it(role: Callable[..., Any], iam: Any, prod: Neighbour) -> None:
    thing = role(prod, spec=ExecutionRoleSpec(tags={"team": "data"}))
    facts = thing.facts(await thing.settle())
    name = facts["roleName"]
    served = Served("prod", "us-east-1", "arn:aws:s3:::lake")

    made = iam.get_role(RoleName=name)["Role"]
    assert made["Path"] == "/service-role/"
    assert name.startswith("AmazonMWAA-etl-")
    assert facts["roleArn"] == made["Arn"] == f"arn:aws:iam::123456789012:role/service-role/{name}"
    assert trust(iam, name) == trust_policy(ACCOUNT, (served,))
    assert policy(iam, name) == execution_policy(ACCOUNT, (served,))
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == [POLICY]
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert facts["environments"] == ["prod"]
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]} == {
        "Name": name,
        "team": "data",
        OWNER_TAG: "6f1c",
        PART_TAG: "role",
        OBJECT_TAG: "ExecutionRole/team/etl",
    }


@pytest.mark.row("A89")
@pytest.mark.parametrize("name", ["etl", "e" * 253, "a.b-c"])
def test_a_name_fits_and_its_suffix_is_stable(name: str) -> None:
    first = role_name(Object("ExecutionRole", "team", name, "uid-1", 1, ExecutionRoleSpec()))
    assert first == role_name(Object("ExecutionRole", "team", name, "uid-1", 7, ExecutionRoleSpec()))
    assert first == role_name(Object("ExecutionRole", "team", name, "uid-2", 1, ExecutionRoleSpec()))
    assert first != role_name(Object("ExecutionRole", "other", name, "uid-1", 1, ExecutionRoleSpec()))
    assert len(first) <= 64
    assert first.startswith(f"AmazonMWAA-{name}"[:50])
    assert set(first) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@-_")


def test_a_name_can_be_given() -> None:
    given = ExecutionRoleSpec(role_name="my-role")
    assert role_name(Object("ExecutionRole", "team", "etl", "uid", 1, given)) == "my-role"


async def test_an_unchanged_role_costs_no_write_and_two_reads(role: Callable[..., Any], prod: Neighbour) -> None:
    thing = role(prod)
    await thing.settle()
    thing.desk.calls.clear()
    await thing.settle()
    assert sorted(call.operation for call in thing.desk.calls) == ["get_role", "get_role_policy"]


@pytest.mark.row("A104")
async def test_what_others_change_in_the_role_is_put_back(role: Callable[..., Any], iam: Any, prod: Neighbour) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    before = trust(iam, name), policy(iam, name)

    open_ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(open_))
    anyone = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": anyone}))
    assert thing.facts(await thing.settle())["environments"] == ["prod"]
    assert (trust(iam, name), policy(iam, name)) == before

    iam.delete_role_policy(RoleName=name, PolicyName=POLICY)
    await thing.settle()
    assert policy(iam, name) == before[1]


async def test_the_documents_follow_the_environments(
    role: Callable[..., Any], iam: Any, prod: Neighbour, neighbour: Callable[..., Neighbour]
) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    key = "11111111-2222-3333-4444-555555555555"
    other = neighbour("test", spec(name="Test", source_bucket_arn="arn:aws:s3:::other", kms_key=key), {}, deleting=True)
    thing.context = replace(thing.context, referrers=(prod, other))

    thing.desk.taken()
    facts = thing.facts(await thing.settle())
    assert sorted(thing.desk.taken()) == ["put_role_policy", "update_assume_role_policy"]
    assert facts["environments"] == ["Test", "prod"]
    served = (
        Served("prod", "us-east-1", "arn:aws:s3:::lake"),
        Served("Test", "us-east-1", "arn:aws:s3:::other", f"arn:aws:kms:us-east-1:123456789012:key/{key}"),
    )
    assert policy(iam, name) == execution_policy(ACCOUNT, served)
    assert trust(iam, name) == trust_policy(ACCOUNT, served)

    thing.context = replace(thing.context, referrers=(prod,))
    assert thing.facts(await thing.settle())["environments"] == ["prod"]
    assert policy(iam, name) == execution_policy(ACCOUNT, served[:1])


async def test_no_environment_is_published_before_its_statements_are_in_force(
    role: Callable[..., Any], prod: Neighbour, emulator: Emulator
) -> None:
    thing = role(prod)
    emulator.fault("iam", "PutRolePolicy", code="ServiceFailure", status=500)
    run = await thing.desk.once()
    assert run.problems["policy"].trouble is Trouble.UNAVAILABLE
    assert thing.facts(run)["environments"] is None
    assert thing.facts(run)["roleArn"]


async def test_nobody_refers_to_it_yet(role: Callable[..., Any]) -> None:
    thing = role()
    run = await thing.desk.once()
    (need,) = {need for step in run.plan.steps for need in step.needs if need.reason != "PartNotReady"}
    assert need.message.startswith("no Environment refers to this role yet")
    assert (need.ends_by, need.condition) == (EndsBy.TIME, "ReferencesResolved")
    assert thing.desk.taken() == []


async def test_an_environment_enters_the_policy_with_its_bucket(
    role: Callable[..., Any], iam: Any, neighbour: Callable[..., Neighbour]
) -> None:
    thing = role(neighbour("prod", spec(), {}))
    run = await thing.desk.once()
    assert needs(run) == ["DependencyNotReady"]
    assert thing.facts(run)["environments"] is None
    name = thing.facts(run)["roleName"]
    assert trust(iam, name) == trust_policy(ACCOUNT, (Served("prod", "us-east-1"),))


async def test_while_an_environment_moves_both_buckets_are_allowed(
    role: Callable[..., Any], iam: Any, prod: Neighbour
) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    moving = replace(prod, spec=spec(source_bucket_arn="arn:aws:s3:::pond"))
    thing.context = replace(thing.context, referrers=(moving,))
    run = await thing.desk.once()
    assert thing.facts(run)["environments"] == ["prod"]
    both = (Served("prod", "us-east-1", "arn:aws:s3:::lake"), Served("prod", "us-east-1", "arn:aws:s3:::pond"))
    assert policy(iam, name) == execution_policy(ACCOUNT, both)


async def test_names_that_are_not_declared_here_get_a_role_without_a_bucket(role: Callable[..., Any], iam: Any) -> None:
    thing = role(spec=ExecutionRoleSpec(environment_names=("elsewhere",)))
    facts = thing.facts(await thing.settle())
    assert facts["environments"] == ["elsewhere"]
    assert policy(iam, facts["roleName"]) == execution_policy(ACCOUNT, (Served("elsewhere", "us-east-1"),))


async def test_the_documents_stay_while_an_environment_cannot_be_read_or_none_is_left(
    role: Callable[..., Any], iam: Any, prod: Neighbour, neighbour: Callable[..., Neighbour]
) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    before = trust(iam, name), policy(iam, name)
    broken = neighbour("prod", None, {})
    for referrers in ((broken,), (prod, neighbour("new", None, {})), ()):
        thing.context = replace(thing.context, referrers=referrers)
        await thing.desk.once()
        assert (trust(iam, name), policy(iam, name)) == before


@pytest.mark.parametrize(
    ("count", "bucket", "found"),
    [
        (20, "lake", []),
        (30, "lake", ["trust policy"]),
        (20, "b" * 63, []),
        (60, "b" * 50, ["trust policy", "inline policy"]),
    ],
)
def test_documents_beyond_the_limits_of_iam_are_refused_before_any_call(
    neighbour: Callable[..., Neighbour], count: int, bucket: str, found: list[str]
) -> None:
    def lake(n: int) -> str:
        return f"arn:aws:s3:::{bucket}" if bucket == "lake" else f"arn:aws:s3:::{bucket[:-2]}{n:02}"

    referrers = tuple(neighbour(f"etl-{n}", spec(source_bucket_arn=lake(n)), {}) for n in range(count))
    context = Context("123456789012", "us-east-1", "aws", referrers=referrers, settings={"iam": "enabled"})
    graph = KIND.desired(Object("ExecutionRole", "team", "etl", "uid", 1, ExecutionRoleSpec()), context)
    refused = [each for each in graph.findings if each.severity is Severity.ERROR]
    assert [(each.code, each.where) for each in refused] == [("TooManyEnvironments", where) for where in found]
    for part in graph.parts.values():
        assert [need.reason for need in part.needs if need.ends_by is EndsBy.USER] == ["TooManyEnvironments"] * len(found)
    for finding, limit in zip(refused, ("2,048", "10,240"), strict=False):
        assert f"for {count} environments, and IAM allows {limit}" in finding.message
        assert "a second ExecutionRole" in finding.message


async def test_one_environment_too_many_leaves_the_role_as_it_is(
    role: Callable[..., Any], iam: Any, prod: Neighbour, neighbour: Callable[..., Neighbour]
) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    before = trust(iam, name), policy(iam, name)
    more = tuple(neighbour(f"etl-{n}", spec(source_bucket_arn="arn:aws:s3:::lake"), {}) for n in range(30))
    thing.context = replace(thing.context, referrers=(prod, *more))
    thing.desk.taken()
    run = await thing.desk.once()
    assert thing.desk.taken() == []
    assert needs(run) == ["TooManyEnvironments"] * len(needs(run)) != []
    assert (trust(iam, name), policy(iam, name)) == before
    assert thing.facts(run)["environments"] == ["prod"]


@pytest.mark.row("A151")
async def test_iam_is_left_alone_until_an_administrator_allows_it(role: Callable[..., Any], prod: Neighbour) -> None:
    thing = role(prod, settings={"iam": "disabled"})
    run = await thing.desk.once()
    found = [need for step in run.plan.steps for need in step.needs if need.reason == "IamNotAcknowledged"]
    assert {need.condition for need in found} == {"Synced"}
    assert "capabilities.iam" in found[0].message
    assert thing.desk.taken() == []

    thing.context = replace(thing.context, settings={"iam": "enabled"})
    assert thing.facts(await thing.settle())["environments"] == ["prod"]


@pytest.mark.row("A153")
async def test_the_policy_goes_before_the_role(role: Callable[..., Any], iam: Any, prod: Neighbour) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    thing.desk.deleting = True
    thing.context = replace(thing.context, referrers=(), settings={})
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == ["delete_role_policy", "delete_role"]
    assert not exists(iam, name)


async def test_what_others_attached_holds_the_role_and_is_named(role: Callable[..., Any], iam: Any, prod: Neighbour) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_policy(PolicyName="extra", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    iam.put_role_policy(RoleName=name, PolicyName="more", PolicyDocument=document)

    thing.desk.deleting = True
    problem = (await thing.desk.once()).problems["role"]
    assert problem.trouble is Trouble.HELD
    assert f"the attached policy {arn}" in problem.message
    assert "the inline policy more" in problem.message
    assert exists(iam, name)

    iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.delete_role_policy(RoleName=name, PolicyName="more")
    await thing.settle()
    assert not exists(iam, name)


async def test_a_role_of_somebody_else_keeps_its_policy_of_the_same_name(
    role: Callable[..., Any], iam: Any, prod: Neighbour
) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.create_role(RoleName="theirs", Path="/service-role/", AssumeRolePolicyDocument=json.dumps(document))
    iam.put_role_policy(RoleName="theirs", PolicyName=POLICY, PolicyDocument=json.dumps(document))
    thing = role(prod, spec=ExecutionRoleSpec(role_name="theirs"))
    run = await thing.desk.once()
    assert needs(run) == ["NotOurs"]
    assert thing.facts(run)["roleArn"] is None
    thing.desk.deleting = True
    assert (await thing.desk.once()).plan.steps == ()
    assert policy(iam, "theirs") == canonical(document)
    assert thing.desk.taken() == []

    thing.desk.deleting, thing.desk.adoption = False, Adoption.ALWAYS
    assert thing.facts(await thing.settle())["environments"] == ["prod"]


async def test_a_role_that_is_kept_is_let_go_and_can_be_taken_back(
    role: Callable[..., Any], iam: Any, prod: Neighbour
) -> None:
    thing = role(prod)
    name = thing.facts(await thing.settle())["roleName"]
    before = policy(iam, name)
    thing.desk.deleting = thing.desk.retain = True
    await thing.settle()
    assert OWNER_TAG not in {tag["Key"] for tag in iam.list_role_tags(RoleName=name)["Tags"]}
    assert policy(iam, name) == before

    again = role(prod, spec=ExecutionRoleSpec(environment_names=("more",)), uid="another")
    assert again.facts(await again.settle())["environments"] == ["more", "prod"]


async def test_a_lost_reply_makes_no_second_role(
    role: Callable[..., Any], iam: Any, prod: Neighbour, emulator: Emulator, crash: Callable[..., Any]
) -> None:
    def fresh() -> Any:
        emulator.reset()
        return role(prod)

    def whole(thing: Any) -> None:
        roles = iam.list_roles(PathPrefix="/service-role/")["Roles"]
        assert [each["RoleName"] for each in roles] == [role_name(thing.desk.obj(thing.spec))]
        assert iam.list_role_policies(RoleName=roles[0]["RoleName"])["PolicyNames"] == [POLICY]

    assert await crash(fresh, whole) == 2


async def test_a_role_that_appeared_between_look_and_create_is_taken_as_it_is(
    role: Callable[..., Any], prod: Neighbour, emulator: Emulator
) -> None:
    thing = role(prod)
    await thing.settle()
    emulator.fault("iam", "GetRole", code="NoSuchEntity", message="gone", status=404, count=1)
    thing.desk.taken()
    run = await thing.settle()
    assert thing.desk.taken() == ["create_role", "put_role_policy"]
    assert thing.facts(run)["environments"] == ["prod"]
