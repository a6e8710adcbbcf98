"""MWAA's operations, routes and shapes, read from botocore's service model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import botocore.session

from mwaa_emulator.mwaa.errors import ServiceError

_LABEL = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's method and path."""

    operation: str
    method: str
    path: re.Pattern[str]


@cache
def service_model() -> Any:
    """Botocore's model of the service."""
    return botocore.session.get_session().get_service_model("mwaa")


@cache
def routes() -> tuple[Route, ...]:
    """The routes of all operations, as their `http` traits say."""
    model = service_model()
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        # labels stand last in every path; an ARN holds slashes, which arrive decoded
        pattern = _LABEL.sub(lambda label: f"(?P<{label[1]}>.+)", http["requestUri"])
        found.append(Route(name, http["method"], re.compile(pattern)))
    return tuple(found)


def match(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The operation behind a request line and the labels of its path."""
    for route in routes():
        found = route.path.fullmatch(path)
        if found and route.method == method:
            return route.operation, found.groupdict()
    return None


def parse(operation: str, labels: dict[str, str], query: str, body: Any) -> dict[str, Any]:
    """The parameters of a request, each taken from where the model locates it. Types are left as they came."""
    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        return {}
    if not isinstance(body, dict):
        raise ServiceError("SerializationException", "Start of structure or map found where not expected.")
    arguments = parse_qs(query, keep_blank_values=True)
    params: dict[str, Any] = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if location == "uri":
            params[name] = labels[wire]
        elif location == "querystring":
            if wire in arguments:
                params[name] = _from_query(member, arguments[wire])
        elif location is None and body.get(wire) is not None:
            params[name] = body[wire]
    return params


def _from_query(shape: Any, values: list[str]) -> Any:
    if shape.type_name == "list":
        return values
    if shape.type_name == "integer":
        try:
            return int(values[0])
        except ValueError:
            return values[0]
    return values[0]


def render(operation: str, result: dict[str, Any]) -> dict[str, Any]:
    """The JSON of a response: only members that the model knows, time stamps as seconds since the epoch."""
    shape = service_model().operation_model(operation).output_shape
    rendered = _render(shape, result) if shape is not None else {}
    return dict(rendered)


def _render(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if shape.metadata.get("document"):
        return value
    if kind == "structure":
        return {
            member.serialization.get("name", name): _render(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [_render(shape.member, item) for item in value]
    if kind == "map":
        return {key: _render(shape.value, item) for key, item in value.items()}
    if kind == "timestamp":
        return value.timestamp()
    return value


def is_write(operation: str) -> bool:
    """Whether the operation can change something in AWS."""
    return not operation.startswith(("Get", "List"))
