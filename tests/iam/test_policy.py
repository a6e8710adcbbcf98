"""What is published follows from the recorded calls, and they are all that the code can make."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session

from devcluster.stack import policy
from devcluster.stack.deployment import REPOSITORY
from devcluster.stack.grants import GRANTS
from devcluster.stack.grants_keys import KEY_GRANTS
from mwaa_emulator.mwaa.policies import may
from mwaa_operator.aws.errors import _action

SERVICES = ("ec2", "ecr", "iam", "kms", "logs", "mwaa", "s3", "service-quotas", "sts")
ON_REQUEST = dict.fromkeys(
    (
        "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota",
        "servicequotas:RequestServiceQuotaIncrease",
    ),
    "spec.quotaIncreases: who declares that adds these to the policy (docs/how-to/environment.md)",
)
ON_REQUEST |= {
    f"iam:{verb}{who}Policy": "uploaders: who declares some adds these to the policy (docs/how-to/bucket.md)"
    for verb in ("Put", "Get", "Delete")
    for who in ("User", "Group")
}
ON_REQUEST["airflow:CreateCliToken"] = "purgeHistory: who sets that adds it to the policy (docs/how-to/dag-source.md)"
ON_REQUEST["ecr:GetAuthorizationToken"] = (
    "sourceRegistries: who sets that adds it to the policy (docs/how-to/dags-from-oci.md)"
)
UNREACHED = ON_REQUEST | dict.fromkeys(
    (
        "iam:CreateServiceLinkedRole",
        "iam:DeleteServiceLinkedRole",
        "iam:GetServiceLinkedRoleDeletionStatus",
        "iam:UpdateRoleDescription",
    ),
    "kubectl mwaa service-role makes it, with the rights of the user who runs it",
)
"""Calls that are in the code and that the operator's policy does not allow, and whose they are."""
MANAGED_POLICY_LIMIT = 6144
"""Characters that are no white space (IAM user guide, quotas)."""
OWNED, MADE = (f"aws:{of}Tag/mwaa-operator.dev/owner" for of in ("Resource", "Request"))
VPC = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1"
ROLE = "arn:aws:iam::123456789012:role/"
KEY = "arn:aws:kms:us-east-1:123456789012:key/"


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[str]]:
    return dict(json.loads(policy.CALLS.read_text()))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return policy.published()


@cache
def operations(service: str) -> dict[str, str]:
    """Gives the operations of a service by their Python names."""
    return {xform_name(name): name for name in get_session().get_service_model(service).operation_names}


def in_code() -> Iterator[tuple[str, str]]:
    """Gives each service and operation that the operator's code names."""
    for path in (REPOSITORY / "operator" / "mwaa_operator").glob("a*/*.py"):
        texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        for service in SERVICES:
            if service in texts:
                yield from ((service, operations(service)[text]) for text in texts if text in operations(service))


def test_the_files_are_what_the_recorded_calls_make() -> None:
    assert policy.stale() == []


def test_a_stale_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stale = REPOSITORY / "manifests" / "iam" / "absent.json"
    monkeypatch.setattr(policy, "POLICY", stale)
    assert policy.main(["--check"]) == 1
    assert "manifests/iam/absent.json is stale: run" in capsys.readouterr().err


def test_the_run_makes_every_call_that_the_code_can_make(recorded: dict[str, list[str]]) -> None:
    code = {f"{policy.PREFIXES.get(service, service)}:{operation}" for service, operation in in_code()}
    assert len(code) > 60
    assert code - recorded.keys() == UNREACHED.keys()
    assert recorded.keys() - code == set()


def test_the_operator_names_what_it_lacks_as_iam_does(recorded: dict[str, list[str]]) -> None:
    """For a call that needs one action. Where it needs several, AWS's message names the one."""
    for service, operation in in_code():
        actions = recorded.get(f"{policy.PREFIXES.get(service, service)}:{operation}", [])
        if len(actions) == 1:
            assert _action(service, xform_name(operation)) == actions[0]


def test_each_action_is_needed_and_each_that_is_needed_is_there(
    recorded: dict[str, list[str]], document: dict[str, Any]
) -> None:
    assert policy.allowed(document) == policy.needed(recorded)
    for action in policy.allowed(document):
        assert any(action in actions for actions in recorded.values())


def test_an_action_without_a_grant_is_refused() -> None:
    with pytest.raises(ValueError, match=r"say in grants\.py on what these are allowed: ec2:RunInstances"):
        policy.document({"ec2:RunInstances": ["ec2:RunInstances"]})


def test_what_no_call_needs_is_left_out() -> None:
    only = policy.document({"s3:HeadBucket": ["s3:ListBucket"]})
    assert [statement["Action"] for statement in only["Statement"]] == [["s3:ListBucket"]]


@pytest.mark.parametrize("path", [policy.POLICY, policy.KEYS_POLICY], ids=lambda path: path.stem)
def test_each_fits_into_one_managed_policy(path: Path) -> None:
    assert len(re.sub(r"\s", "", path.read_text())) <= MANAGED_POLICY_LIMIT


