"""Conditions of IAM policies: whether they hold in the context of a request, and which keys they ask for. Pure.

Source: IAM user guide, "Condition operators" and "Set operators for multivalued context keys". An operator that is not
known here does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

Present = str | Sequence[str] | None
Context = Callable[[str], Present]
"""Gives the value or values of a condition key in a request; None when the request has none."""
Conditions = dict[str, dict[str, Any]]


def met(conditions: Conditions, context: Context) -> bool:
    """Whether all conditions hold."""
    return all(
        _holds(operator, context(key), [_text(value) for value in many(of)])
        for operator, tests in conditions.items()
        for key, of in tests.items()
    )


def keys(conditions: Conditions) -> Iterator[str]:
    """The condition keys that are asked for."""
    for tests in conditions.values():
        yield from tests


def covers(pattern: str, value: str) -> bool:
    """Whether a pattern with `*` and `?` covers the whole value."""
    return _compiled(pattern).fullmatch(value) is not None


def many(value: Any) -> list[Any]:
    """A value that may stand alone or in a list, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(operator: str, present: Present, values: list[str]) -> bool:
    if operator == "Null":
        return values == [str(present is None).lower()]
    quantity, _, plain = operator.rpartition(":")
    plain = plain.removesuffix("IfExists")
    negated = "Not" in plain
    test = _TESTS.get(plain.replace("Not", ""))
    if test is None:
        return False
    if present is None:
        return negated or operator.endswith("IfExists") or quantity == "ForAllValues"
    results = [any(test(value, each) for value in values) != negated for each in many(present)]
    return any(results) if quantity == "ForAnyValue" or (not quantity and not negated) else all(results)


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(value: str, present: str) -> bool:
        try:
            return compare(float(present), float(value))
        except ValueError:
            return False

    return test


def _date(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(value: str, present: str) -> bool:
        try:
            return compare(_moment(present), _moment(value))
        except ValueError:
            return False

    return test


def _moment(text: str) -> float:
    return float(text) if text.isdigit() else datetime.fromisoformat(text).timestamp()


def _address(value: str, present: str) -> bool:
    try:
        return ip_address(present) in ip_network(value, strict=False)
    except ValueError:
        return False


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanEquals": lambda one, other: one >= other,
}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, present: value == present,
    "StringEqualsIgnoreCase": lambda value, present: value.lower() == present.lower(),
    "StringLike": covers,
    "ArnEquals": covers,
    "ArnLike": covers,
    "Bool": lambda value, present: value.lower() == present.lower(),
    "IpAddress": _address,
    **{f"Numeric{name}": _number(compare) for name, compare in _COMPARISONS.items()},
    **{f"Date{name}": _date(compare) for name, compare in _COMPARISONS.items()},
}
"""Each operator's test of one wanted value against one that is present; its negation has a `Not` in its name."""


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
