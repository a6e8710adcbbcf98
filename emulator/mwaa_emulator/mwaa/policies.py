"""A small evaluator of IAM policy documents: enough to tell whether somebody may do something. Pure.

Where no request is at hand, conditions are taken as met, and only a Deny without condition wins. Session policies and
policy variables are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mwaa_emulator.mwaa.conditions import Context, covers, keys, many, met

Policy = dict[str, Any]


class Decision(StrEnum):
    """PolicyEvaluationDecisionType of IAM's model."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policies say of one action on one resource."""

    decision: Decision
    statements: tuple[tuple[int, int], ...] = ()
    """Those that decided it, as (number of the policy, number of the statement in it), both from 0."""
    missing: tuple[str, ...] = ()
    """Condition keys of the statements concerned, to which the request has no value."""


def may(policies: Iterable[Policy], action: str, resource: str | None, context: Context | None = None) -> bool:
    """Whether the policies allow the action on the resource (None: on whichever it is) in the context of a request."""
    return judge(list(policies), action, resource, context).decision is Decision.ALLOWED


def judge(policies: Sequence[Policy], action: str, resource: str | None, context: Context | None = None) -> Verdict:
    """What the policies say, and which statements make them say it: denying ones alone, where there are any."""
    allowing: list[tuple[int, int]] = []
    denying: list[tuple[int, int]] = []
    missing: set[str] = set()
    for place, statement in _statements(policies):
        if not _concerns(statement, action, resource):
            continue
        denies, conditions = statement.get("Effect") == "Deny", statement.get("Condition") or {}
        if context:
            missing.update(key for key in keys(conditions) if context(key) is None)
        if met(conditions, context) if context else not (denies and conditions):
            (denying if denies else allowing).append(place)
    decision = Decision.EXPLICIT_DENY if denying else Decision.ALLOWED if allowing else Decision.IMPLICIT_DENY
    return Verdict(decision, tuple(denying or allowing), tuple(sorted(missing)))


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the account, and the ARN of the user or of the assumed role's session."""

    account: str
    arn: str


def judge_for(who: Principal, policy: Policy, action: str, resource: str | None, context: Context) -> Decision:
    """What a policy of a resource, or the trust policy of a role, says to somebody."""
    for_them = [statement for _, statement in _statements([policy]) if _names(statement.get("Principal"), who)]
    return judge([{"Statement": for_them}], action, resource, context).decision


def _names(principal: Any, who: Principal) -> bool:
    """Whether the Principal of a statement covers somebody. NotPrincipal is not looked at."""
    named = many(principal.get("AWS")) if isinstance(principal, dict) else many(principal)
    _, _, session = who.arn.partition(":assumed-role/")
    for each in named:
        if each in ("*", who.account, f"arn:aws:iam::{who.account}:root", who.arn):
            return True
        of_role = each.startswith(f"arn:aws:iam::{who.account}:role/")
        if session and of_role and each.rpartition("/")[2] == session.partition("/")[0]:
            return True
    return False


def trusted_services(policy: Policy) -> set[str]:
    """The services that a trust policy lets assume the role."""
    found: set[str] = set()
    for _, statement in _statements([policy]):
        principal = statement.get("Principal", {})
        assumes = any(_matches(pattern, "sts:AssumeRole") for pattern in many(statement.get("Action")))
        if statement.get("Effect") == "Allow" and assumes and isinstance(principal, dict):
            found.update(many(principal.get("Service")))
    return found


def _statements(policies: Iterable[Policy]) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    for number, policy in enumerate(policies):
        for place, statement in enumerate(many(policy.get("Statement"))):
            yield (number, place), statement


def _concerns(statement: dict[str, Any], action: str, resource: str | None) -> bool:
    if "NotAction" in statement:
        named = not any(_matches(pattern, action) for pattern in many(statement["NotAction"]))
    else:
        named = any(_matches(pattern, action) for pattern in many(statement.get("Action")))
    if not named or resource is None:
        return named
    if "NotResource" in statement:
        return not any(covers(pattern, resource) for pattern in many(statement["NotResource"]))
    return any(covers(pattern, resource) for pattern in many(statement.get("Resource")))


def _matches(pattern: str, action: str) -> bool:
    return covers(pattern.lower(), action.lower())
