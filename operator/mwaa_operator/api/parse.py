"""From what the API server stores to a model: lenient about keys, strict about values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .definition import Definition
from .meta import NAME_LIMIT
from .shared import SharedSpec

_SHOWN = 80
_USER_IN_URL = re.compile(r"://[^/\s]*@")
"""What stands there may be a token: a condition shows it to more people than the spec does."""
_WORDS = {
    "missing": "is required",
    "string_type": "must be a text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
}
"""What pydantic says in Python's words, said in those of a manifest."""


@dataclass(frozen=True)
class Fault:
    """One value that breaks a rule."""

    field: str
    """Its path, such as `spec.subnetIds`."""
    value: str | None
    """The value as JSON, short; None where it says nothing or may be a secret."""
    message: str
    """What must be so."""

    def __str__(self) -> str:
        """Say it in one sentence."""
        value = f" ({self.value})" if self.value else ""
        return f"{self.field}{value}: {self.message}"


class InvalidSpec(ValueError):  # noqa: N818 - it is the reason that the condition shows
    """A spec that the API server let pass, under an older CRD perhaps, and that cannot be followed."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def parse(definition: Definition, spec: Mapping[str, Any], name: str | None = None) -> SharedSpec:
    """Read a spec.

    Args:
        definition: the kind.
        spec: as it is stored. Keys that the model does not know are ignored.
        name: the object's own name, for rules about it.

    Raises:
        InvalidSpec: naming every field, its value, and what must be so.
    """
    try:
        parsed = definition.spec.model_validate(spec)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise InvalidSpec(
            tuple(fault for each in details if not _echo(each, details) for fault in _faults(definition, each))
        ) from None
    if name is not None and (broken := tuple(_name_faults(definition, name, parsed))):
        raise InvalidSpec(broken)
    return parsed


def _name_faults(definition: Definition, name: str, spec: SharedSpec) -> Iterator[Fault]:
    if len(name) > NAME_LIMIT:
        yield Fault("metadata.name", None, f"must be at most {NAME_LIMIT} characters long")
    for rule in definition.name_rules:
        if not rule.check(name, spec):
            yield Fault("metadata.name", json.dumps(name), rule.message)


def _echo(error: ErrorDetails, all_: list[ErrorDetails]) -> bool:
    """Tell whether an error only follows from others: a list too short for a bad entry, a default that depends on them."""
    if error["type"] == "default_factory_not_called":
        return True
    loc = error["loc"]
    return error["type"] == "too_short" and any(o["loc"][: len(loc)] == loc and o is not error for o in all_)


def _faults(definition: Definition, error: ErrorDetails) -> Iterator[Fault]:
    where = "spec" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
    about = error.get("ctx", {})
    for field, message, default in about.get("broken", ()):
        yield Fault(f"{where}.{field}" if field else where, f"the default {default}" if default else None, message)
    if error["type"] != "rules":
        message = _WORDS[error["type"]].format(**about) if error["type"] in _WORDS else error["msg"]
        yield Fault(where, _shown(definition, error), message)


def _shown(definition: Definition, error: ErrorDetails) -> str | None:
    hidden = {each.alias for each in definition.spec.model_fields.values() if not each.repr}
    value = error["input"]
    if error["type"] == "missing" or (error["loc"] and error["loc"][0] in hidden) or isinstance(value, Mapping):
        return None
    text = json.dumps(value, default=str)
    if _USER_IN_URL.search(text):
        return None
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
