"""May the operator itself do what AWS asks of whoever creates an environment (guide part 1, sections 11.2 and 12)?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Protocol

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding, Severity
from ..resources.mwaa import Environment
from .asking import Asking, cause, not_checked
from .simulation import Answer, Ask, Decision, Simulator

WHERE = "spec"
SERVICE = "airflow.amazonaws.com"
KEY_ACTIONS = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ListGrants",
    "kms:RevokeGrant",
)
UNSIMULATED = "what the operator may do when it creates the environment"


class CallerFacts(Simulator, Protocol):
    """Knows who the operator is. May raise `OutsideError`."""

    async def principal(self, region: str) -> str | None:
        """Give the ARN of the role or user whose policies decide; None where there is none, such as for root."""
        ...


class CallerCheck:
    """Asks IAM's simulator about the operator's own role."""

    NAME: ClassVar[str] = "caller"

    def __init__(self, facts: CallerFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name what the operator may not do.

        Raises:
            OutsideError: IAM could not be asked.
        """
        asking = Asking()
        try:
            principal = await asking.answer(self._facts.principal(region), WHERE, UNSIMULATED)
            if asking.notices:
                return tuple(asking.notices)
            if principal is None:
                why = "Its credentials are not those of a role or a user, and IAM simulates only these."
                return (not_checked(WHERE, UNSIMULATED, why),)
            question = self._facts.simulate(region, principal, tuple(asks(model, region)))
            answers = await asking.answer(question, WHERE, UNSIMULATED)
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            return (not_checked(WHERE, UNSIMULATED, f"IAM does not know who the operator is: {cause(error.problem)}"),)
        return (*_faults(answers or (), principal), *asking.notices)


def asks(want: Environment, region: str) -> Iterator[Ask]:
    """Give what the guide's policy for those who create environments allows."""
    _, partition, _, _, account, _ = str(want.execution_role_arn).split(":", 5)
    yield Ask(("iam:PassRole",), str(want.execution_role_arn), {"iam:PassedToService": SERVICE})
    subnets = want.subnet_ids if isinstance(want.subnet_ids, tuple) else ()
    if subnets:
        yield Ask(("ec2:CreateNetworkInterface",), f"arn:{partition}:ec2:{region}:{account}:subnet/{subnets[0]}")
    yield Ask(("ec2:CreateVpcEndpoint",), f"arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*")
    if want.kms_key:
        key = str(want.kms_key)
        yield Ask(KEY_ACTIONS, key if key.startswith("arn:") else f"arn:{partition}:kms:{region}:{account}:key/{key}")


def _faults(answers: Sequence[Answer], principal: str) -> Iterator[Finding]:
    refused = [each for each in answers if each.decision is not Decision.ALLOWED]
    for each in (one for one in refused if one.action == "iam:PassRole"):
        yield Finding(
            "CallerMayNotPassRole",
            "spec.executionRoleArn",
            f"{principal}, which is the operator, may not hand {each.resource} to MWAA ({_word(each)}). Allow iam:PassRole "
            f"to the operator's role, on that role and where iam:PassedToService is {SERVICE}.",
            lacks=(each.action,),
        )
    endpoints = [each for each in refused if each.action.startswith("ec2:")]
    if endpoints:
        yield Finding(
            "CallerMayNotCreateEndpoints",
            WHERE,
            f"{principal}, which is the operator, lacks {_names(endpoints)}: MWAA makes its VPC endpoints and network "
            "interfaces with the rights of who creates the environment. Allow that to the operator's role.",
            Severity.WARNING,
            tuple(each.action for each in endpoints),
        )
    keys = [each for each in refused if each.action.startswith("kms:")]
    if keys:
        yield Finding(
            "CallerMayNotUseKey",
            "spec.kmsKey",
            f"{principal}, which is the operator, lacks {_names(keys)} by its own policies. Unless the key's policy allows "
            "it that, the environment cannot be created. Allow it in either.",
            Severity.WARNING,
            tuple(each.action for each in keys),
            conclusive=False,
        )


def _word(answer: Any) -> str:
    return "an explicit Deny" if answer.decision is Decision.DENIED else "no policy allows it"


def _names(answers: Sequence[Answer]) -> str:
    return ", ".join(sorted({f"{each.action} ({_word(each)})" for each in answers}))
