"""A request and a response as plain values, between the server and everything behind it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wsgi import get_input_stream

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass(slots=True)
class Request:
    """One HTTP request, its body read, and what it asks of which service."""

    environ: Environ
    method: str
    path: str
    query: str
    body: bytes
    service: str = ""
    region: str = ""
    account: str = ""
    access_key: str | None = None
    operation: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    write: bool = False

    def header(self, name: str) -> str:
        """A request header, or an empty string."""
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            return str(self.environ.get(key, ""))
        return str(self.environ.get(f"HTTP_{key}", ""))

    def with_body(self, body: bytes) -> Environ:
        """The WSGI environment for an application behind us, with this body."""
        environ = dict(self.environ)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("wsgi.input_terminated", None)
        return environ


@dataclass(slots=True)
class Response:
    """One HTTP response, complete."""

    status: int
    headers: Headers
    body: bytes
    code: str = ""

    @property
    def request_id(self) -> str:
        """The request id, wherever this protocol puts it."""
        return self.headers.get("x-amzn-requestid") or self.headers.get("x-amz-request-id") or ""


def read_request(environ: Environ) -> Request:
    """The request with its whole body."""
    stream = get_input_stream(environ)  # empty without a length, ended by the last chunk with chunks
    return Request(
        environ=environ,
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        body=stream.read(),
    )


def json_response(status: int, value: Any, **headers: str) -> Response:
    """A JSON response."""
    items = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return Response(status, Headers(items), json.dumps(value, default=str).encode())


def call_application(app: Any, environ: Environ) -> Response:
    """What a WSGI application answers, read to its end."""
    caught: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], Any]:
        caught[:] = [status, headers]
        return lambda _: None

    chunks: Iterable[bytes] = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return Response(int(caught[0].split(" ", 1)[0]), Headers(caught[1]), body)


def send(response: Response, start_response: StartResponse) -> list[bytes]:
    """Answer the server's WSGI call."""
    phrase = HTTP_STATUS_CODES.get(response.status, "Unknown")
    start_response(f"{response.status} {phrase}", list(response.headers))
    return [response.body]
