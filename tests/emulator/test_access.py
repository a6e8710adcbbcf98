"""IAM enforcement: off unless asked for, then for MWAA as for moto's services."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount

PREFIX = "arn:aws:airflow:us-east-1:123456789012"


@pytest.fixture
def as_user(emulator: Emulator, client: Callable[..., Any]) -> Callable[..., Any]:
    iam = client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]

    def make(service: str, *statements: tuple[str, str]) -> Any:
        allowed = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
        document = {"Version": "2012-10-17", "Statement": allowed}
        iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
        emulator.enforce_iam()
        return boto3.client(
            service, endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"], config=Config(inject_host_prefix=False),
        )  # fmt: skip

    return make


def test_what_is_allowed_goes_through(as_user: Callable[..., Any], account: PreparedAccount, emulator: Emulator) -> None:
    mwaa = as_user(
        "mwaa",
        ("airflow:*Environment", f"{PREFIX}:environment/first"),
        ("iam:PassRole", account.role_arn),
        ("airflow:CreateWebLoginToken", f"{PREFIX}:role/first/Viewer"),
    )
    mwaa.create_environment(**account.request())
    emulator.advance(26 * 60)
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "AVAILABLE"
    assert mwaa.create_web_login_token(Name="first")["IamIdentity"] == "user/ann"
    with pytest.raises(ClientError, match=r"user/ann is not authorized to perform: airflow:CreateCliToken"):
        mwaa.create_cli_token(Name="first")
    with pytest.raises(ClientError, match="airflow:ListEnvironments"):
        mwaa.list_environments()


@pytest.mark.parametrize(
    ("statements", "missing"),
    [
        ([], "airflow:CreateEnvironment"),
        ([("airflow:CreateEnvironment", f"{PREFIX}:environment/other"), ("iam:*", "*")], "airflow:CreateEnvironment"),
        ([("airflow:CreateEnvironment", "*")], "iam:PassRole"),
    ],
)
def test_what_is_not_allowed_is_named(
    as_user: Callable[..., Any], account: PreparedAccount, statements: list[tuple[str, str]], missing: str
) -> None:
    mwaa = as_user("mwaa", *(statements or [("s3:*", "*")]))
    with pytest.raises(ClientError) as caught:
        mwaa.create_environment(**account.request())
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert f"not authorized to perform: {missing} on resource" in error["Message"]


def test_strangers_are_refused(emulator: Emulator, mwaa: Any) -> None:
    emulator.enforce_iam()
    with pytest.raises(ClientError) as caught:
        mwaa.list_environments()
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"
    emulator.reset()
    assert mwaa.list_environments()["Environments"] == []
