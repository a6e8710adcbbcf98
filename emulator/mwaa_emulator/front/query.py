"""The query protocol by a service's model: what a request says, and how a result is written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.session import get_session
from werkzeug.datastructures import Headers

from mwaa_emulator.wire import Response


@cache
def operation(service: str, name: str) -> Any:
    """An operation as the model has it."""
    return get_session().get_service_model(service).operation_model(name)


def read(shape: Any, params: Mapping[str, str], path: str = "") -> Any:
    """The value of a shape among the parameters; None when they do not tell it. ValueError for a number that is none."""
    if shape.type_name == "structure":
        found = {name: read(member, params, _join(path, name)) for name, member in shape.members.items()}
        return {name: value for name, value in found.items() if value is not None} or ({} if not path else None)
    if shape.type_name == "list":
        items: list[Any] = []
        while (item := read(shape.member, params, f"{path}.member.{len(items) + 1}")) is not None:
            items.append(item)
        return items or None
    text = params.get(path)
    return int(text) if text is not None and shape.type_name == "integer" else text


def answer(service: str, name: str, result: Mapping[str, Any]) -> Response:
    """A result as the model writes it."""
    model, request_id = operation(service, name), str(uuid.uuid4())
    namespace = model.service_model.metadata["xmlNamespace"]
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}Response xmlns="{namespace}">'
        f"<{name}Result>{_members(model.output_shape, result)}</{name}Result>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
    )
    headers = Headers({"Content-Type": "text/xml", "x-amzn-RequestId": request_id})
    return Response(200, headers, body.encode())


def _members(shape: Any, value: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}>{_written(member, value[name])}</{name}>"
        for name, member in shape.members.items()
        if value.get(name) is not None
    )


def _written(shape: Any, value: Any) -> str:
    if shape.type_name == "structure":
        return _members(shape, value)
    if shape.type_name == "list":
        return "".join(f"<member>{_written(shape.member, item)}</member>" for item in value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
