"""Every policy that the product ships, makes or prints has no error, and a slip of the pen is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from devcluster.stack.policy import KEYS_POLICY, POLICY
from mwaa_operator.resources.access import AIRFLOW_ROLES, web_server_policy
from mwaa_operator.resources.iam import Account, Served, execution_policy, trust_policy

from .policy_checker import errors

BUCKET, KEY = "arn:aws:s3:::lake", "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ACCOUNTS = (Account("aws", "123456789012"), Account("aws-cn", "123456789012"))
SERVED = {
    "owned": (Served("prod", "eu-west-1", BUCKET),),
    "customer": (Served("prod", "eu-west-1", BUCKET, KEY),),
    "several": (Served("prod", "eu-west-1", BUCKET, KEY), Served("test", "us-east-1")),
}
ENVIRONMENT = "arn:aws:airflow:eu-west-1:123456789012:environment/prod"
SHIPPED: Mapping[str, Mapping[str, Any]] = {
    "operator": json.loads(POLICY.read_text()),
    "operator, keys": json.loads(KEYS_POLICY.read_text()),
    **{
        f"execution role, {name}, {account.partition}": execution_policy(account, served)
        for name, served in SERVED.items()
        for account in ACCOUNTS
    },
    **{f"web server, {role}": web_server_policy(ENVIRONMENT, role) for role in AIRFLOW_ROLES},
    "web server and environment": web_server_policy(ENVIRONMENT, "Viewer", see=True),
}


@pytest.mark.row("D188")
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_has_no_error_and_each_misspelt_action_is_one(name: str) -> None:
    assert errors(SHIPPED[name]) == []
    for number, statement in enumerate(SHIPPED[name]["Statement"]):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        for action in actions:
            wrong = deepcopy(json.loads(json.dumps(SHIPPED[name])))
            wrong["Statement"][number]["Action"] = [action.replace(":", ":Xx", 1)]
            (said,) = errors(wrong)
            assert f"there is no action {action.replace(':', ':Xx', 1)}" in said


@pytest.mark.row("D188")
@pytest.mark.parametrize("served", SERVED.values(), ids=SERVED)
def test_the_trust_policies_have_no_error(served: tuple[Served, ...]) -> None:
    for account in ACCOUNTS:
        assert errors(trust_policy(account, served), trust=True) == []


@pytest.mark.row("D151", "C139")
@pytest.mark.parametrize("role", AIRFLOW_ROLES)
def test_the_policy_for_the_web_server_is_about_the_role_in_airflow(role: str) -> None:
    (statement,) = web_server_policy(ENVIRONMENT, role)["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "airflow:CreateWebLoginToken",
        "Resource": f"arn:aws:airflow:eu-west-1:123456789012:role/prod/{role}",
    }
    with pytest.raises(ValueError, match="is not the ARN of an environment"):
        web_server_policy("arn:aws:iam::123456789012:role/r", role)


GOOD: Mapping[str, Any] = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ({"Action": "iam:ListGroupsWithUser"}, "there is no action iam:ListGroupsWithUser"),
        ({"Action": ["s3:HeadBucket"]}, "there is no action s3:HeadBucket"),
        ({"Action": "s3:Gett*"}, "there is no action s3:Gett*"),
        ({"Action": "mwaa:GetEnvironment"}, "the service of mwaa:GetEnvironment is not known"),
        ({"Effect": "allow"}, "Effect is 'allow'"),
        ({"Resource": "arn:aws:s3:bucket"}, "is no ARN"),
        ({"Resource": None, "NotResource": "*", "Principal": "*"}, "unknown members ['Principal']"),
        ({"NotAction": "iam:*"}, "one of Action and NotAction"),
        ({"Condition": {"StringIs": {"aws:SourceArn": "x"}}}, "no condition operator StringIs"),
        ({"Condition": {"StringLike": {"aws:Source": "x"}}}, "no condition key aws:Source"),
        ({"Sid": "with blank"}, "Sids are not unique words"),
    ],
)
def test_what_the_checker_finds(statement: Mapping[str, Any], said: str) -> None:
    assert errors({"Version": "2012-10-17", "Statement": dict(GOOD)}) == []
    made = {key: value for key, value in {**GOOD, **statement}.items() if value is not None}
    found = errors({"Version": "2012-10-17", "Statement": [made]})
    assert any(said in each for each in found), found


def test_it_looks_at_the_document_as_well() -> None:
    assert errors({"Version": "2008-10-17", "Statement": []}) == ["Version is '2008-10-17'", "no statement"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}
    assert errors(trust, trust=True) == ["statement 1: Principal is '*'"]
