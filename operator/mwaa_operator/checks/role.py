"""Is the execution role one that MWAA can take on and work with (guide part 1, sections 15 and 16)?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding, Severity
from ..resources.iam import LOG_ACTIONS, PRINCIPALS, QUEUE_ACTIONS, Account
from ..resources.mwaa import Environment
from .asking import Asking
from .document import grants
from .simulation import Answer, Ask, Decision, Simulator, refused

WHERE = "spec.executionRoleArn"
NAME_LIMIT = 64
"""Airflow cuts longer names of users, and IAM longer names of roles (guide part 4, section 10.1)."""
FOREIGN = "111122223333"
"""An account that is not ours, as AWS's examples have it: the key that AWS owns is in one."""
ADVISED = frozenset({"airflow:PublishMetrics", "cloudwatch:PutMetricData", "logs:DescribeLogGroups"}) | {
    action for action in LOG_ACTIONS if action.startswith("logs:Get")
}
"""Without these an environment comes up, and something is missing in it: metrics, or logs in Airflow's pages."""


@dataclass(frozen=True)
class RoleSeen:
    """A role and who may take it on."""

    arn: str
    trust: Mapping[str, Any]


class RoleFacts(Simulator, Protocol):
    """Knows roles. May raise `OutsideError`, with NOT_FOUND where there is no such role."""

    async def role(self, region: str, name: str) -> RoleSeen:
        """Look at a role."""
        ...

    async def account(self, region: str) -> str:
        """Say in which account the operator works."""
        ...


class RoleCheck:
    """Looks at the role's trust, and asks IAM's simulator what it may do."""

    NAME: ClassVar[str] = "role"

    def __init__(self, facts: RoleFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name every fault of the role at once.

        Raises:
            OutsideError: IAM could not be asked.
        """
        asking, arn = Asking(), str(model.execution_role_arn)
        owner, name, account = arn.split(":")[4], arn.rpartition("/")[2], await self._facts.account(region)
        if owner != account:
            message = (
                f"{arn} is a role of the account {owner}, and the environment is to be in {account}. Name one of its own."
            )
            return (Finding("RoleOfOtherAccount", WHERE, message),)
        if found := tuple(_name(name)):
            return found
        asks = tuple(needed(model, region, account, arn.split(":")[1]))
        try:
            role, answers = await asyncio.gather(
                asking.answer(self._facts.role(region, name), WHERE, "who may take on the execution role"),
                asking.answer(self._facts.simulate(region, arn, asks), WHERE, "what the execution role may do"),
            )
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            return (Finding("RoleNotFound", WHERE, f"there is no role {arn}. Correct the ARN, or create the role."),)
        if role and role.arn != arn:
            message = f"there is no role {arn}: the one of this name is {role.arn}. Give its ARN, path included."
            return (Finding("RoleNotFound", WHERE, message),)
        return (*(_trust(role) if role else ()), *_permissions(answers or (), name), *asking.notices)


def needed(want: Environment, region: str, account: str, partition: str) -> Iterator[Ask]:
    """Give what the role must be allowed, as the guide's table in section 15.3 has it, one question for each resource."""
    here, bucket = Account(partition, account), str(want.source_bucket_arn)
    prefix = f"arn:{partition}"
    yield Ask(("airflow:PublishMetrics",), f"{prefix}:airflow:{region}:{account}:environment/{want.name}")
    yield Ask(("s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning", "s3:GetBucketLocation", "s3:ListBucket"), bucket)
    yield Ask(("s3:GetObject", "s3:GetObjectVersion"), f"{bucket}/{want.dag_s3_path}/*")
    yield Ask(LOG_ACTIONS, f"{prefix}:logs:{region}:{account}:log-group:airflow-{want.name}-Task:log-stream:*")
    yield Ask(("logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData"))
    yield Ask(QUEUE_ACTIONS, f"{prefix}:sqs:{region}:{FOREIGN}:airflow-celery-preflight")
    key = str(want.kms_key or f"{prefix}:kms:{region}:{FOREIGN}:key/00000000-0000-0000-0000-000000000000")
    if not key.startswith("arn:"):
        key = f"{prefix}:kms:{region}:{account}:key/{key}"
    actions = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
    yield Ask(actions, key, {"kms:ViaService": here.service("sqs", region)})


def _name(name: str) -> Iterator[Finding]:
    if len(name) > NAME_LIMIT:
        message = f"the name {name} has {len(name)} characters, and IAM and Airflow know {NAME_LIMIT}. Take a shorter one."
        yield Finding("RoleNameTooLong", WHERE, message)


def _trust(role: RoleSeen) -> Iterator[Finding]:
    if missing := [service for service in PRINCIPALS if not grants(role.trust, service, "sts:AssumeRole")]:
        yield Finding(
            "RoleNotTrusting",
            WHERE,
            f"{role.arn} does not let {' and '.join(missing)} take it on. Name both {' and '.join(PRINCIPALS)} in its "
            "trust policy, for sts:AssumeRole.",
        )


def _permissions(answers: Sequence[Answer], name: str) -> Iterator[Finding]:
    if denied := refused(answers, Decision.DENIED):
        yield Finding(
            "RoleDenied",
            WHERE,
            f"a policy denies the role {name} what it needs: {denied}. Take that out of the Deny statement of its "
            "policies, its permissions boundary or the organization: an Allow does not help against it.",
        )
    musts = [each for each in answers if each.action not in ADVISED]
    if lacking := refused(musts, Decision.NOT_ALLOWED):
        message = f"the role {name} may not do what it needs: {lacking}. Allow that in its policy."
        yield Finding("RoleLacksPermission", WHERE, message)
    advised = [each for each in answers if each.action in ADVISED]
    if lacking := refused(advised, Decision.NOT_ALLOWED):
        yield Finding(
            "RoleLacksAdvisedPermission",
            WHERE,
            f"the role {name} may not do what the guide gives every environment: {lacking}. Metrics, or logs in Airflow's "
            "pages, will be missing. Allow that in its policy.",
            Severity.WARNING,
        )
