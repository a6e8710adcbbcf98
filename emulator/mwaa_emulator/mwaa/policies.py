"""A small evaluator of IAM policy documents: enough to tell whether somebody may do something. Pure.

Where no request is at hand, conditions are taken as met, and only a Deny without condition wins. Principals of resource
policies, boundaries and session policies are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

Policy = dict[str, Any]
Context = Callable[[str], str | None]
"""Gives the value of a condition key in a request; None when the request has none."""


def may(policies: Iterable[Policy], action: str, resource: str | None, context: Context | None = None) -> bool:
    """Whether the policies allow the action on the resource (None: on whichever it is) in the context of a request."""
    allowed = False
    for statement in _statements(policies):
        if not _concerns(statement, action, resource):
            continue
        denies, conditions = statement.get("Effect") == "Deny", statement.get("Condition") or {}
        if not (_met(conditions, context) if context else not (denies and conditions)):
            continue
        if denies:
            return False
        allowed = True
    return allowed


def _met(conditions: dict[str, dict[str, Any]], context: Context) -> bool:
    """Whether all conditions hold. An operator that is not known here does not."""
    return all(
        _holds(
            operator, context(key), [str(value).lower() if isinstance(value, bool) else str(value) for value in _many(of)]
        )
        for operator, tests in conditions.items()
        for key, of in tests.items()
    )


def _holds(operator: str, present: str | None, values: list[str]) -> bool:
    plain = operator.removesuffix("IfExists")
    if operator == "Null":
        return values == [str(present is None).lower()]
    if present is None:
        return plain != operator
    if plain in ("StringEquals", "Bool"):
        return present in values
    return plain in ("StringLike", "ArnLike", "ArnEquals") and any(_covers(value, present) for value in values)


def trusted_services(policy: Policy) -> set[str]:
    """The services that a trust policy lets assume the role."""
    found: set[str] = set()
    for statement in _statements([policy]):
        principal = statement.get("Principal", {})
        assumes = any(_matches(pattern, "sts:AssumeRole") for pattern in _many(statement.get("Action")))
        if statement.get("Effect") == "Allow" and assumes and isinstance(principal, dict):
            found.update(_many(principal.get("Service")))
    return found


def _statements(policies: Iterable[Policy]) -> Iterator[dict[str, Any]]:
    for policy in policies:
        yield from _many(policy.get("Statement"))


def _concerns(statement: dict[str, Any], action: str, resource: str | None) -> bool:
    if "NotAction" in statement:
        named = not any(_matches(pattern, action) for pattern in _many(statement["NotAction"]))
    else:
        named = any(_matches(pattern, action) for pattern in _many(statement.get("Action")))
    if not named or resource is None:
        return named
    if "NotResource" in statement:
        return not any(_covers(pattern, resource) for pattern in _many(statement["NotResource"]))
    return any(_covers(pattern, resource) for pattern in _many(statement.get("Resource")))


def _matches(pattern: str, action: str) -> bool:
    return _covers(pattern.lower(), action.lower())


def _covers(pattern: str, value: str) -> bool:
    return _compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
