"""Fields that a kind does not have: the API server refuses or drops them, and a plan would speak of something else."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel


def unknown_fields(given: Mapping[Any, Any], model: type[BaseModel], path: str = "spec") -> Iterator[str]:
    """Name each field that the model does not have, however deep, with the one that is probably meant.

    Args:
        given: a spec, or a block of it.
        model: what it is to be.
        path: where it stands.
    """
    fields = {str(each.alias): each.annotation for each in model.model_fields.values()}
    lower = {alias.lower(): alias for alias in fields}
    for key, value in given.items():
        if key in fields:
            yield from _inside(value, fields[key], f"{path}.{key}")
            continue
        near = difflib.get_close_matches(str(key).lower(), lower, n=1)
        yield f"{path}.{key}" + (f" (do you mean {lower[near[0]]}?)" if near else "")


def _inside(value: Any, annotation: Any, path: str) -> Iterator[str]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Mapping:
        for key, each in value.items() if isinstance(value, Mapping) else ():
            yield from _inside(each, parts[1], f"{path}.{key}")
    elif origin is tuple:
        for index, each in enumerate(value if isinstance(value, list) else ()):
            yield from _inside(each, parts[0], f"{path}[{index}]")
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if isinstance(value, Mapping):
            yield from unknown_fields(value, annotation, path)
    else:
        for each in parts:
            yield from _inside(value, each, path)
