"""An account as the guide wants it, behind a real AWS endpoint, and the product's checks in front of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import CompleteAccount
from mwaa_operator.aws import facts
from mwaa_operator.aws.session import Aws, Call
from mwaa_operator.core.finding import Finding
from mwaa_operator.resources.mwaa import Environment

REGION = "us-east-1"


@dataclass
class Place:
    """The account, and an environment that is to be created in it."""

    emulator: Emulator
    account: CompleteAccount
    aws: Aws
    calls: list[Call]

    def client(self, service: str) -> Any:
        """Connect as an administrator."""
        return boto3.client(service)

    def environment(self, **changes: Any) -> Environment:
        account = self.account
        want = Environment(
            name="first",
            execution_role_arn=account.role_arn,
            source_bucket_arn=f"arn:aws:s3:::{account.bucket}",
            dag_s3_path="dags",
            subnet_ids=tuple(account.subnets),
            security_group_ids=(account.group,),
            webserver_access_mode="PUBLIC_ONLY",
        )
        return replace(want, **changes)

    async def look(self, want: Environment | None = None, region: str = REGION, **changes: Any) -> list[Finding]:
        """Make all checks at once, as the engine does."""
        want = want or self.environment(**changes)
        found = await asyncio.gather(*(check.findings(want, region) for check in facts.checks(self.aws)))
        return [finding for findings in found for finding in findings]

    async def look_at(self, check: str, **changes: Any) -> list[Finding]:
        """Make one check only, where that is what a test repeats."""
        checks = {each.NAME: each for each in facts.checks(self.aws)}
        return list(await checks[check].findings(self.environment(**changes), REGION))

    async def codes(self, want: Environment | None = None, **changes: Any) -> list[str]:
        return [finding.code for finding in await self.look(want, **changes)]

    async def only(self, code: str, want: Environment | None = None, **changes: Any) -> Finding:
        """Look, and expect exactly one finding."""
        found = await self.look(want, **changes)
        assert [finding.code for finding in found] == [code], found
        return found[0]


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    """One emulator with a stopped clock."""
    with Emulator.started(speed=0.0) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    server.reset()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    yield server
    server.clear_faults()


@pytest.fixture
def operator(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say what the operator, a user of the account, may do."""

    def may(*actions: str, **conditions: Any) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*", **conditions}
        boto3.client("iam").put_user_policy(
            UserName="operator",
            PolicyName="may",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    return may


@pytest.fixture
def place(emulator: Emulator, operator: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Place:
    account = CompleteAccount(boto3.client)
    iam = boto3.client("iam")
    iam.create_user(UserName="operator", Path="/robots/")
    operator("*")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    calls: list[Call] = []
    emulator.clear_calls()
    return Place(emulator, account, Aws("test", calls.append), calls)
