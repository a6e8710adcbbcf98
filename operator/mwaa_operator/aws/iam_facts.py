"""Roles, and what IAM's policy simulator says of them, for the checks that stand before an environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..checks.role import RoleSeen
from ..checks.simulation import Answer, Ask, Decision
from .iam_role import parsed
from .session import Aws


class IamFacts:
    """Reads roles and asks the simulator."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def account(self, region: str) -> str:
        """Say in which account the operator works."""
        return (await self._aws.identity(region)).account

    async def role(self, region: str, name: str) -> RoleSeen:
        """Look at a role."""
        role = (await self._aws.call(region, "iam", "get_role", RoleName=name))["Role"]
        return RoleSeen(role["Arn"], parsed(role["AssumeRolePolicyDocument"]))

    async def principal(self, region: str) -> str | None:
        """Give the ARN of the operator's role or user; None for root and for users of a federation, which have none.

        The name of a session tells the role's name and not its path: IAM is asked for that.
        """
        arn = (await self._aws.identity(region)).arn
        kind, _, name = arn.split(":", 5)[5].partition("/")
        if kind == "user":
            return arn
        if kind != "assumed-role":
            return None
        return (await self.role(region, name.partition("/")[0])).arn

    async def simulate(self, region: str, principal: str, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Ask IAM at once what a role or user may do, all its policies considered.

        IAM answers for every action on every resource; only the pairs that were asked for mean anything.
        """
        context = {key: value for ask in asks for key, value in ask.context.items()}
        results = await self._aws.pages(
            region,
            "iam",
            "simulate_principal_policy",
            "EvaluationResults",
            PolicySourceArn=principal,
            ActionNames=sorted({action for ask in asks for action in ask.actions}),
            ResourceArns=sorted({ask.resource for ask in asks}),
            ContextEntries=[
                {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
                for key, value in sorted(context.items())
            ],
        )
        decisions = {pair: decision for result in results for pair, decision in _decisions(result)}
        wanted = ((action, ask.resource) for ask in asks for action in ask.actions)
        return [Answer(*pair, *decisions[pair]) for pair in wanted if pair in decisions]


def _decisions(result: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], tuple[Decision, tuple[str, ...]]]]:
    """Read what IAM says of one action: on each resource where it tells them apart, else on the one that was asked about."""
    action, lacking = result["EvalActionName"], tuple(result.get("MissingContextValues", ()))
    yield (action, result.get("EvalResourceName", "*")), (Decision(result["EvalDecision"]), lacking)
    for each in result.get("ResourceSpecificResults", ()):
        lacking = tuple(each.get("MissingContextValues", ()))
        yield (action, each["EvalResourceName"]), (Decision(each["EvalResourceDecision"]), lacking)
