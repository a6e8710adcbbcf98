"""What a request asks for, and how its protocol tells errors."""

from __future__ import annotations

import json
import uuid
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.session
from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound

from mwaa_emulator.wire import Request, Response

_READS = ("Describe", "Get", "List", "Head", "Lookup", "Search", "Select", "Simulate", "Verify", "Assume", "Filter")


class Protocol(StrEnum):
    """The wire protocols in use here."""

    EC2 = "ec2"
    QUERY = "query"
    JSON = "json"
    REST_JSON = "rest-json"
    REST_XML = "rest-xml"


def protocol_of(request: Request) -> Protocol:
    """The protocol, told by the request itself; a service's model is asked only where that does not tell."""
    if request.service == "ec2":
        return Protocol.EC2
    if request.header("X-Amz-Target"):
        return Protocol.JSON
    if request.service == "s3":
        return Protocol.REST_XML
    if "x-www-form-urlencoded" in request.header("Content-Type") or "Action=" in request.query:
        return Protocol.QUERY
    return _modelled(request.service)


@cache
def _modelled(service: str) -> Protocol:
    try:
        named = botocore.session.get_session().get_service_model(service).metadata["protocol"]
        return Protocol(named)
    except Exception:  # an unknown service or protocol: the plainest answer is JSON
        return Protocol.REST_JSON


def name_operation(request: Request) -> tuple[str, dict[str, Any]]:
    """The operation of a call to moto, and its parameters as they came."""
    protocol = protocol_of(request)
    if protocol in (Protocol.EC2, Protocol.QUERY):
        source = request.body.decode("utf-8", "replace") if request.body else request.query
        params = dict(parse_qsl(source, keep_blank_values=True))
        params.pop("Version", None)
        return params.pop("Action", ""), params
    if protocol is Protocol.JSON:
        try:
            document = json.loads(request.body or b"{}")
        except ValueError:
            document = {}
        return request.header("X-Amz-Target").rpartition(".")[2], document if isinstance(document, dict) else {}
    return _by_route(request)


def _by_route(request: Request) -> tuple[str, dict[str, Any]]:
    try:
        operation, labels = get_service_router(request.service).match(MotoRequest(request.with_body(b"")))
    except (NotFound, NotImplementedError, ValueError, LookupError):
        return "", {}
    except Exception:  # moto's router knows nothing of this service
        return "", {}
    params = {**labels, **dict(parse_qsl(request.query, keep_blank_values=True))}
    return str(operation.name), {key: value for key, value in params.items() if not key.startswith("X-Amz-")}


def is_write(operation: str) -> bool:
    """Whether an operation of this name changes something."""
    return not operation.startswith(_READS)


def error_response(request: Request, code: str, message: str, status: int) -> Response:
    """An error in the shape of the request's protocol."""
    request_id = str(uuid.uuid4())
    headers = Headers({"x-amzn-RequestId": request_id})
    match protocol_of(request):
        case Protocol.JSON:
            headers["Content-Type"] = "application/x-amz-json-1.1"
            headers["x-amzn-ErrorType"] = code
            body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
        case Protocol.REST_JSON:
            headers["Content-Type"] = "application/json"
            headers["x-amzn-ErrorType"] = code
            body = json.dumps({"message": message}).encode()
        case Protocol.EC2:
            body = _xml(f"<Response><Errors><Error>{_error(code, message)}</Error></Errors>"
                        f"<RequestID>{request_id}</RequestID></Response>")  # fmt: skip
        case Protocol.QUERY:
            kind = "Sender" if status < 500 else "Receiver"
            body = _xml(f"<ErrorResponse><Error><Type>{kind}</Type>{_error(code, message)}</Error>"
                        f"<RequestId>{request_id}</RequestId></ErrorResponse>")  # fmt: skip
        case _:
            headers["x-amz-request-id"] = request_id
            body = _xml(f"<Error>{_error(code, message)}<RequestId>{request_id}</RequestId></Error>")
    headers.setdefault("Content-Type", "text/xml")
    if request.method == "HEAD":
        body = b""
    return Response(status, headers, body, code)


def _error(code: str, message: str) -> str:
    return f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"


def _xml(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def error_code(request: Request, response: Response) -> str:
    """The error code of a response, for the record of calls."""
    if response.status < 400:
        return ""
    if response.code:
        return response.code
    header = response.headers.get("x-amzn-errortype")
    if header:
        return header.split(":")[0]
    start = response.body.find(b"<Code>")
    if start >= 0:
        return response.body[start + 6 : response.body.find(b"</Code>", start)].decode("utf-8", "replace")
    try:
        return str(json.loads(response.body).get("__type", "")).rpartition("#")[2] or str(response.status)
    except (ValueError, AttributeError):
        return str(response.status)
