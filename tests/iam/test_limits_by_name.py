"""IAM limits people to an environment by its ARN, and cannot hide the names of the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from devcluster.stack.deployment import REPOSITORY
from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.resources.access import web_server_policy

MINE = "arn:aws:airflow:us-east-1:123456789012:environment/mine"
LIST = {"Effect": "Allow", "Action": "airflow:ListEnvironments", "Resource": "*"}


@pytest.fixture
def as_ann() -> Iterator[Callable[..., Any]]:
    """Give MWAA as a user sees it who has these statements; there are two environments."""
    with Emulator.started(speed=0.0) as emulator:

        def client(service: str, key: str = "emulator", secret: str = "emulator") -> Any:
            return boto3.client(
                service,
                endpoint_url=emulator.url,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                config=Config(inject_host_prefix=False),
            )

        account = PreparedAccount(client)
        for name in ("mine", "theirs"):
            client("mwaa").create_environment(**account.request(name))
        emulator.advance(26 * 60)
        iam = client("iam")
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]

        def make(*statements: Any) -> Any:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            emulator.enforce_iam(False)
            iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document)
            emulator.enforce_iam()
            return client("mwaa", key["AccessKeyId"], key["SecretAccessKey"])

        yield make


@pytest.mark.row("D124")
def test_a_policy_for_one_environment_has_its_arn_and_hides_no_name(as_ann: Callable[..., Any]) -> None:
    statements = web_server_policy(MINE, "Viewer", see=True)["Statement"]
    assert [each["Resource"] for each in statements] == [f"{MINE.replace('environment', 'role')}/Viewer", MINE]
    mwaa = as_ann(*statements)
    assert mwaa.get_environment(Name="mine")["Environment"]["Arn"] == MINE
    assert mwaa.create_web_login_token(Name="mine")["WebToken"]
    with pytest.raises(ClientError, match="airflow:GetEnvironment"):
        mwaa.get_environment(Name="theirs")
    with pytest.raises(ClientError, match="airflow:ListEnvironments"):
        mwaa.list_environments()
    limited = {**LIST, "Resource": MINE}
    with pytest.raises(ClientError, match="airflow:ListEnvironments"):
        as_ann(*statements, limited).list_environments()
    assert sorted(as_ann(*statements, LIST).list_environments()["Environments"]) == ["mine", "theirs"]
    page = (REPOSITORY / "docs" / "how-to" / "kubectl-plugin.md").read_text()
    assert "`airflow:ListEnvironments` has no resource, and who may call it sees the names of all" in page
