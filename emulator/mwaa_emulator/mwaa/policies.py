"""A small evaluator of IAM policy documents: enough to tell whether a role may do something. Pure.

Conditions are taken as met (they depend on the request), and an explicit Deny without condition wins. Principals of
resource policies, boundaries and session policies are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

Policy = dict[str, Any]


def may(policies: Iterable[Policy], action: str, resource: str) -> bool:
    """Whether the policies allow the action on the resource."""
    allowed = False
    for statement in _statements(policies):
        if not _concerns(statement, action, resource):
            continue
        if statement.get("Effect") == "Deny":
            if not statement.get("Condition"):
                return False
        else:
            allowed = True
    return allowed


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


def _concerns(statement: dict[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        named = not any(_matches(pattern, action) for pattern in _many(statement["NotAction"]))
    else:
        named = any(_matches(pattern, action) for pattern in _many(statement.get("Action")))
    if not named:
        return False
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
