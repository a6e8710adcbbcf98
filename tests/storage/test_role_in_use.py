"""A role that an environment in AWS acts with, such as one that was retained, is not deleted under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mwaa_emulator.prepared import CompleteAccount
from mwaa_operator.aws.iam_users import named
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.kind import Neighbour
from mwaa_operator.resources.iam import Account, Served, execution_policy, trust_policy

from .test_execution_role import exists, iam, policy, prod, role

__all__ = ["iam", "prod", "role"]


@dataclass
class Retained:
    """A role, and the account in which an environment of nobody's acts with it."""

    thing: Any
    name: str
    account: CompleteAccount

    @property
    def desk(self) -> Any:
        return self.thing.desk


@pytest.fixture
async def retained(role: Callable[..., Any], client: Callable[..., Any], prod: Neighbour) -> Retained:
    """Give the role of an environment whose object was deleted with `deletionPolicy: Retain`."""
    thing = role(prod)
    facts, account = thing.facts(await thing.settle()), CompleteAccount(client)
    client("mwaa").create_environment(**account.request("prod", ExecutionRoleArn=facts["roleArn"]))
    thing.desk.emulator.advance(3600)
    thing.desk.deleting = True
    thing.context = replace(thing.context, referrers=())
    return Retained(thing, facts["roleName"], account)


async def test_a_role_and_its_policy_stay_while_an_environment_acts_with_it(
    retained: Retained, iam: Any, client: Callable[..., Any]
) -> None:
    before = policy(iam, retained.name)
    run = await retained.desk.once()
    problem = run.problems["policy"]
    assert (problem.trouble, problem.reason) == (Trouble.HELD, "RoleInUse")
    assert "prod (AVAILABLE)" in problem.message
    assert "deletionPolicy: Retain" in problem.message
    assert policy(iam, retained.name) == before

    client("mwaa").delete_environment(Name="prod")
    assert (await retained.desk.once()).problems["policy"].trouble is Trouble.NOT_YET
    retained.desk.emulator.advance(3600)
    await retained.thing.settle()
    assert not exists(iam, retained.name)


async def test_one_that_acts_with_another_role_holds_nothing(
    retained: Retained, iam: Any, client: Callable[..., Any]
) -> None:
    client("mwaa").update_environment(Name="prod", ExecutionRoleArn=retained.account.role_arn)
    retained.desk.emulator.advance(3600)
    await retained.thing.settle()
    assert not exists(iam, retained.name)


async def test_whoever_may_not_look_deletes_nothing(retained: Retained, iam: Any) -> None:
    retained.desk.emulator.fault("mwaa", "GetEnvironment", code="AccessDeniedException", message="no", status=403)
    problem = (await retained.desk.once()).problems["policy"]
    assert problem.trouble is Trouble.DENIED
    assert "Allow airflow:GetEnvironment" in problem.message


def test_documents_name_their_environments() -> None:
    account, served = Account("aws-cn", "123456789012"), (Served("a-b_1", "cn-north-1", "arn:aws-cn:s3:::l"),)
    assert named(trust_policy(account, served)) == named(execution_policy(account, served)) == [("cn-north-1", "a-b_1")]
    assert named({"Statement": []}) == named(None) == []
