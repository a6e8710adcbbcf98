"""Rules beside the field: each gives the CRD its CEL, the reference page its sentence, and Python its check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

VALIDATIONS = "x-kubernetes-validations"


@dataclass(frozen=True)
class Rule:
    """What must hold for a value: metadata of `Annotated` for one field, or a member of `RULES` for a whole model."""

    cel: str
    message: str
    """What must be so, and where it helps, what to do. Shown by the API server, by the operator and in the reference."""
    check: Callable[[Any], bool]
    """The Python twin of `cel`."""
    field: str = ""
    """For the rule of a model: the field that the message is about, by its alias."""

    def rendered(self) -> dict[str, Any]:
        """Give the entry of `x-kubernetes-validations`."""
        return rendered(self.cel, self.message, self.field)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic run the check behind its own."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let pydantic put the CEL into the schema."""
        result = handler(schema)
        return {**result, VALIDATIONS: [*result.get(VALIDATIONS, ()), self.rendered()]}

    def _checked(self, value: Any) -> Any:
        if not self.check(value):
            raise PydanticCustomError("rule", "{message}", {"message": self.message})
        return value


def rendered(cel: str, message: str, field: str = "") -> dict[str, Any]:
    """Give an entry of `x-kubernetes-validations`."""
    return {"rule": cel, "message": message} | ({"fieldPath": f".{field}"} if field else {})


def matching(pattern: str, message: str) -> Rule:
    """Make the rule that the whole string matches. The pattern must mean the same in RE2 and in Python."""
    compiled = re.compile(pattern)
    return Rule(f"self.matches({quoted(f'^(?:{pattern})$')})", message, lambda value: bool(compiled.fullmatch(value)))


def quoted(text: str) -> str:
    """Write a string as a CEL literal."""
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True)
class Immutable:
    """Marks a field that keeps its first value; the API server refuses the change.

    Python sees one state at a time, so this has no twin there: the models of the parts refuse the change once more.
    """

    because: str
    """Why, and what to do instead."""
    may_come_and_go: bool = False
    """It may be written or left out later, since another field can say the same."""
    once: str = ""
    """A fact of status: until it is published, a mistake may still be corrected. For fields of a spec itself."""
    id_or_arn: bool = False
    """The id and the ARN that ends in it are the same."""

    def rendered(self, field: str, *, always_there: bool) -> dict[str, Any]:
        """Give the entry for the model that has the field; with `once`, for the whole object."""
        path = f"spec.{field}" if self.once else field
        now, before = f"self.{path}", f"oldSelf.{path}"
        same = f"{now} == {before}"
        if self.id_or_arn:
            same = f"({same} || {now}.endsWith('/' + {before}) || {before}.endsWith('/' + {now}))"
        if self.may_come_and_go:
            same = f"!has({now}) || !has({before}) || {same}"
        elif not always_there:
            # a transition rule on the field itself would not see it come or go
            same = f"has({now}) == has({before}) && (!has({now}) || {same})"
        if self.once:
            same = f"!has(oldSelf.status) || !has(oldSelf.status.{self.once}) || {same}"
        return rendered(same, f"{field} cannot be changed: {self.because}", path)


def marks(model: Any, *, once: bool) -> Iterator[dict[str, Any]]:
    """Give the rules of a model's immutable fields: those with `Immutable.once`, or the others."""
    for each in model.model_fields.values():
        for mark in each.metadata:
            if isinstance(mark, Immutable) and bool(mark.once) is once:
                # a default that depends on other fields is not in the schema
                there = each.default_factory is None and (each.get_default() is not None or each.is_required())
                yield mark.rendered(str(each.alias), always_there=there)


@dataclass(frozen=True)
class ListOf:
    """Marks how server-side apply merges a list, and what makes its items the same."""

    type: str
    """`set` (by value), `map` (by `keys`) or `atomic`."""
    keys: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic refuse doubles as the API server does."""
        return core_schema.no_info_after_validator_function(self._distinct, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let pydantic put the list type into the schema."""
        keys = {"x-kubernetes-list-map-keys": list(self.keys)} if self.keys else {}
        return {**handler(schema), "x-kubernetes-list-type": self.type, **keys}

    def _distinct(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.type == "atomic":
            return items
        seen: set[Hashable] = set()
        for item in items:
            key = tuple(getattr(item, name) for name in self.keys) if self.keys else item
            if key in seen:
                shown = key[0] if isinstance(key, tuple) else key
                raise PydanticCustomError("rule", "{message}", {"message": f"names {shown} twice: remove one"})
            seen.add(key)
        return items


ATOMIC = ListOf("atomic")
SET = ListOf("set")


def map_of(*keys: str) -> ListOf:
    """Make a list whose items are told apart by these fields."""
    return ListOf("map", keys)
