"""Roles and their policies, and the two documents that an execution role needs (guide 01, sections 15 and 16)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.part import Effect, Late, Model, attr

VERSION = "2012-10-17"
PRINCIPALS = ("airflow-env.amazonaws.com", "airflow.amazonaws.com")
"""Both are needed: the guide's section 15.2."""

TRUST_LIMIT = 2_048
"""Characters of a trust policy, by the default quota of an account (IAM and STS quotas)."""
INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role together; nobody gets more."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Role(Model):
    """An IAM role. Outputs: `name`, `arn`."""

    TYPE: ClassVar[str] = "iam/role"

    name: str = attr(Effect.REFUSED)
    path: str = attr(Effect.REFUSED)
    trust: Document | Late = attr()
    """The trust policy, in canonical form."""
    tags: Mapping[str, str] = attr(subset=True)


@dataclass(frozen=True)
class RolePolicy(Model):
    """An inline policy of a role. It carries no tags: it belongs to whom the role belongs. Outputs: `name`."""

    TYPE: ClassVar[str] = "iam/role-policy"

    role: str = attr(Effect.REFUSED)
    """The name of the role. The part must come after the role's."""
    name: str = attr(Effect.REFUSED)
    document: Document | Late = attr()
    """The policy, in canonical form."""


@dataclass(frozen=True)
class Grant:
    """Something that a role allows beyond what every environment needs."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Served:
    """One environment, as far as its execution role must know it."""

    name: str
    region: str
    bucket_arn: str | None = None
    """None: not known, so nothing is allowed on it."""
    key_arn: str | None = None
    """Its customer key; None for the key that AWS owns."""
    repositories: tuple[str, ...] = ()
    """The ARNs of the repositories of CodeArtifact that its startup script gets a token for."""
    grants: tuple[Grant, ...] = ()
    """What the samples of its DAG sources need."""


@dataclass(frozen=True)
class Account:
    """Where ARNs are built for."""

    partition: str
    id: str

    def environment(self, served: Served) -> str:
        """Give the ARN of an environment, which can be known before it exists."""
        return f"arn:{self.partition}:airflow:{served.region}:{self.id}:environment/{served.name}"

    def service(self, name: str, region: str) -> str:
        """Name a service as `kms:ViaService` has it."""
        return f"{name}.{region}.amazonaws.com{'.cn' if self.partition == 'aws-cn' else ''}"


def trust_policy(account: Account, served: Iterable[Served]) -> Document:
    """Let MWAA, and only on behalf of these environments, take on the role (sections 15.2 and 16)."""
    return canonical(
        {
            "Version": VERSION,
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": list(PRINCIPALS)},
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "ArnLike": {"aws:SourceArn": [account.environment(each) for each in served]},
                        "StringEquals": {"aws:SourceAccount": account.id},
                    },
                }
            ],
        }
    )


def execution_policy(account: Account, served: Sequence[Served]) -> Document:
    """Allow what the guide's table in section 15.3 lists, and no more, merged over the environments.

    PublishMetrics is always there: the guide's example for customer keys forgets it. The letters are the rows of that table.
    """
    arn, regions = f"arn:{account.partition}", sorted({each.region for each in served})
    buckets = sorted({each.bucket_arn for each in served if each.bucket_arn})
    groups = [f"{arn}:logs:{each.region}:{account.id}:log-group:airflow-{each.name}-*" for each in served]
    statements: list[dict[str, Any]] = [
        _allow("airflow:PublishMetrics", on=[account.environment(each) for each in served]),  # a
        {"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"},  # b
        _allow(*LOG_ACTIONS, on=groups),  # d
        _allow("logs:DescribeLogGroups", on="*"),  # e
        _allow("s3:GetAccountPublicAccessBlock", on="*"),  # f
        _allow("cloudwatch:PutMetricData", on="*"),  # g
        _allow(*QUEUE_ACTIONS, on=[f"{arn}:sqs:{region}:*:airflow-celery-*" for region in regions]),  # h
    ]
    if buckets:
        on = [resource for bucket in buckets for resource in (bucket, f"{bucket}/*")]
        statements.append(_allow("s3:GetObject*", "s3:GetBucket*", "s3:List*", on=on))  # c
    statements.extend(_keys(account, served))
    statements.extend(_repositories(served))
    statements.extend(_allow(*grant.actions, on=list(grant.resources)) for each in served for grant in each.grants)
    return canonical({"Version": VERSION, "Statement": statements})


LOG_ACTIONS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:GetLogEvents",
    "logs:GetLogGroupFields",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:PutLogEvents",
)
QUEUE_ACTIONS = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)
KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*")


def _allow(*actions: str, on: str | list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def _keys(account: Account, served: Sequence[Served]) -> Iterable[dict[str, Any]]:
    """Allow the customer keys by name, and the key that AWS owns as the only one outside the account (row i)."""
    owned = sorted({each.region for each in served if not each.key_arn})
    if owned:
        via = [account.service("sqs", region) for region in owned]
        yield {
            "Effect": "Allow",
            "Action": list(KEY_ACTIONS),
            "NotResource": f"arn:{account.partition}:kms:*:{account.id}:key/*",
            "Condition": {"StringLike": {"kms:ViaService": via}},
        }
    for region in sorted({each.region for each in served if each.key_arn}):
        via = [account.service("sqs", region), account.service("s3", region)]
        keys = sorted({each.key_arn for each in served if each.key_arn and each.region == region})
        yield {**_allow(*KEY_ACTIONS, on=keys), "Condition": {"StringLike": {"kms:ViaService": via}}}


def _repositories(served: Sequence[Served]) -> Iterable[dict[str, Any]]:
    """Allow tokens for CodeArtifact, and to read what they are for (guide 03, section 22)."""
    repositories = sorted({arn for each in served for arn in each.repositories})
    if repositories:
        domains = {arn.rpartition("/")[0].replace(":repository/", ":domain/") for arn in repositories}
        yield _allow("codeartifact:GetAuthorizationToken", on=sorted(domains))
        yield _allow("sts:GetServiceBearerToken", on="*")
        yield _allow("codeartifact:ReadFromRepository", on=repositories)


def size(document: Document) -> int:
    """Count the characters of a document as IAM does: without white space."""
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def canonical(document: Document) -> Document:
    """Give the one form that all equal policy documents share.

    IAM gives back single strings for lists of one, and lists in any order; none of that means anything, and no Sid does.
    """
    statements = _many(document.get("Statement", []))
    shaped = {json.dumps(_statement(each), sort_keys=True): _statement(each) for each in statements}
    return {**{key: document[key] for key in sorted(document)}, "Statement": [shaped[key] for key in sorted(shaped)]}


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    for key in sorted(statement.keys() - {"Sid"}):
        value = statement[key]
        if key in ("Action", "NotAction", "Resource", "NotResource"):
            shaped[key] = _texts(value)
        elif key in ("Principal", "NotPrincipal"):
            value = value if isinstance(value, Mapping) else {"AWS": value}
            shaped[key] = {kind: _texts(value[kind]) for kind in sorted(value)}
        elif key == "Condition":
            shaped[key] = {test: {name: _texts(value[test][name]) for name in sorted(value[test])} for test in sorted(value)}
        else:
            shaped[key] = value
    return shaped


def _texts(value: Any) -> list[str]:
    # conditions may hold booleans and numbers, which IAM compares as texts
    return sorted({str(item).lower() if isinstance(item, bool) else str(item) for item in _many(value)})


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def covers(document: Document, wanted: Document) -> bool:
    """Tell whether a canonical document grants all that another one does, statement by statement."""
    return all(any(_includes(each, small) for each in document["Statement"]) for small in wanted["Statement"])


def _includes(large: Mapping[str, Any], small: Mapping[str, Any]) -> bool:
    lists = ("Action", "Resource")
    if any(not set(small.get(key, ())) <= set(large.get(key, ())) for key in lists):
        return False
    rest = (set(large) | set(small)) - {*lists, "Condition"}
    if any(large.get(key) != small.get(key) for key in rest):
        return False
    return _permits(large.get("Condition", {}), small.get("Condition", {}))


def _permits(large: Mapping[str, Any], small: Mapping[str, Any]) -> bool:
    """Tell whether a condition holds whenever another one does: the same tests, with at least its values."""
    if any(test not in small for test in large):
        return False
    return all(
        name in small[test] and set(small[test][name]) <= set(large[test][name]) for test in large for name in large[test]
    )
