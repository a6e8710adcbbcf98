"""How statements of a policy document are read: IAM writes single values and lists of one in the same way."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any


def many(value: Any) -> list[Any]:
    """Give a value that may be a list as a list."""
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def granted_to(document: Mapping[str, Any], service: str) -> Iterator[str]:
    """Give the actions, patterns among them, that a policy allows a service. Conditions are not judged."""
    for statement in many(document.get("Statement")):
        principal = statement.get("Principal")
        services = many(principal.get("Service")) if isinstance(principal, Mapping) else many(principal)
        everybody = isinstance(principal, Mapping) and "*" in many(principal.get("AWS"))
        if statement.get("Effect") == "Allow" and (everybody or {service, "*"} & set(services)):
            yield from many(statement.get("Action"))


def grants(document: Mapping[str, Any], service: str, action: str) -> bool:
    """Tell whether a policy allows a service an action."""
    return any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in granted_to(document, service))


def opens(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Tell whether the policy of a VPC endpoint lets an action on a resource pass. Conditions are not judged."""
    concerned = [
        statement
        for statement in many(document.get("Statement"))
        if _matches(statement, "Action", action) and _matches(statement, "Resource", resource)
    ]
    return bool(concerned) and all(statement.get("Effect") == "Allow" for statement in concerned)


def _matches(statement: Mapping[str, Any], of: str, value: str) -> bool:
    if f"Not{of}" in statement:
        return not any(fnmatch.fnmatchcase(value.lower(), each.lower()) for each in many(statement[f"Not{of}"]))
    return any(fnmatch.fnmatchcase(value.lower(), each.lower()) for each in many(statement.get(of)))
