"""Single changes of a live environment: each is one update that carries its own members alone, and is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_operator.api.environment import EnvironmentSpec

KEY_ID = "0123abcd-0123-0123-0123-0123456789ab"
KEY_ARN = f"arn:aws:kms:us-east-1:123456789012:key/{KEY_ID}"
LEVELS = {"taskLogs": {"enabled": True, "logLevel": "INFO"}}


def view() -> dict[str, Any]:
    return dict(boto3.client("mwaa").get_environment(Name="first")["Environment"])


def marked(row: tuple[str, ...], *values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.row(*row), id=str(next(iter(values[1]))))


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        marked(("A21", "B37"), {"environmentClass": "mw1.small"}, {"environmentClass": "mw1.medium"}, ["EnvironmentClass"]),
        marked(("A22",), {"maxWorkers": 3}, {"maxWorkers": 4}, ["MaxWorkers"]),
        marked(
            ("B42",), {"minWorkers": 1, "maxWorkers": 3}, {"minWorkers": 2, "maxWorkers": 4}, ["MaxWorkers", "MinWorkers"]
        ),
        marked(
            ("D170",), {"minWorkers": 1, "maxWorkers": 3}, {"minWorkers": 5, "maxWorkers": 5}, ["MaxWorkers", "MinWorkers"]
        ),
        marked(
            ("A24", "D116"),
            {"minWebservers": 2, "maxWebservers": 2},
            {"minWebservers": 3, "maxWebservers": 5},
            ["MaxWebservers", "MinWebservers"],
        ),
        marked(
            ("C82",),
            {"webserverAccessMode": "PRIVATE_ONLY"},
            {"webserverAccessMode": "PUBLIC_ONLY"},
            ["WebserverAccessMode"],
        ),
        marked(
            ("B77", "B88", "D108"),
            {"airflowVersion": "2.10.1", "upgrade": {"acknowledgeDowntime": True}},
            {"airflowVersion": "2.10.3"},
            ["AirflowVersion"],
        ),
        marked((), {}, {"schedulers": 3}, ["Schedulers"]),
        marked((), {}, {"dagS3Path": "other"}, ["DagS3Path"]),
        marked((), {}, {"weeklyMaintenanceWindowStart": "TUE:03:30"}, ["WeeklyMaintenanceWindowStart"]),
        marked(
            ("D45",),
            {"loggingConfiguration": LEVELS},
            {"loggingConfiguration": {"taskLogs": {"enabled": True, "logLevel": "ERROR"}}},
            ["LoggingConfiguration"],
        ),
        marked(
            (),
            {},
            {"identityCenterConfiguration": {"startUrl": "https://x.y/start", "identityStoreId": "d-1234567890"}},
            ["IdentityCenterConfiguration"],
        ),
    ],
)
async def test_a_change_is_one_update_with_its_members_alone(
    new_stack: Callable[..., Any], before: dict[str, Any], after: dict[str, Any], sent: list[str]
) -> None:
    stack = new_stack(before)
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="other/a.py", Body=b"# airflow dag")
    await stack.settle()
    [created] = stack.requests("CreateEnvironment")
    assert {name[0].upper() + name[1:] for name in before if name != "upgrade"} <= created.keys()
    stack.change(**after)
    await stack.once()
    assert view()["Status"] == "UPDATING"
    run = await stack.settle()
    await stack.settle()
    [update] = stack.requests("UpdateEnvironment")
    assert sorted(update.keys() - {"Name"}) == sent
    assert view()["Status"] == "AVAILABLE"
    facts = stack.facts(run)
    for name, value in after.items():
        if name in facts:
            assert facts[name] == value


@pytest.mark.row("C25")
async def test_security_groups_are_changed_live_and_subnets_never(stack: Any) -> None:
    await stack.settle()
    other = stack.account.ec2.create_security_group(GroupName="h", Description="h", VpcId=stack.account.vpc)["GroupId"]
    stack.change(securityGroupIds=[other])
    await stack.settle()
    [update] = stack.requests("UpdateEnvironment")
    assert update == {"Name": "first", "NetworkConfiguration": {"SecurityGroupIds": [other]}}
    assert view()["NetworkConfiguration"]["SubnetIds"] == sorted(stack.account.subnets)


@pytest.mark.row("A38", "C177")
async def test_the_role_is_switched_in_one_update(stack: Any) -> None:
    await stack.settle()
    iam = stack.account.iam
    document = iam.get_role(RoleName=stack.account.role)["Role"]["AssumeRolePolicyDocument"]
    policy = iam.get_role_policy(RoleName=stack.account.role, PolicyName="main")["PolicyDocument"]
    arn = iam.create_role(RoleName="second", Path="/service-role/", AssumeRolePolicyDocument=json.dumps(document))["Role"][
        "Arn"
    ]
    iam.put_role_policy(RoleName="second", PolicyName="main", PolicyDocument=json.dumps(policy))
    stack.change(executionRoleArn=arn)
    await stack.settle()
    assert stack.requests("UpdateEnvironment") == [{"Name": "first", "ExecutionRoleArn": arn}]


@pytest.mark.row("A18")
@pytest.mark.parametrize("mode", ["PUBLIC_ONLY", "PRIVATE_ONLY"])
async def test_the_access_mode_is_the_declared_one(new_stack: Callable[..., Any], mode: str) -> None:
    stack = new_stack({"webserverAccessMode": mode})
    await stack.once()
    assert stack.requests("CreateEnvironment")[0]["WebserverAccessMode"] == mode


@pytest.mark.row("A26", "D71")
async def test_without_a_key_none_is_sent(stack: Any) -> None:
    await stack.once()
    assert "KmsKey" not in stack.requests("CreateEnvironment")[0]


@pytest.mark.row("D42")
async def test_five_logs_are_as_declared(new_stack: Callable[..., Any]) -> None:
    names = ("dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs")
    levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    given = {name: {"enabled": level != "INFO", "logLevel": level} for name, level in zip(names, levels, strict=True)}
    stack = new_stack({"loggingConfiguration": given})
    await stack.settle()
    shown = {name[0].lower() + name[1:]: each for name, each in view()["LoggingConfiguration"].items()}
    assert {name: (each["Enabled"], each["LogLevel"]) for name, each in shown.items()} == {
        name: (each["enabled"], each["logLevel"]) for name, each in given.items()
    }


@pytest.mark.row("D120")
def test_there_is_no_field_for_an_image() -> None:
    assert [name for name in EnvironmentSpec.model_fields if "image" in name] == []


async def test_teams_come_change_and_go_by_name(new_stack: Callable[..., Any]) -> None:
    arn = "arn:aws:s3:::teams"
    center = {"startUrl": "https://x.y/start", "identityStoreId": "d-1234567890"}
    stack = new_stack({"identityCenterConfiguration": center, "teams": {"one": {"sourceBucketArn": arn, "dagS3Path": "a"}}})
    await stack.settle()
    stack.change(teams={"two": {"sourceBucketArn": arn, "dagS3Path": "b"}})
    await stack.settle()
    assert view()["Teams"] == {"two": {"SourceBucketArn": arn, "DagS3Path": "b"}}
    stack.change(teams={})
    await stack.settle()
    await stack.settle()
    assert not view().get("Teams")
    assert len(stack.requests("UpdateEnvironment")) == 2
