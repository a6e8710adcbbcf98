"""An offline checker of IAM policies: what of Access Analyzer's ValidatePolicy can be known without AWS.

What it knows of actions comes from botocore's service models: an action has the name of an operation, but for those in
`OTHERWISE`, which IAM calls by another name, and those in `WITHOUT_OPERATION`, which no operation is called after. An
action of a service that is not in `SERVICES` is an error too, so that nobody takes for checked what is not. Whether an
action goes with a resource or a condition key is not known here.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session

from mwaa_operator.aws.errors import IAM_NAMES

SERVICES: Mapping[str, tuple[str, ...]] = {
    "airflow": ("mwaa",),
    "cloudwatch": ("cloudwatch",),
    "ec2": ("ec2",),
    "iam": ("iam",),
    "kms": ("kms",),
    "logs": ("logs",),
    "s3": ("s3", "s3control"),
    "secretsmanager": ("secretsmanager",),
    "servicequotas": ("service-quotas",),
    "sqs": ("sqs",),
    "sts": ("sts",),
}
"""IAM's prefixes, and botocore's names of the services."""
WITHOUT_OPERATION = frozenset(
    {
        "iam:PassRole",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "s3:GetAccountPublicAccessBlock",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetObjectVersion",
        "s3:DeleteObjectVersion",
        "s3:ListAllMyBuckets",
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:PutBucketPublicAccessBlock",
    }
)
"""Service authorization reference: actions that are asked for by operations of another name, or by none."""
OTHERWISE = frozenset(IAM_NAMES)
"""Operations that are no actions, since IAM calls them otherwise."""
OPERATORS = frozenset(
    f"{kind}{test}"
    for kind, tests in {
        "String": ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"),
        "Numeric": ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
        "Date": ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
        "Arn": ("Equals", "Like", "NotEquals", "NotLike"),
    }.items()
    for test in tests
) | {"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"}
GLOBAL_KEYS = frozenset({"aws:RequestTag", "aws:ResourceTag", "aws:SourceAccount", "aws:SourceArn", "aws:TagKeys"})
"""Those of the global condition keys that a policy of ours has a use for."""
IDENTITY, TRUST = (
    frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}),
    frozenset({"Sid", "Effect", "Principal", "Action", "Condition"}),
)
ARN = re.compile(r"arn:aws(-[a-z]+)*:([a-z0-9-]+):([a-z0-9-]*|\*):([0-9]{12}|\*|):(.+)")


@cache
def known(prefix: str) -> frozenset[str]:
    """Give the actions of a service.

    Raises:
        KeyError: the checker does not know the service.
    """
    session = botocore.session.get_session()
    names = {name for service in SERVICES[prefix] for name in session.get_service_model(service).operation_names}
    actions = {f"{prefix}:{name}" for name in names} - OTHERWISE
    return frozenset(
        actions | {each for each in WITHOUT_OPERATION | set(IAM_NAMES.values()) if each.startswith(f"{prefix}:")}
    )


def errors(policy: Mapping[str, Any], *, trust: bool = False) -> list[str]:
    """Name all that is wrong with a policy of a role or user, or with a trust policy."""
    return list(_document(policy, TRUST if trust else IDENTITY))


def _document(policy: Mapping[str, Any], members: frozenset[str]) -> Iterator[str]:
    if policy.get("Version") != "2012-10-17":
        yield f"Version is {policy.get('Version')!r}"
    if unknown := policy.keys() - {"Version", "Id", "Statement"}:
        yield f"unknown members {sorted(unknown)}"
    statements = _many(policy.get("Statement"))
    if not statements:
        yield "no statement"
    sids = [each["Sid"] for each in statements if "Sid" in each]
    if len(sids) != len(set(sids)) or not all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids):
        yield f"Sids are not unique words: {sids}"
    for number, statement in enumerate(statements, start=1):
        where = statement.get("Sid", f"statement {number}")
        yield from (f"{where}: {fault}" for fault in _statement(statement, members))


def _statement(statement: Mapping[str, Any], members: frozenset[str]) -> Iterator[str]:
    if unknown := statement.keys() - members:
        yield f"unknown members {sorted(unknown)}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"Effect is {statement.get('Effect')!r}"
    for pair in (("Action", "NotAction"), ("Resource", "NotResource")):
        if pair[1] in members and len(statement.keys() & set(pair)) != 1:
            yield f"it must have one of {' and '.join(pair)}"
    if "Principal" in members:
        yield from _principal(statement.get("Principal"))
    for action in (*_many(statement.get("Action")), *_many(statement.get("NotAction"))):
        yield from _action(action)
    for resource in (*_many(statement.get("Resource")), *_many(statement.get("NotResource"))):
        yield from _resource(resource)
    for operator, keys in statement.get("Condition", {}).items():
        yield from _condition(operator, keys)


def _action(action: str) -> Iterator[str]:
    if action == "*":
        return
    prefix, _, name = action.partition(":")
    if prefix not in SERVICES:
        yield f"the service of {action} is not known"
    elif not name or not any(fnmatch.fnmatchcase(each.lower(), action.lower()) for each in known(prefix)):
        yield f"there is no action {action}"


def _resource(resource: str) -> Iterator[str]:
    if resource != "*" and not ((match := ARN.fullmatch(resource)) and match[2] in SERVICES):
        yield f"{resource} is no ARN of a service that is known"


def _principal(principal: Any) -> Iterator[str]:
    if not isinstance(principal, Mapping) or principal.keys() - {"Service", "AWS", "Federated"} or not principal:
        yield f"Principal is {principal!r}"
        return
    for service in _many(principal.get("Service")):
        if not re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?", service):
            yield f"{service} is no service principal"


def _condition(operator: str, keys: Mapping[str, Any]) -> Iterator[str]:
    if operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").removesuffix("IfExists") not in OPERATORS:
        yield f"there is no condition operator {operator}"
    for key in keys:
        prefix, _, name = key.partition(":")
        if (prefix == "aws" and key.partition("/")[0] not in GLOBAL_KEYS) or prefix not in (*SERVICES, "aws") or not name:
            yield f"there is no condition key {key}"


def _many(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