def test_no_key_is_needed_where_no_encryption_key_is_declared() -> None:
    assert not any(action.startswith("kms:") for action in policy.allowed(json.loads(policy.POLICY.read_text())))


def test_no_action_is_a_pattern_and_only_looks_are_allowed_on_everything(document: dict[str, Any]) -> None:
    for statement in document["Statement"]:
        assert not any("*" in action for action in statement["Action"])
        if "*" in statement["Resource"]:
            # CreateKey knows no resource
            looks = (":Describe", ":List", "kms:CreateKey")
            assert all(any(look in action for look in looks) for action in statement["Action"])


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "ec2:DeleteVpc", VPC, {OWNED: "uid"}),
        (False, "ec2:DeleteVpc", VPC, {}),
        (False, "ec2:DeleteVpc", VPC, {MADE: "uid"}),
        (True, "ec2:CreateVpc", f"{VPC[:-5]}*", {MADE: "uid"}),
        (False, "ec2:CreateVpc", f"{VPC[:-5]}*", {}),
        (True, "ec2:CreateTags", VPC, {}),  # to adopt it
        (False, "ec2:CreateTags", VPC.replace("vpc/vpc", "instance/i"), {}),
        (True, "ec2:CreateSubnet", VPC, {}),
        (False, "ec2:CreateSubnet", VPC.replace("vpc", "subnet"), {}),
        (True, "iam:PassRole", f"{ROLE}any", {"iam:PassedToService": "airflow.amazonaws.com"}),
        (False, "iam:PassRole", f"{ROLE}any", {"iam:PassedToService": "ec2.amazonaws.com"}),
        (False, "iam:PassRole", f"{ROLE}any", {}),
        (True, "iam:CreateRole", f"{ROLE}service-role/AmazonMWAA-a", {MADE: "uid"}),
        (False, "iam:CreateRole", f"{ROLE}service-role/AmazonMWAA-a", {}),
        (False, "iam:CreateRole", f"{ROLE}AmazonMWAA-a", {MADE: "uid"}),
        (False, "iam:PutRolePolicy", f"{ROLE}service-role/administrator", {}),
        (True, "iam:GetRole", f"{ROLE}AmazonMWAA-absent", {}),
        (False, "iam:DeleteRole", f"{ROLE}service-role/AmazonMWAA-a", {}),
        (False, "iam:CreateServiceLinkedRole", f"{ROLE}aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", {}),
        (True, "airflow:InvokeRestApi", "arn:aws:airflow:us-east-1:123456789012:role/prod/User", {}),
        (False, "airflow:InvokeRestApi", "arn:aws:airflow:us-east-1:123456789012:role/prod/Admin", {}),
        (False, "airflow:DeleteEnvironment", "arn:aws:airflow:us-east-1:123456789012:environment/prod", {}),
        (False, "logs:TagResource", "arn:aws:logs:us-east-1:123456789012:log-group:other", {}),
        (True, "kms:ScheduleKeyDeletion", f"{KEY}1", {OWNED: "uid"}),
        (False, "kms:ScheduleKeyDeletion", f"{KEY}1", {}),
        (True, "kms:TagResource", f"{KEY}1", {}),  # to adopt it
        (False, "kms:CreateKey", "*", {}),
        (False, "kms:DisableKey", f"{KEY}1", {OWNED: "uid"}),
        (False, "kms:RetireGrant", f"{KEY}1", {OWNED: "uid"}),
        (False, "s3:PutBucketPolicy", "arn:aws:s3:::team", {}),
    ],
)
def test_what_it_lets_the_operator_do(
    document: dict[str, Any], allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may([document], action, resource, context.get) is allowed


def test_what_is_made_and_what_is_deleted_carries_the_owner_tag(document: dict[str, Any]) -> None:
    """But S3's: it looks at tags only in buckets where that is switched on."""
    for statement in document["Statement"]:
        keys = [key for tests in statement.get("Condition", {}).values() for key in tests]
        for action in statement["Action"]:
            if re.match(r"((airflow|ec2|iam|logs):(Delete|Release))|kms:(Schedule|Put|Disable)", action):
                assert keys == ["aws:ResourceTag/mwaa-operator.dev/owner"], action
            if action in (
                "airflow:CreateEnvironment",
                "ec2:CreateVpc",
                "iam:CreateRole",
                "kms:CreateKey",
                "logs:CreateLogGroup",
            ):
                assert keys == ["aws:RequestTag/mwaa-operator.dev/owner"], action
            if action == "iam:PassRole":
                assert keys == ["iam:PassedToService"]


def test_every_statement_has_its_own_name_and_a_reason() -> None:
    grants = (*GRANTS, *KEY_GRANTS)
    assert len({grant.sid for grant in grants}) == len(grants)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", grant.sid) and grant.why.endswith(".") for grant in grants)
